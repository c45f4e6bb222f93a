//! The members that one connection may try, best first.
//!
//! A table is the state of one moment. If all its members fail, the pool is already replacing them: a process that was
//! killed starts again, an ejected member's place goes to another node, a server comes back. So a race that has run out
//! of members may [renew](CandidateQueue::renew) its list for a short time, before the client gets an error.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::connect_request::{ConnectRequest, affinity};
use super::connections::tracker::CarrierChoice;
use super::learned::LearnedCosts;
use super::race::{Attempt, CandidateSource};
use super::selected::{self, SelectedBy};
use super::state::GatewayState;
use super::strategy::{self, SelectionKey};
use super::table::Table;
use crate::model::node_set::NodeSet;
use crate::model::{NodeId, Strategy, Upstream};

/// How long a connection waits while no member is ready: the pool starts one within this time, after a start or a
/// crash, and the user sees a slow page instead of an error.
pub(super) const PATIENCE: Duration = if cfg!(test) { Duration::from_secs(1) } else { Duration::from_secs(5) };

/// How often a connection that waits looks whether a member that failed works again.
const RECHECK_INTERVAL: Duration = Duration::from_millis(100);

/// Members to try for one connection, best first.
pub(super) struct CandidateQueue<'a> {
    state: &'a GatewayState,
    request: &'a ConnectRequest,
    members: RankedMembers,
    /// Members that are not tried, nor after a renewal.
    without: Vec<Arc<Upstream>>,
    /// When it is no longer renewed; set when it is renewed for the first time.
    deadline: Option<Instant>,
}

/// The members of one table.
struct RankedMembers {
    /// The members that a pin or a door selects; they are tried first.
    selected: std::vec::IntoIter<Arc<Upstream>>,
    table: Arc<Table>,
    ranked: strategy::Candidates,
    choice: CarrierChoice,
}

impl CandidateQueue<'_> {
    /// Why the first member is ranked first.
    pub(super) fn choice(&self) -> CarrierChoice {
        self.members.choice.clone()
    }

    /// Leaves it to those who renew the list whether this member may be tried again.
    pub(super) fn readmit(&mut self, tried: &Arc<Upstream>) {
        self.without.retain(|member| !Arc::ptr_eq(member, tried));
    }

    /// Waits for other members, or until this one, which has failed itself, responds again.
    pub(super) async fn renew_after(&mut self, failed: &Arc<Upstream>) {
        let attempt = Attempt::start(Arc::clone(failed));
        self.readmit(failed);
        self.renew(|| if attempt.has_answered_since() { Vec::new() } else { vec![Arc::clone(failed)] }).await;
    }
}

impl Iterator for CandidateQueue<'_> {
    type Item = Arc<Upstream>;

    fn next(&mut self) -> Option<Arc<Upstream>> {
        let RankedMembers { selected, table, ranked, .. } = &mut self.members;
        selected.next().or_else(|| ranked.next().map(|index| Arc::clone(&table.upstreams[index])))
    }
}

impl CandidateSource for CandidateQueue<'_> {
    fn is_empty(&self) -> bool {
        self.members.selected.as_slice().is_empty() && self.members.ranked.is_empty()
    }

    async fn renew(&mut self, tried: impl Fn() -> Vec<Arc<Upstream>>) -> bool {
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + PATIENCE);
        loop {
            let without = [&self.without[..], &tried()].concat();
            self.members = self.state.rank(self.state.table(), self.request, &without);
            if !self.is_empty() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            self.state.table_replaced_within(RECHECK_INTERVAL.min(left)).await;
        }
    }

    async fn has_lost_server(&self, member: &Upstream) -> bool {
        self.state.has_lost_server(member, self.request).await
    }
}

