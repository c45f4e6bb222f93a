//! The site of a request, and what its connections show about it, for the strategy `smart`.

use std::sync::Arc;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::connect_request::ConnectRequest;
use super::learned::{self, LearnedCosts, RequestedSite};
use super::open::Opener;
use super::race::RaceResult;
use super::state::GatewayState;
use super::table::Table;
use crate::model::{NodeId, Strategy, Target};
use crate::os::clock::unix_ms;
use crate::sites::{Observation, SiteFailure, SiteKey, SiteRequest};

/// Number of members whose refusal is not taken for the site's answer. With three more nodes, a site that most nodes
/// cannot use is found out soon, and a page that is forbidden to all is asked for four times, once a day.
pub(super) const MAX_REFUSALS: usize = 3;

/// Time limit for the search for a client's program.
const PROGRAM_LIMIT: Duration = Duration::from_millis(25);

/// The key of a target's site, for a SOCKS user.
pub(super) fn site_key(target: &Target, user: Option<&str>) -> SiteKey {
    SiteKey::new(&target.site(), user)
}

/// Whether the head of a request has a login, or anything else that may be one: its response is about the user.
pub(super) fn has_login(head: &[u8]) -> bool {
    let names: [&[u8]; 2] = [b"cookie:", b"authorization:"];
    let starts = |line: &[u8], name: &[u8]| line.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name));
    head.split(|byte| *byte == b'\n').any(|line| names.iter().any(|name| starts(line, name)))
}

/// Whether a status refuses a page that another address may get.
pub(super) fn is_refusal(status: u16) -> bool {
    matches!(status, 403 | 429 | 451)
}

impl Opener {
    /// Notes the site of a request that a strategy orders members for. A new site's program is looked up: sites that
    /// one program opens together share a node.
    pub(super) async fn note_site(&self, request: &mut ConnectRequest) {
        let state = self.state();
        if !state.limits().learns || !applies_to(&state.table()) || request.selected.is_some() {
            return;
        }
        let name = request.target.site();
        let key = SiteKey::new(&name, request.user.as_deref());
        let needs_client = state.connections.sites.lock().needs_client(key, unix_ms());
        let client = if needs_client { self.client_hash(request.user.as_deref()).await } else { None };
        let is_private = request.user.is_some();
        request.site = Some(Arc::new(RequestedSite { key, name: name.into(), is_private, client }));
    }

    /// A number for the client's program; if that is unknown, for its address.
    async fn client_hash(&self, user: Option<&str>) -> Option<u64> {
        // A page waits for this: rather no family than a slow one.
        let program = tokio::time::timeout(PROGRAM_LIMIT, self.program()).await.ok()?;
        let name = program.map_or_else(|| self.client_ip().to_string(), String::from);
        Some(xxh3_64_with_seed(name.as_bytes(), user.map_or(0, |user| SiteKey::new("", Some(user)).hash())))
    }
}

/// Whether there is something to learn: which of several members.
pub(super) fn applies_to(table: &Table) -> bool {
    table.strategy == Strategy::Smart && table.upstreams.len() > 1
}

impl ConnectRequest {
    /// The key of its site, if the strategy learns.
    pub(super) fn site_key(&self) -> Option<SiteKey> {
        self.site.as_ref().map(|site| site.key)
    }
}

impl GatewayState {
    /// The costs of the members for a request; `None` if the strategy does not learn.
    pub(super) fn learned(&self, table: &Table, request: &ConnectRequest, without: &[NodeId]) -> Option<LearnedCosts> {
        let site = request.site.as_ref().filter(|_| applies_to(table))?;
        let mut memory = self.connections.sites.lock();
        if !without.is_empty() {
            return Some(learned::costs(&memory, table, site.key, unix_ms()));
        }
        let RequestedSite { key, name, is_private, client } = &**site;
        let wanted = SiteRequest { key: *key, name, is_private: *is_private, client: *client };
        Some(learned::choose(&mut memory, table, wanted, rand::random(), unix_ms()))
    }

    /// Adds what a connection has shown about its site.
    pub(super) fn observe_site(&self, site: Option<SiteKey>, node: &NodeId, observation: Observation) {
        if let Some(site) = site {
            self.connections.sites.lock().observe(site, node, observation, unix_ms());
        }
    }

    /// Whether a refusal of a site is worth asking another node.
    pub(super) fn may_ask_elsewhere(&self, site: Option<SiteKey>) -> bool {
        site.is_some_and(|site| self.connections.sites.lock().may_ask_elsewhere(site, unix_ms()))
    }

    /// Notes that all nodes that were asked have refused a site.
    pub(super) fn refused_everywhere(&self, site: Option<SiteKey>) {
        if let Some(site) = site {
            self.connections.sites.lock().refused_everywhere(site, unix_ms());
        }
    }

    /// Notes that a site failed on some members and that another one served it.
    pub(super) fn served_elsewhere<'a>(
        &self,
        site: Option<SiteKey>,
        failed: impl Iterator<Item = (&'a NodeId, SiteFailure)>,
        winner: &NodeId,
    ) {
        let Some(site) = site else { return };
        let (mut memory, now) = (self.connections.sites.lock(), unix_ms());
        let mut has_failed = false;
        for (node, failure) in failed {
            memory.observe(site, node, Observation::Failed(failure), now);
            has_failed = true;
        }
        if has_failed {
            memory.served_elsewhere(site, winner, now);
        }
    }

    /// The same for the result of a race; `failure` tells what an error says about the site.
    pub(super) fn learn_from_race<T, E>(
        &self,
        site: Option<SiteKey>,
        won: &RaceResult<T, E>,
        failure: impl Fn(&E) -> Option<SiteFailure>,
    ) {
        let failed = won.failed.iter().filter_map(|(member, error)| Some((&member.id, failure(error)?)));
        let silent = won.silent.iter().filter(|silent| silent.is_beaten(won.took));
        let silent = silent.map(|silent| (&silent.member.id, SiteFailure::Silent));
        self.served_elsewhere(site, failed.chain(silent), &won.winner.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_and_logins_are_recognized() {
        let head = |field: &str| format!("GET / HTTP/1.1\r\nHost: a.test\r\n{field}\r\n\r\n");
        assert!(has_login(head("Cookie: a=1").as_bytes()) && has_login(head("AUTHORIZATION: Basic x").as_bytes()));
        assert!(!has_login(head("Accept: cookie:").as_bytes()) && !has_login(head("X-Cookie: 1").as_bytes()));
    }
}
