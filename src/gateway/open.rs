//! Selects a member and connects through it, before the client gets a response. If a member fails, the next one is
//! tried; if it is slow, the next one is tried in parallel.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::candidates::CandidateQueue;
use super::client_programs::KnownProgram;
use super::client_reach::ClientReach;
use super::connect_request::ConnectRequest;
use super::connections::Registered;
use super::connections::tracker::{CarrierChoice, ClientAddress, Tracked, TrackedRequest};
use super::dial::{self, DialError};
use super::race::{AttemptFailure, CandidateSource, FixedDelay, race};
use super::selected::SelectedBy;
use super::state::{GatewayState, is_out_of_descriptors};
use crate::model::connection::{ClientProtocol, ConnectionEnd};
use crate::model::doors::ResolvedDoor;
use crate::model::outcome::Signal;
use crate::model::route::RouteDecision;
use crate::model::{Handshake, Upstream};
use crate::sites::SiteKey;
use crate::socks5::ReplyCode;

/// After this time without a connection the next member is tried as well. A distant server responds within a third of
/// this; with a lost packet it takes longer.
const SLOW: Duration = Duration::from_secs(1);

/// Time limit for a connection to a process on this machine, which accepts or refuses it at once.
const PROCESS_CHECK: Duration = Duration::from_millis(250);

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
    /// The last candidate has failed itself: another member, or a later one, may do better.
    #[error("{0}")]
    MemberFailed(#[source] DialError),
    /// The connection through the last candidate failed, for a reason that lies outside of the member.
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
            Self::Direct(_)
            | Self::OwnPort
            | Self::ThisMachineOnly
            | Self::NotPublic
            | Self::MemberFailed(_)
            | Self::Failed(_) => ConnectionEnd::Failed,
        }
    }
}

impl AttemptFailure for OpenError {
    fn is_members_fault(&self) -> bool {
        match self {
            Self::MemberFailed(_) => true,
            Self::NoMember
            | Self::NoNodeOfDoor(_)
            | Self::Blocked
            | Self::Direct(_)
            | Self::OwnPort
            | Self::ThisMachineOnly
            | Self::NotPublic
            | Self::Failed(_) => false,
        }
    }

    fn is_of_either(&self) -> bool {
        false
    }

    fn of_member(self) -> Self {
        self
    }
}

impl ConnectRequest {
    /// The error if there is no member for it.
    pub(super) fn no_member(&self) -> OpenError {
        match self.selected.as_deref() {
            Some(SelectedBy::Door(door)) if door.nodes.is_some() => OpenError::NoNodeOfDoor(door.name.clone()),
            Some(SelectedBy::Door(_) | SelectedBy::Pin(_)) | None => OpenError::NoMember,
        }
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
            strategy: crate::model::Strategy::Failover,
            login: None,
            max_connections: 64,
            handshake_limit: super::candidates::PATIENCE,
            connect_limit: super::candidates::PATIENCE,
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
        state.replace_table(|table| table.next(&roster, config.strategy));
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

    /// Whether a member was removed, or its process has ended, which is then reported: the pool learns of it a moment
    /// later than the connections of the process.
    pub(super) async fn is_gone(&self, upstream: &Upstream) -> bool {
        if !self.state.keeps(upstream) {
            return true;
        }
        let has_ended = match upstream.dial.handshake {
            Handshake::Pipelined => {
                let connected = timeout(PROCESS_CHECK, TcpStream::connect(upstream.dial.addr)).await;
                matches!(connected, Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused)
            }
            Handshake::Stepwise => false,
        };
        if has_ended {
            self.state.report_failure(upstream, Signal::ConnectFailed);
        }
        has_ended
    }

    /// Opens a connection through the best working member, except these.
    pub(super) async fn open(
        &self,
        request: &ConnectRequest,
        tracked: &Tracked,
        without: &[Arc<Upstream>],
    ) -> Result<Opened, OpenError> {
        let limit = self.state.limits().connect;
        let attempt = |upstream: Arc<Upstream>| async move { dial::open(&upstream.dial, &request.target, limit).await };
        let mut candidates = self.state.candidates(request, without).await;
        if candidates.is_empty()
            && let Some(last) = without.last()
            && (self.is_gone(last).await || self.state.has_lost_server(last, request).await)
        {
            candidates.renew_after(last).await;
        }
        let (stream, registered) =
            self.try_candidates(candidates, (request, request.site_key()), tracked, attempt).await?;
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
        let candidates = self.state.candidates(request, &[]).await;
        // The first datagram back says little about the site.
        let ((control, relay), registered) = self.try_candidates(candidates, (request, None), tracked, attempt).await?;
        Ok((control, relay, registered))
    }

    async fn try_candidates<T, F: Future<Output = Result<T, DialError>>>(
        &self,
        mut candidates: CandidateQueue<'_>,
        (request, site): (&ConnectRequest, Option<SiteKey>),
        tracked: &Tracked,
        attempt: impl Fn(Arc<Upstream>) -> F,
    ) -> Result<(T, Registered), OpenError> {
        let choice = candidates.choice();
        let preferred = candidates.next().ok_or_else(|| request.no_member())?;
        let connect = |upstream| self.connect_through(upstream, site, tracked, &attempt);
        let won = race(Arc::clone(&preferred), candidates, connect, &FixedDelay(SLOW)).await?;
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
                let Some(signal) = self.state.members_failure(&upstream, &error) else {
                    return Err(OpenError::Failed(error));
                };
                self.state.report_failure(&upstream, signal);
                Err(OpenError::MemberFailed(error))
            }
        }
    }
}

