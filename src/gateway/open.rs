//! Selects a member and connects through it, before the client gets a response. If a member fails, the next one is
//! tried; if it is slow, the next one is tried in parallel.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::client_programs::KnownProgram;
use super::client_reach::ClientReach;
use super::connections::Registered;
use super::connections::tracker::{CarrierChoice, ClientAddress, Tracked, TrackedRequest};
use super::dial::{self, DialError};
use super::learned::{LearnedCosts, RequestedSite};
use super::race::{FixedDelay, race};
use super::selected::{self, SelectedBy};
use super::state::{GatewayState, is_out_of_descriptors};
use super::strategy::{self, Candidates, SelectionKey};
use super::table::Table;
use crate::model::connection::{ClientProtocol, ConnectionEnd};
use crate::model::doors::ResolvedDoor;
use crate::model::outcome::Signal;
use crate::model::route::RouteDecision;
use crate::model::{Handshake, NodeId, Strategy, Target, Upstream};
use crate::sites::SiteKey;
use crate::socks5::ReplyCode;

/// How long a connection waits while no member is ready: the pool starts one within this time, after a start or a
/// crash, and the user sees a slow page instead of an error.
const PATIENCE: Duration = if cfg!(test) { Duration::from_millis(200) } else { Duration::from_secs(5) };

/// After this time without a connection the next member is tried as well. A distant server responds within a third of
/// this; with a lost packet it takes longer.
const SLOW: Duration = Duration::from_secs(1);

/// A connection through a member, ready to relay.
pub(super) struct Opened {
    /// The connection; its next byte is from the target.
    pub(super) stream: TcpStream,
    /// Its entry in the registry, which counts its bytes.
    pub(super) registered: Registered,
}

impl Opened {
    /// The member.
    pub(super) fn upstream(&self) -> &Arc<Upstream> {
        self.registered.upstream()
    }
}