impl GatewayState {
    /// The members for a connection, best first, except these; waits for the first ones if there are none.
    pub(super) async fn candidates<'a>(
        &'a self,
        request: &'a ConnectRequest,
        without: &[Arc<Upstream>],
    ) -> CandidateQueue<'a> {
        let table = match selected_nodes(request) {
            None => self.wait_for_members(PATIENCE, |table| !table.upstreams.is_empty()).await,
            Some((selected, nodes)) => {
                let patience = match selected.door() {
                    None => PATIENCE,
                    Some(door) => {
                        self.request_members(door);
                        self.limits().connect
                    }
                };
                self.wait_for_members(patience, |table| is_usable(table, nodes)).await
            }
        };
        let members = self.rank(table, request, without);
        CandidateQueue { state: self, request, members, without: without.to_vec(), deadline: None }
    }

    /// The members of this table for a connection, best first, except these processes.
    fn rank(&self, table: Arc<Table>, request: &ConnectRequest, without: &[Arc<Upstream>]) -> RankedMembers {
        let mut without = still_in(&table, without);
        let Some((selected, nodes)) = selected_nodes(request) else { return self.rank_pool(table, request, &without) };
        let ordered = table.ordered_by(request.strategy());
        let key = self.selection_key(ordered, request, &without);
        let members: Vec<_> = selected::members(ordered.every(), key, nodes).collect();
        let mut ranked = if nodes.then_any {
            without.extend(members.iter().map(|member| member.id.clone()));
            self.rank_pool(table, request, &without)
        } else {
            let (ranked, choice) = (strategy::Candidates::default(), selected.choice());
            RankedMembers { selected: Vec::new().into_iter(), table, ranked, choice }
        };
        if !members.is_empty() {
            ranked.choice = selected.choice();
        }
        ranked.selected = members.into_iter();
        ranked
    }

    /// The members of the pool, in the order of the strategy.
    fn rank_pool(&self, table: Arc<Table>, request: &ConnectRequest, without: &[NodeId]) -> RankedMembers {
        let ordered = table.ordered_by(request.strategy());
        let learned = self.learned(ordered, request, without);
        let learned = learned.as_ref().map(LearnedCosts::as_slice);
        let key = SelectionKey { learned, ..self.selection_key(ordered, request, without) };
        let ranked = strategy::candidates(ordered, key, &mut rand::rng());
        let choice = choice(ordered, key, ranked);
        RankedMembers { selected: Vec::new().into_iter(), table, ranked, choice }
    }

    fn selection_key<'a>(&self, table: &Table, request: &ConnectRequest, without: &'a [NodeId]) -> SelectionKey<'a> {
        // Only one strategy needs the site, and finding it is not free.
        let affinity = match table.strategy {
            Strategy::Smart | Strategy::Sticky => affinity(&request.target, request.user.as_deref()),
            Strategy::RoundRobin
            | Strategy::Random
            | Strategy::LeastConnections
            | Strategy::LeastCpu
            | Strategy::Fastest
            | Strategy::Failover => 0,
        };
        SelectionKey { affinity, now_ms: self.now_ms(), without, learned: None }
    }
}

/// What selects the members of a connection, and the nodes that it selects.
fn selected_nodes(request: &ConnectRequest) -> Option<(&SelectedBy, &NodeSet)> {
    let selected = request.selected.as_deref()?;
    Some((selected, selected.nodes()?))
}

fn is_usable(table: &Table, nodes: &NodeSet) -> bool {
    table.has_any(&nodes.first) || table.has_any(&nodes.then) || (nodes.then_any && !table.upstreams.is_empty())
}

/// The nodes of these processes, except those that have another process by now.
fn still_in(table: &Table, processes: &[Arc<Upstream>]) -> Vec<NodeId> {
    let upstreams = &table.every().upstreams;
    let is_current = |process: &&Arc<Upstream>| upstreams.iter().any(|upstream| upstream.is_same_process(process));
    processes.iter().filter(is_current).map(|process| process.id.clone()).collect()
}

/// Why the first of these candidates is ranked first.
fn choice(table: &Table, key: SelectionKey<'_>, mut ranked: strategy::Candidates) -> CarrierChoice {
    let is_assigned = |first: usize| strategy::assigned_member(table, key) == Some(first);
    match (table.strategy, ranked.next()) {
        _ if table.upstreams.len() == 1 => CarrierChoice::Only,
        (Strategy::Sticky, Some(first)) if key.without.is_empty() && !is_assigned(first) => CarrierChoice::Crowded,
        (strategy, _) => CarrierChoice::Strategy(strategy),
    }
}
