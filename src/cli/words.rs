//! Sentences that only the command line says: the state in a few words, and what stands between it
//! and the engine. All others are in [`crate::i18n`].

use crate::control::ClientError;
use crate::i18n::reasons;
use crate::i18n::words::{fault, one_line};
use crate::i18n::{Locale, subscriptions, tr, units};
use crate::model::command::Refused;
use crate::model::list::Where;
use crate::model::route::{Route, RuleSource, Ruling};
use crate::model::snapshot::ClusterView;
use crate::model::subscription::{Offer, UpdateReport};
use crate::model::why::{Because, Place, Ruled, Why};
use crate::model::{Snapshot, Strategy};

/// What went wrong between here and the engine.
pub(super) fn client_error(locale: Locale, error: &ClientError) -> String {
    match error {
        ClientError::NotRunning => tr!(locale, "cli-not-running"),
        ClientError::Fault(fault) => self::fault(locale, fault),
        ClientError::Ended | ClientError::Paths(_) | ClientError::Broken(_) | ClientError::NotUnderstood(_) => {
            error.to_string()
        }
    }
}

/// Whether and through what traffic goes, in a few words.
pub(super) fn connection(locale: Locale, snapshot: &Snapshot) -> String {
    let serving = snapshot.members.iter().filter(|member| member.state.is_serving()).count();
    match (snapshot.active, snapshot.connected, serving) {
        (false, _, _) => tr!(locale, "cli-off"),
        (true, true, members) => tr!(locale, "cli-connected", members = members),
        (true, false, 0) => tr!(locale, "cli-no-member"),
        (true, false, _) => tr!(locale, "cli-nothing-through"),
    }
}

/// Load balancing as it is wanted.
pub(super) fn cluster(locale: Locale, cluster: &ClusterView) -> String {
    if !cluster.on {
        return tr!(locale, "cli-off");
    }
    let strategy = cluster.strategy.word();
    if cluster.group.is_empty() {
        return tr!(locale, "cli-cluster", members = cluster.size, strategy = strategy);
    }
    let group = one_line(&cluster.group);
    tr!(locale, "cli-cluster-of-group", members = cluster.size, group = group, strategy = strategy)
}

/// Where the gateway listens and what it holds.
pub(super) fn gateway(locale: Locale, snapshot: &Snapshot) -> String {
    let gateway = &snapshot.gateway;
    let address =
        if gateway.listening { gateway.addr.clone() } else { tr!(locale, "cli-closed", address = &*gateway.addr) };
    let line = tr!(locale, "cli-gateway", address = address, open = gateway.active, total = gateway.total);
    let line = match gateway.replayed {
        0 => line,
        replayed => tr!(locale, "cli-replayed", line = line, replayed = replayed),
    };
    match gateway.rejected {
        0 => line,
        rejected => tr!(locale, "cli-rejected", line = line, rejected = rejected),
    }
}

/// Where the port for HTTP alone is; empty where there is none.
pub(super) fn http(locale: Locale, snapshot: &Snapshot) -> String {
    match &snapshot.gateway.http {
        Some(http) if http.listening => http.addr.clone(),
        Some(http) => tr!(locale, "cli-closed", address = &*http.addr),
        None => String::new(),
    }
}