/// Why a connection was not opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    /// There is no member to try.
    #[error("no node is ready")]
    NoMember,
    /// None of the nodes works that the client's door selects.
    #[error("no node of the door {0} works")]
    NoNodeOfDoor(Box<str>),
    /// A rule blocks the target.
    #[error("a rule on this computer blocks it")]
    Blocked,
    /// A rule bypasses the members, and the direct connection failed.
    #[error("direct connection by a rule: {0}")]
    Direct(#[source] io::Error),
    /// A rule bypasses the members, and the target is a port of this program.
    #[error("Sluice does not connect to its own port")]
    OwnPort,
    /// A rule bypasses the members, and a client on another machine requests an address of this one.
    #[error("devices on the network may not reach this computer's own addresses")]
    ThisMachineOnly,
    /// A rule bypasses the members, and a client that may reach only public addresses requests another one.
    #[error("the name resolves to this computer or its private network")]
    NotPublic,
    /// The error of the last candidate.
    #[error("{0}")]
    Failed(#[source] DialError),
}

impl OpenError {
    /// How the record of a connection ends that could not be opened.
    pub(super) fn end(&self) -> ConnectionEnd {
        match self {
            Self::NoMember => ConnectionEnd::NoNode,
            Self::NoNodeOfDoor(_) => ConnectionEnd::NoDoorNode,
            Self::Blocked => ConnectionEnd::Blocked,
            Self::Direct(_) | Self::OwnPort | Self::ThisMachineOnly | Self::NotPublic | Self::Failed(_) => {
                ConnectionEnd::Failed
            }
        }
    }
}

/// A client's request, for the selection of a member.
#[derive(Clone, Debug)]
pub(super) struct ConnectRequest {
    /// The target.
    pub(super) target: Target,
    /// The SOCKS user name: connections of different users are isolated, as in Tor. It may name a door.
    pub(super) user: Option<Box<str>>,
    /// Its site, if the strategy learns.
    pub(super) site: Option<Arc<RequestedSite>>,
    /// What selects its members, if anything but the strategy does.
    pub(super) selected: Option<Arc<SelectedBy>>,
}

impl ConnectRequest {
    /// A request for which neither door nor pin was looked up yet.
    pub(super) fn new(target: Target, user: Option<Box<str>>) -> Self {
        Self { target, user, selected: None, site: None }
    }

    /// The error if there is no member for it.
    pub(super) fn no_member(&self) -> OpenError {
        match self.selected.as_deref() {
            Some(SelectedBy::Door(door)) if door.nodes.is_some() => OpenError::NoNodeOfDoor(door.name.clone()),
            Some(SelectedBy::Door(_) | SelectedBy::Pin(_)) | None => OpenError::NoMember,
        }
    }

    fn strategy(&self) -> Option<Strategy> {
        self.selected.as_deref().and_then(SelectedBy::strategy)
    }
}

/// Members to try for one connection, best first.
#[derive(Clone)]
pub(super) struct CandidateQueue {
    /// The members that a pin or a door selects; they are tried first.
    selected: std::vec::IntoIter<Arc<Upstream>>,
    table: Arc<Table>,
    candidates: Candidates,
    choice: CarrierChoice,
}

impl CandidateQueue {
    /// Why the first member is ranked first.
    pub(super) fn choice(&self) -> CarrierChoice {
        self.choice.clone()
    }

    /// Whether no member is left to try.
    pub(super) fn is_empty(&self) -> bool {
        self.selected.as_slice().is_empty() && self.candidates.is_empty()
    }
}

impl Iterator for CandidateQueue {
    type Item = Arc<Upstream>;

    fn next(&mut self) -> Option<Arc<Upstream>> {
        self.selected.next().or_else(|| self.candidates.next().map(|index| Arc::clone(&self.table.upstreams[index])))
    }
}

/// Opens connections through members.
#[derive(Clone)]
pub(super) struct Opener {
    state: Arc<GatewayState>,
    reach: ClientReach,
    client: ClientAddress,
    /// The door whose port the client is connected to.
    door: Option<Arc<String>>,
    /// The client's program, if pins depended on one when it connected.
    program: Option<KnownProgram>,
}

impl Opener {
    pub(super) fn new(state: Arc<GatewayState>) -> Self {
        Self { state, reach: ClientReach::Everything, client: ClientAddress::LOCAL, door: None, program: None }
    }

    /// The opener for this client.
    pub(super) fn for_client(self, client: ClientAddress) -> Self {
        let reach = if client.is_local { ClientReach::Everything } else { ClientReach::NotThisMachine };
        let program = self.state.limits().pins.names_programs().then(KnownProgram::default);
        Self { client, reach, program, ..self }
    }

    /// The opener for clients of the port of this door.
    pub(super) fn at_door(self, door: Option<Arc<String>>) -> Self {
        Self { door, ..self }
    }

    /// The door that a client uses: that of the port, or the one that its user name names.
    pub(super) fn door(&self, user: Option<&str>) -> Option<Arc<ResolvedDoor>> {
        let limits = self.state.limits();
        self.door.as_deref().map(String::as_str).or(user).and_then(|name| limits.doors.find(name)).cloned()
    }

    /// The opener for a client with this reach.
    pub(super) fn with_reach(self, reach: ClientReach) -> Self {
        Self { reach, ..self }
    }

    /// What the client may reach.
    pub(super) fn reach(&self) -> ClientReach {
        self.reach
    }

    /// The client's address.
    pub(super) fn client_ip(&self) -> IpAddr {
        self.client.ip
    }

    /// The name of the client's program, if it is on this machine and was found.
    pub(super) async fn program(&self) -> Option<Box<str>> {
        let find = || self.state.programs.find(self.client);
        match &self.program {
            Some(known) => known.get_or_init(find).await.clone(),
            None => find().await,
        }
    }

    /// Starts the record of a connection of the client.
    pub(super) fn track(&self, request: &ConnectRequest, protocol: ClientProtocol, decision: RouteDecision) -> Tracked {
        let door = request.selected.as_deref().and_then(SelectedBy::door).cloned();
        let (client, target) = (self.client, &request.target);
        self.state.connections.tracker.track(TrackedRequest { client, target, protocol, decision, door })
    }

    /// An opener over these members, tried in this order.
    #[cfg(test)]
    pub(super) fn of(upstreams: Vec<Arc<Upstream>>) -> Self {
        let (outcomes, _unread) = tokio::sync::mpsc::channel(1);
        let (reports, _unread) = tokio::sync::mpsc::channel(1);
        let config = super::Config {
            strategy: Strategy::Failover,
            login: None,
            max_connections: 64,
            handshake_limit: PATIENCE,
            connect_limit: PATIENCE,
            idle_limit: None,
            serves_script: true,
            udp_relay: super::RelayAddress::default(),
            pins: Arc::default(),
            learns: false,
            doors: Arc::default(),
        };
        let state = GatewayState::new(
            &config,
            super::Wiring { totals: Arc::default(), tracker: Arc::default(), sites: Arc::default(), outcomes, reports },
        );
        let roster = crate::model::Roster { upstreams, draining: Vec::new() };
        state.replace_table(|table| table.next(&roster, Strategy::Failover));
        Self::new(Arc::new(state))
    }

    /// The state that all connections share.
    pub(super) fn state(&self) -> &GatewayState {
        &self.state
    }

    /// The same, as an `Arc`.
    pub(super) fn shared(&self) -> &Arc<GatewayState> {
        &self.state
    }

    /// Opens a connection through the best working member, except these.
    pub(super) async fn open(
        &self,
        request: &ConnectRequest,
        tracked: &Tracked,
        without: &[NodeId],
    ) -> Result<Opened, OpenError> {
        let limit = self.state.limits().connect;
        let attempt = |upstream: Arc<Upstream>| async move { dial::open(&upstream.dial, &request.target, limit).await };
        let queue = self.candidates(request, without).await;
        let (stream, registered) = self.try_candidates(queue, (request, request.site_key()), tracked, attempt).await?;
        Ok(Opened { stream, registered })
    }

    /// Opens a connection through this member. The caller decides whether it carries `tracked`.
    pub(super) async fn open_through(
        &self,
        upstream: Arc<Upstream>,
        request: &ConnectRequest,
        tracked: &Tracked,
    ) -> Result<Opened, OpenError> {
        let limit = self.state.limits().connect;
        let attempt = |upstream: Arc<Upstream>| async move { dial::open(&upstream.dial, &request.target, limit).await };
        let (stream, registered) = self.connect_through(upstream, request.site_key(), tracked, &attempt).await?;
        Ok(Opened { stream, registered })
    }

    /// Opens a UDP relay through the best working member: the connection that keeps it open, and the address to send
    /// datagrams to.
    pub(super) async fn associate(
        &self,
        request: &ConnectRequest,
        tracked: &Tracked,
    ) -> Result<(TcpStream, SocketAddr, Registered), OpenError> {
        let limits = self.state.limits();
        let (limit, relay) = (limits.connect, limits.udp_relay);
        let attempt = |upstream: Arc<Upstream>| async move { dial::associate(&upstream.dial, relay, limit).await };
        let queue = self.candidates(request, &[]).await;
        // The first datagram back says little about the site.
        let ((control, relay), registered) = self.try_candidates(queue, (request, None), tracked, attempt).await?;
        Ok((control, relay, registered))
    }

    /// The members for a connection, best first, except these.
    pub(super) async fn candidates<'a>(&self, request: &'a ConnectRequest, without: &[NodeId]) -> CandidateQueue {
        let nodes = |selected: &'a SelectedBy| Some((selected, selected.nodes()?));
        let Some((selected, nodes)) = request.selected.as_deref().and_then(nodes) else {
            let table = self.state.wait_for_members(PATIENCE, |table| !table.upstreams.is_empty()).await;
            return self.ranked(table, request, without);
        };
        let patience = match selected.door() {
            None => PATIENCE,
            Some(door) => {
                self.state.request_members(door);
                self.state.limits().connect
            }
        };
        let is_usable = |table: &Table| {
            table.has_any(&nodes.first) || table.has_any(&nodes.then) || (nodes.then_any && !table.upstreams.is_empty())
        };
        let table = self.state.wait_for_members(patience, is_usable).await;
        let ordered = table.ordered_by(request.strategy());
        let key = self.selection_key(ordered, request, without);
        let members: Vec<_> = selected::members(ordered.every(), key, nodes).collect();
        let mut queue = if nodes.then_any {
            let tried = members.iter().map(|member| member.id.clone()).chain(without.iter().cloned());
            self.ranked(table, request, &tried.collect::<Vec<_>>())
        } else {
            let (candidates, choice) = (Candidates::default(), selected.choice());
            CandidateQueue { selected: Vec::new().into_iter(), table, candidates, choice }
        };
        if !members.is_empty() {
            queue.choice = selected.choice();
        }
        queue.selected = members.into_iter();
        queue
    }

    /// The members of the pool, in the order of the strategy.
    fn ranked(&self, table: Arc<Table>, request: &ConnectRequest, without: &[NodeId]) -> CandidateQueue {
        let ordered = table.ordered_by(request.strategy());
        let learned = self.learned(ordered, request, without);
        let learned = learned.as_ref().map(LearnedCosts::as_slice);
        let key = SelectionKey { learned, ..self.selection_key(ordered, request, without) };
        let candidates = strategy::candidates(ordered, key, &mut rand::rng());
        let choice = choice(ordered, key, candidates);
        CandidateQueue { selected: Vec::new().into_iter(), table, candidates, choice }
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
        SelectionKey { affinity, now_ms: self.state.now_ms(), without, learned: None }
    }

    async fn try_candidates<T, F: Future<Output = Result<T, DialError>>>(
        &self,
        queue: CandidateQueue,
        (request, site): (&ConnectRequest, Option<SiteKey>),
        tracked: &Tracked,
        attempt: impl Fn(Arc<Upstream>) -> F,
    ) -> Result<(T, Registered), OpenError> {
        let choice = queue.choice();
        let mut attempts =
            queue.map(|upstream| (Arc::clone(&upstream), self.connect_through(upstream, site, tracked, &attempt)));
        let first = attempts.next().ok_or_else(|| request.no_member())?;
        let preferred = Arc::clone(&first.0);
        let won = race(first, attempts, &FixedDelay(SLOW)).await?;
        // Failures have been reported where they happened.
        self.state.report_losers(&won, Signal::ConnectFailed, |_failed| None);
        let is_first = Arc::ptr_eq(&won.winner, &preferred);
        won.value.1.set_carrier(if is_first { choice } else { CarrierChoice::Retried(preferred) });
        Ok(won.value)
    }

    async fn connect_through<T, F: Future<Output = Result<T, DialError>>>(
        &self,
        upstream: Arc<Upstream>,
        site: Option<SiteKey>,
        tracked: &Tracked,
        attempt: &impl Fn(Arc<Upstream>) -> F,
    ) -> Result<(T, Registered), OpenError> {
        // Counted before it is connected, so that concurrent selections see it.
        let counted = upstream.meter.open();
        match attempt(Arc::clone(&upstream)).await {
            Ok(opened) => {
                let registered = Registered::new(Arc::clone(&self.state), upstream, counted, tracked.clone());
                Ok((opened, registered.of_site(site)))
            }
            Err(error) => {
                tracing::debug!(id = %upstream.id, %error, "a candidate failed");
                self.report_failure(&upstream, &error);
                Err(OpenError::Failed(error))
            }
        }
    }

    fn report_failure(&self, upstream: &Upstream, error: &DialError) {
        match error {
            // This process is out of descriptors; the member has not failed.
            DialError::Connect(cause) if is_out_of_descriptors(cause) => self.state.report_descriptors_exhausted(),
            DialError::Connect(_) | DialError::OwnPort | DialError::TimedOut => {
                self.state.report_failure(upstream, Signal::ConnectFailed)
            }
            DialError::Handshake(_) => self.state.report_failure(upstream, Signal::HandshakeFailed),
            // Its access key has no server for datagrams; its streams may work.
            DialError::Refused(ReplyCode::COMMAND_NOT_SUPPORTED) => {}
            DialError::Refused(_) => match upstream.dial.handshake {
                // Our own member has not reached the target's address yet: it failed to reach its server.
                Handshake::Pipelined => self.state.report_failure(upstream, Signal::ConnectFailed),
                // An external SOCKS5 server resolves the target itself: the failure says nothing about its health.
                Handshake::Stepwise => {}
            },
        }
    }
}

