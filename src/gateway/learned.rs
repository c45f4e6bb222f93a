//! What is learned about a site, as costs of the members for the strategy `smart`.

use super::strategy::{self, SelectionKey};
use super::table::{MAX_MEMBERS, Table};
use crate::sites::{SiteKey, SiteMember, SiteMemory, SiteRequest};

/// The site of a request.
#[derive(Debug)]
pub(super) struct RequestedSite {
    pub(super) key: SiteKey,
    pub(super) name: Box<str>,
    pub(super) is_private: bool,
    pub(super) client: Option<u64>,
}

/// The cost of each member of a table.
pub(crate) struct LearnedCosts {
    costs: [f64; MAX_MEMBERS],
    count: usize,
}

impl LearnedCosts {
    /// In the order of the table.
    pub(crate) fn as_slice(&self) -> &[f64] {
        &self.costs[..self.count]
    }

    fn of(table: &Table) -> Self {
        Self { costs: [0.0; MAX_MEMBERS], count: table.upstreams.len() }
    }
}

/// The costs for a new connection, which may give the site a node or move it. `roll` is a random number from 0 to 1.
pub(crate) fn choose(
    memory: &mut SiteMemory,
    table: &Table,
    request: SiteRequest<'_>,
    roll: f64,
    now: i64,
) -> LearnedCosts {
    let mut learned = LearnedCosts::of(table);
    let draw = draw(table, request.key);
    memory.choose(request, &members(table), &mut learned.costs[..learned.count], draw, roll, now);
    learned
}

/// The costs for a connection that is tried again: nothing changes.
pub(crate) fn costs(memory: &SiteMemory, table: &Table, key: SiteKey, now: i64) -> LearnedCosts {
    let mut learned = LearnedCosts::of(table);
    memory.costs(key, &members(table), &mut learned.costs[..learned.count], now);
    learned
}

/// The costs that a connection would find, without changing anything.
pub(super) fn preview(memory: &mut SiteMemory, table: &Table, key: SiteKey, now: i64) -> LearnedCosts {
    let mut learned = LearnedCosts::of(table);
    memory.preview(key, &members(table), &mut learned.costs[..learned.count], draw(table, key), now);
    learned
}

/// A site's draw for each member, which decides among members that are as good.
fn draw(table: &Table, key: SiteKey) -> impl Fn(usize) -> f64 + '_ {
    let key = SelectionKey { affinity: key.hash(), now_ms: 0, without: &[], learned: None };
    move |index| strategy::draw(table, key, index)
}

fn members(table: &Table) -> Vec<SiteMember<'_>> {
    let crowding = strategy::Crowding::of(table);
    let upstreams = table.upstreams.iter();
    let members = upstreams.map(|upstream| SiteMember {
        id: &upstream.id,
        is_suspect: upstream.is_suspect,
        is_crowded: crowding.is_crowded(upstream),
        check_ms: upstream.meter.usual_check_ms(),
        segments: upstream.meter.segments(),
    });
    members.collect()
}
