//! `gui-config.json` of shadowsocks-electron: its backup has the form `{"config": […], "settings": {…}}`, where an
//! entry of the list may be a group of servers from a subscription.

use serde_json::Value;

use super::{ConvertedSettings, Fields, SkipReason, id, is_on, language, port, text};
use crate::model::node::Secret;

/// Fields that are converted here or irrelevant.
const KNOWN: &[&str] = &[
    "localPort",
    "mode",
    "httpProxy",
    "gfwListUrl",
    "loadBalance",
    "serverMode",
    "clusterId",
    "selectedServer",
    "acl",
    "autoLaunch",
    "autoHide",
    "lang",
    "darkMode",
    "autoTheme",
];

/// Converts the settings, including the chosen server or group of the list.
pub(super) fn read(settings: &Fields, file: &Fields) -> ConvertedSettings {
    let listed = file.get("config").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut found = ConvertedSettings::default();
    found.listen(settings, None);
    ports_and_modes(settings, &mut found);
    balance(settings, listed, &mut found);
    looks(settings, &mut found);
    if let Some(Value::Object(acl)) = settings.get("acl")
        && is_on(acl, "enable")
    {
        found.take("acl", "rules.acl", text(acl, "url"));
    }
    for group in listed.iter().filter_map(Value::as_object).filter(|group| !text(group, "url").is_empty()) {
        let name = crate::model::node::link::shown(text(group, "name"));
        found.subscriptions.push((name, Secret::from(text(group, "url"))));
    }
    found.leave_rest(settings, KNOWN);
    found
}

fn ports_and_modes(settings: &Fields, found: &mut ConvertedSettings) {
    if settings.contains_key("mode") {
        let mode = match text(settings, "mode") {
            "PAC" => Some("pac"),
            "Global" => Some("global"),
            "Manual" => Some("manual"),
            _other => None,
        };
        found.take_if("mode", "mode", mode.map(str::to_owned));
    }
    if let Some(Value::Object(proxy)) = settings.get("httpProxy")
        && is_on(proxy, "enable")
    {
        let port = proxy.get("port").and_then(port);
        found.take_if("httpProxy", "gateway.http_listen", port.map(|port| format!("127.0.0.1:{port}")));
    }
    if !text(settings, "gfwListUrl").is_empty() {
        found.take("gfwListUrl", "pac.url", text(settings, "gfwListUrl"));
    }
}

/// What the client connects through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ServerMode {
    /// One node.
    Single,
    /// A pool of nodes.
    Cluster,
    /// The file does not say.
    Unset,
}

/// Single node or load balancing, and the strategy.
fn balance(settings: &Fields, listed: &[Value], found: &mut ConvertedSettings) {
    let is_called = |wanted: &str| {
        let wanted = wanted.to_owned();
        move |item: &&Value| !wanted.is_empty() && item.get("id").and_then(Value::as_str) == Some(&wanted)
    };
    let servers = listed.iter().flat_map(|item| match item.get("servers") {
        Some(Value::Array(servers)) => servers.as_slice(),
        Some(_) | None => std::slice::from_ref(item),
    });
    if let Some(id) = id(servers.clone().find(is_called(text(settings, "selectedServer")))) {
        found.take("selectedServer", "node", id.to_string());
    }
    let mode = match text(settings, "serverMode") {
        "cluster" => ServerMode::Cluster,
        "single" => ServerMode::Single,
        _other => ServerMode::Unset,
    };
    match mode {
        ServerMode::Cluster => found.take("serverMode", "cluster.on", "true"),
        ServerMode::Single => found.take("serverMode", "cluster.on", "false"),
        ServerMode::Unset => {}
    }
    let group = listed.iter().find(is_called(text(settings, "clusterId"))).and_then(Value::as_object);
    if let Some(name) =
        group.map(|group| text(group, "name")).filter(|name| mode == ServerMode::Cluster && !name.is_empty())
    {
        found.take("clusterId", "cluster.group", crate::model::node::link::shown(name));
    }
    load_balancing(settings, mode, found);
}

/// Number of members and strategy, if load balancing is on.
fn load_balancing(settings: &Fields, mode: ServerMode, found: &mut ConvertedSettings) {
    let Some(Value::Object(balance)) = settings.get("loadBalance").filter(|_| mode != ServerMode::Single) else {
        return;
    };
    if !is_on(balance, "enable") && mode == ServerMode::Unset {
        return;
    }
    if let Some(count) = balance.get("count") {
        found.take_if("loadBalance", "cluster.size", count.as_u64().map(|count| count.to_string()));
    }
    let strategy = match text(balance, "strategy") {
        "POLLING" | "WEIGHTS_POLLING" => Some("round-robin"),
        "RANDOM" | "WEIGHTS" | "WEIGHTS_RANDOM" => Some("random"),
        "MINIMUM_CONNECTION" | "WEIGHTS_MINIMUM_CONNECTION" => Some("least-connections"),
        "SPECIFY" => Some("sticky"),
        _other => None,
    };
    found.take_if("loadBalance", "cluster.strategy", strategy.map(str::to_owned));
}

/// Language, theme and notifications.
fn looks(settings: &Fields, found: &mut ConvertedSettings) {
    if is_on(settings, "autoTheme") {
        found.take("autoTheme", "window.theme", "system");
    } else if settings.contains_key("darkMode") {
        found.take("darkMode", "window.theme", if is_on(settings, "darkMode") { "dark" } else { "light" });
    }
    if settings.contains_key("autoHide") {
        found.take("autoHide", "tray.silent_start", is_on(settings, "autoHide").to_string());
    }
    if !text(settings, "lang").is_empty() {
        found.take_if("lang", "language", language(text(settings, "lang")).map(str::to_owned));
    }
    if is_on(settings, "autoLaunch") {
        found.leave("autoLaunch", SkipReason::InTheTray);
    }
}
