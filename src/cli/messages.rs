//! Messages that only the command line prints. All others are in [`crate::i18n`].

use crate::control::ClientError;
use crate::i18n::labels::one_line;
use crate::i18n::{Locale, Localize, site_checks, subscriptions, tr, units};
use crate::model::site_check::PageVisit;
use crate::model::snapshot::ClusterView;
use crate::model::subscription::{Offer, UpdateReport};
use crate::model::{Failure, Snapshot};

/// An error of the engine, or of the connection to it.
pub(super) fn client_error(locale: Locale, error: &ClientError) -> String {
    match error {
        ClientError::NotRunning => tr!(locale, "cli-not-running"),
        ClientError::Fault(_)
        | ClientError::NoAnswer
        | ClientError::Ended
        | ClientError::Paths(_)
        | ClientError::Broken(_)
        | ClientError::NotUnderstood(_) => error.fault().localize(locale),
    }
}

/// Whether the proxy is on and works.
pub(super) fn connection(locale: Locale, snapshot: &Snapshot) -> String {
    let serving = snapshot.members.iter().filter(|member| member.state.is_serving()).count();
    match (snapshot.active, snapshot.connected, serving) {
        (false, _, _) => tr!(locale, "cli-off"),
        (true, true, members) => tr!(locale, "cli-connected", members = members),
        (true, false, 0) => tr!(locale, "cli-no-member"),
        (true, false, _) => tr!(locale, "cli-no-request-succeeded"),
    }
}

/// The settings of load balancing.
pub(super) fn cluster(locale: Locale, cluster: &ClusterView) -> String {
    if !cluster.on {
        return tr!(locale, "cli-off");
    }
    let strategy = cluster.strategy.as_str();
    if cluster.group.is_empty() {
        return tr!(locale, "cli-cluster", members = cluster.size, strategy = strategy);
    }
    let group = one_line(&cluster.group);
    tr!(locale, "cli-cluster-of-group", members = cluster.size, group = group, strategy = strategy)
}

/// The address of the gateway and its connections.
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

/// The address of the port for HTTP only; empty if there is none.
pub(super) fn http(locale: Locale, snapshot: &Snapshot) -> String {
    match &snapshot.gateway.http {
        Some(http) if http.listening => http.addr.clone(),
        Some(http) => tr!(locale, "cli-closed", address = &*http.addr),
        None => String::new(),
    }
}

/// The addresses at which other devices reach the shared ports.
pub(super) fn shared(snapshot: &Snapshot) -> String {
    let gateway = &snapshot.gateway;
    let http = gateway.http.iter().flat_map(|http| &http.shared);
    gateway.shared.iter().chain(http).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// A file exceeds the engine's limit.
pub(super) fn too_large(locale: Locale, limit: usize) -> String {
    tr!(locale, "cli-import-too-large", limit = units::bytes(limit as u64))
}

/// Bytes in both directions.
pub(super) fn traffic(locale: Locale, snapshot: &Snapshot) -> String {
    let gateway = &snapshot.gateway;
    let way = |bytes, rate| format!("{} ({})", units::bytes(bytes), units::rate(locale, rate));
    let (up, down) = (way(gateway.up, gateway.up_rate), way(gateway.down, gateway.down_rate));
    tr!(locale, "cli-traffic", up = up, down = down)
}

/// The result of an update.
pub(super) fn updated(locale: Locale, report: &UpdateReport) -> String {
    let what = match &report.result {
        Ok(changes) => subscriptions::changes(locale, changes),
        Err(why) => why.localize(locale),
    };
    tr!(locale, "cli-subscription", name = one_line(&report.name), what = what)
}

/// How many updates failed.
pub(super) fn not_updated(locale: Locale, failed: usize, all: usize) -> String {
    tr!(locale, "cli-subscriptions-failed", failed = failed, all = all)
}

/// What is at an address, in one line.
pub(super) fn offer(locale: Locale, offer: &Offer) -> String {
    let (address, name) = (offer.address.as_str(), one_line(&offer.name));
    tr!(locale, "cli-offer", address = address, nodes = offer.nodes.len(), name = name)
}

/// What a request without a node got.
pub(super) fn without_node(locale: Locale, result: &Result<PageVisit, Failure>) -> String {
    tr!(locale, "site-direct", result = site_checks::visit(locale, result))
}

/// How many tests failed.
pub(super) fn tests_failed(locale: Locale, failed: usize, all: usize) -> String {
    tr!(locale, "cli-tests-failed", failed = failed, all = all)
}

/// How many events were missed because they were not read in time.
pub(super) fn missed(locale: Locale, events: u64) -> String {
    tr!(locale, "cli-missed", events = events)
}
