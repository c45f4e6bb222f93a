//! `gui-config.json` of shadowsocks-windows (its class `Configuration`, versions 2 to 4) and of its fork ShadowsocksR
//! for Windows, which has additional fields.

use serde_json::Value;

use super::{ConvertedSettings, Fields, SkipReason, id, is_chosen, is_on, language, text};
use crate::model::node::Secret;

/// Fields of both that are converted here or are not settings.
const KNOWN: &[&str] = &[
    "version",
    "configs",
    "index",
    "strategy",
    "global",
    "enabled",
    "shareOverLan",
    "localPort",
    "isDefault",
    "firstRun",
    "onlineConfigSource",
    "userAgent",
    // Both loopback addresses are always used, and private networks never go through the proxy.
    "isIPv6Enabled",
    // Fields of ShadowsocksR.
    "sysProxyMode",
    "random",
    "balanceAlgorithm",
    "randomInGroup",
    "sameHostForSameTarget",
    "TTL",
    "authUser",
    "authPass",
    "LangName",
    "serverSubscribes",
    "nodeFeedAutoUpdate",
];

/// Converts the settings beside the list of servers.
pub(super) fn read(file: &Fields) -> ConvertedSettings {
    let mut found = ConvertedSettings::default();
    let login = Some((text(file, "authUser"), text(file, "authPass")));
    found.listen(file, login.filter(|(user, password)| !user.is_empty() && !password.is_empty()));
    mode(file, &mut found);
    balance(file, &mut found);
    if let Some(idle) = file.get("TTL").and_then(Value::as_u64).filter(|seconds| *seconds > 0) {
        found.take("TTL", "gateway.idle_limit_s", idle.to_string());
    }
    if !text(file, "LangName").is_empty() {
        found.take_if("LangName", "language", language(text(file, "LangName")).map(str::to_owned));
    }
    user_agent(file, &mut found);
    subscriptions(file, &mut found);
    found.leave_rest(file, KNOWN);
    found
}

/// The mode of the desktop's proxy.
fn mode(file: &Fields, found: &mut ConvertedSettings) {
    if let Some(mode) = file.get("sysProxyMode") {
        // 0 keeps it, 1 removes it, 2 is a PAC script, 3 is global.
        let mode =
            mode.as_u64().and_then(|mode| ["manual", "manual", "pac", "global"].get(usize::try_from(mode).ok()?));
        found.take_if("sysProxyMode", "mode", mode.map(|mode| (*mode).to_owned()));
    } else if file.contains_key("enabled") {
        let mode = match (is_on(file, "enabled"), is_on(file, "global")) {
            (false, _) => "manual",
            (true, false) => "pac",
            (true, true) => "global",
        };
        found.take("enabled", "mode", mode);
    }
}

/// Single node or load balancing, and the strategy.
fn balance(file: &Fields, found: &mut ConvertedSettings) {
    let servers = file.get("configs").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let chosen = file.get("index").and_then(Value::as_u64).and_then(|index| servers.get(usize::try_from(index).ok()?));
    let is_balanced = is_on(file, "random") || is_chosen(file.get("strategy").unwrap_or(&Value::Null));
    if !is_balanced {
        if let Some(id) = id(chosen) {
            found.take("index", "node", id.to_string());
        }
        if file.contains_key("random") || file.contains_key("strategy") {
            found.take("strategy", "cluster.on", "false");
        }
        return;
    }
    let (name, strategy) = if is_on(file, "random") {
        ("balanceAlgorithm", of_algorithm(file))
    } else {
        ("strategy", of_strategy(text(file, "strategy")))
    };
    found.take(name, "cluster.on", "true");
    found.take_if(name, "cluster.strategy", strategy.map(str::to_owned));
    let group = chosen.and_then(Value::as_object).map(|server| text(server, "group")).unwrap_or_default();
    if is_on(file, "randomInGroup") && !group.is_empty() {
        found.take("randomInGroup", "cluster.group", group);
    }
}

/// The strategies of shadowsocks-windows: at random, or by the best statistics.
fn of_strategy(name: &str) -> Option<&'static str> {
    match name {
        "com.shadowsocks.strategy.balancing" => Some("random"),
        "com.shadowsocks.strategy.ha" | "com.shadowsocks.strategy.scbs" => Some("fastest"),
        _other => None,
    }
}

/// The strategies of ShadowsocksR.
fn of_algorithm(file: &Fields) -> Option<&'static str> {
    if is_on(file, "sameHostForSameTarget") {
        return Some("sticky");
    }
    match text(file, "balanceAlgorithm") {
        "OneByOne" => Some("round-robin"),
        "Random" => Some("random"),
        "FastDownloadSpeed" | "LowLatency" | "LowException" => Some("fastest"),
        "SelectedFirst" => Some("failover"),
        _other => None,
    }
}

/// The `User-Agent` for providers, unless it is the client's own name.
fn user_agent(file: &Fields, found: &mut ConvertedSettings) {
    let said = text(file, "userAgent");
    if !said.is_empty() && !said.starts_with("ShadowsocksWindows/") {
        found.take("userAgent", "subscription.user_agent", said.replace("$version", text(file, "version")));
    }
}

fn subscriptions(file: &Fields, found: &mut ConvertedSettings) {
    let list = |name: &str| file.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (name, listed) in
        [("onlineConfigSource", list("onlineConfigSource")), ("serverSubscribes", list("serverSubscribes"))]
    {
        for one in listed {
            let (group, url) = match one.as_object() {
                Some(fields) => (text(fields, "Group"), [text(fields, "URL"), text(fields, "Url")].concat()),
                None => ("", one.as_str().unwrap_or_default().to_owned()),
            };
            if url.is_empty() {
                found.leave(name, SkipReason::InvalidValue);
            } else {
                found.subscriptions.push((crate::model::node::link::shown(group), Secret::from(url)));
            }
        }
    }
}