impl GatewayState {
    /// Whether a member that gave no response cannot be connected through any more, which is then reported. The target
    /// does not notice the check: our own member connects to its server before it sends anything.
    pub(super) async fn has_lost_server(&self, upstream: &Upstream, request: &ConnectRequest) -> bool {
        let checked = match upstream.dial.handshake {
            Handshake::Pipelined => dial::open(&upstream.dial, &request.target, SLOW).await,
            // An external SOCKS5 server would connect to the target.
            Handshake::Stepwise => dial::connect(&upstream.dial, SLOW).await,
        };
        let error = match checked {
            Ok(stream) => {
                // A reset, so that the member gives the connection up at once; one that is closed already needs none.
                let _closed = stream.set_zero_linger();
                return false;
            }
            // This proves nothing within so short a time.
            Err(DialError::TimedOut) => return false,
            Err(error) => error,
        };
        let failure = self.members_failure(upstream, &error);
        if let Some(signal) = failure {
            self.report_failure(upstream, signal);
        }
        failure.is_some()
    }

    /// How the member itself has failed, if it has.
    fn members_failure(&self, upstream: &Upstream, error: &DialError) -> Option<Signal> {
        match error {
            // This process is out of descriptors; the member has not failed.
            DialError::Connect(cause) if is_out_of_descriptors(cause) => {
                self.report_descriptors_exhausted();
                None
            }
            DialError::Connect(_) | DialError::OwnPort | DialError::TimedOut => Some(Signal::ConnectFailed),
            DialError::Handshake(_) => Some(Signal::HandshakeFailed),
            // Its access key has no server for datagrams; its streams may work.
            DialError::Refused(ReplyCode::COMMAND_NOT_SUPPORTED) => None,
            DialError::Refused(_) => match upstream.dial.handshake {
                // Our own member has not reached the target's address yet: it failed to reach its server.
                Handshake::Pipelined => Some(Signal::ConnectFailed),
                // An external SOCKS5 server resolves the target itself: the failure says nothing about its health.
                Handshake::Stepwise => None,
            },
        }
    }
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
        let failure = |code| opener.state.members_failure(&upstream, &DialError::Refused(code));
        assert_eq!(failure(ReplyCode::COMMAND_NOT_SUPPORTED), None);
        assert_eq!(failure(ReplyCode::GENERAL_FAILURE), Some(Signal::ConnectFailed));
    }
}