/// Where other machines of the network find the ports that are open to them.
pub(super) fn shared(snapshot: &Snapshot) -> String {
    let gateway = &snapshot.gateway;
    let http = gateway.http.iter().flat_map(|http| &http.shared);
    gateway.shared.iter().chain(http).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// What the rules say of an address.
pub(super) fn ruled(locale: Locale, ruled: &Ruled) -> String {
    let script = tr!(locale, "rules-script", way = way(locale, &ruled.script));
    let gateway = tr!(locale, "rules-gateway", way = way(locale, &ruled.gateway));
    format!("{script}\n{gateway}")
}

/// A way, and the rule that says so.
fn way(locale: Locale, ruling: &Ruling) -> String {
    let route = match ruling.route {
        Route::Pool => tr!(locale, "rules-pool"),
        Route::Direct => tr!(locale, "rules-direct"),
        Route::Block => tr!(locale, "rules-block"),
    };
    tr!(locale, "rules-way", route = route, rule = rule(locale, ruling))
}

fn rule(locale: Locale, ruling: &Ruling) -> String {
    let Some(place) = ruling.rule else { return tr!(locale, "rules-none") };
    let list = match place.source {
        RuleSource::BuiltIn => return tr!(locale, "rules-built-in"),
        RuleSource::User => tr!(locale, "rules-user"),
        RuleSource::List => tr!(locale, "rules-list"),
        RuleSource::Acl => tr!(locale, "rules-acl"),
    };
    tr!(locale, "rules-line", list = list, line = place.line, text = one_line(&ruling.text))
}

/// Which member serves a site.
pub(super) fn served(locale: Locale, why: &Why) -> String {
    let site = one_line(&why.site);
    if why.ruling.route != Route::Pool {
        return tr!(locale, "why-ruled", site = site, way = way(locale, &why.ruling));
    }
    let first = why.members.first().filter(|place| place.turn.is_some());
    let Some(first) = first else { return tr!(locale, "why-nobody", site = site) };
    let rule = match why.strategy {
        Strategy::Sticky => tr!(locale, "why-sticky"),
        Strategy::RoundRobin => tr!(locale, "why-round-robin"),
        Strategy::Random => tr!(locale, "why-random"),
        Strategy::LeastConnections => tr!(locale, "why-least-connections"),
        Strategy::LeastCpu => tr!(locale, "why-least-cpu"),
        Strategy::Fastest => tr!(locale, "why-fastest"),
        Strategy::Failover => tr!(locale, "why-failover"),
    };
    let (node, strategy) = (one_line(&first.member.name), why.strategy.word());
    tr!(locale, "why-served", site = site, node = node, strategy = strategy, rule = rule)
}

/// Why a member has its place in the order.
pub(super) fn because(locale: Locale, place: &Place) -> String {
    let reason = one_line(&place.member.reason);
    match place.because {
        Because::OwnMember => tr!(locale, "why-own-member"),
        Because::Crowded => tr!(locale, "why-crowded"),
        Because::Suspect => tr!(locale, "why-suspect", reason = reason),
        Because::NotServing => reason,
        Because::Strategy => String::new(),
    }
}

/// What of an import is no node, and why.
pub(super) fn refused(locale: Locale, refused: &Refused) -> String {
    let why = reasons::link(locale, &refused.error);
    match refused.place {
        Where::Line(line) => tr!(locale, "cli-import-line", line = line, why = why),
        Where::Server(server) => tr!(locale, "cli-import-server", server = server, why = why),
    }
}

/// A file is more than the engine takes.
pub(super) fn too_large(locale: Locale, limit: usize) -> String {
    tr!(locale, "cli-import-too-large", limit = units::bytes(limit as u64))
}

/// Bytes both ways.
pub(super) fn traffic(locale: Locale, snapshot: &Snapshot) -> String {
    let gateway = &snapshot.gateway;
    let way = |bytes, rate| format!("{} ({})", units::bytes(bytes), units::rate(locale, rate));
    let (up, down) = (way(gateway.up, gateway.up_rate), way(gateway.down, gateway.down_rate));
    tr!(locale, "cli-traffic", up = up, down = down)
}

/// What came of an update.
pub(super) fn updated(locale: Locale, report: &UpdateReport) -> String {
    let what = match &report.result {
        Ok(changes) => subscriptions::changes(locale, changes),
        Err(why) => fault(locale, why),
    };
    tr!(locale, "cli-subscription", name = one_line(&report.name), what = what)
}

/// How updates went, in all.
pub(super) fn not_updated(locale: Locale, failed: usize, all: usize) -> String {
    tr!(locale, "cli-subscriptions-failed", failed = failed, all = all)
}

/// What an address offers, in one line.
pub(super) fn offer(locale: Locale, offer: &Offer) -> String {
    let (address, name) = (offer.address.as_str(), one_line(&offer.name));
    tr!(locale, "cli-offer", address = address, nodes = offer.nodes.len(), name = name)
}

/// How tests went, in all.
pub(super) fn tests_failed(locale: Locale, failed: usize, all: usize) -> String {
    tr!(locale, "cli-tests-failed", failed = failed, all = all)
}

/// Events that came faster than they were read.
pub(super) fn missed(locale: Locale, events: u64) -> String {
    tr!(locale, "cli-missed", events = events)
}