/// Why the first of these candidates is ranked first.
fn choice(table: &Table, key: SelectionKey<'_>, mut candidates: Candidates) -> CarrierChoice {
    let is_assigned = |first: usize| strategy::assigned_member(table, key) == Some(first);
    match (table.strategy, candidates.next()) {
        _ if table.upstreams.len() == 1 => CarrierChoice::Only,
        (Strategy::Sticky, Some(first)) if key.without.is_empty() && !is_assigned(first) => CarrierChoice::Crowded,
        (strategy, _) => CarrierChoice::Strategy(strategy),
    }
}

/// The key that connections of one SOCKS user to one site have in common.
pub(super) fn affinity(target: &Target, user: Option<&str>) -> u64 {
    let user = user.map_or(0, |user| xxh3_64(user.as_bytes()));
    xxh3_64_with_seed(target.site().as_bytes(), user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_without_udp_has_not_failed() {
        let mut upstream = crate::gateway::tests::stub::upstream("a", "a.test");
        upstream.dial.handshake = Handshake::Pipelined;
        let upstream = Arc::new(upstream);
        let opener = Opener::of(vec![Arc::clone(&upstream)]);
        opener.report_failure(&upstream, &DialError::Refused(ReplyCode::COMMAND_NOT_SUPPORTED));
        assert_eq!(upstream.meter.read().failures, 0);
        opener.report_failure(&upstream, &DialError::Refused(ReplyCode::GENERAL_FAILURE));
        assert_eq!(upstream.meter.read().failures, 1);
    }
}
