//! The record of one connection of a client.
//!
//! Every part of the connection holds a [`Tracked`]; the record ends when the last one is dropped. The member that
//! carries the connection may change until the first byte is received; the record has the bytes of the last member, so
//! that replayed bytes count once.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::ConnectionTracker;
use crate::gateway::connections::entry::ConnectionEntry;
use crate::model::connection::{ClientProtocol, ConnectionEnd, ConnectionView, NodeChoice};
use crate::model::doors::ResolvedDoor;
use crate::model::meter::ActiveConnection;
use crate::model::route::RouteDecision;
use crate::model::{Meter, Strategy, Target, Upstream};
use crate::os::client_program::{ClientSocket, Program};

/// A client's request and its route.
pub(in crate::gateway) struct TrackedRequest<'a> {
    pub(in crate::gateway) client: ClientAddress,
    pub(in crate::gateway) target: &'a Target,
    pub(in crate::gateway) protocol: ClientProtocol,
    pub(in crate::gateway) decision: RouteDecision,
    pub(in crate::gateway) door: Option<Arc<ResolvedDoor>>,
}

/// The address of a client.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway) struct ClientAddress {
    pub(in crate::gateway) ip: IpAddr,
    pub(in crate::gateway) port: u16,
    /// The gateway's port that the client is connected to.
    pub(in crate::gateway) at: u16,
    pub(in crate::gateway) is_local: bool,
}

impl ClientAddress {
    /// The socket of a client on this machine, which connects from the address that it connects to.
    pub(in crate::gateway) fn socket(self) -> ClientSocket {
        ClientSocket { local: SocketAddr::new(self.ip, self.port), remote: SocketAddr::new(self.ip, self.at) }
    }
}

/// Why a member carries a connection.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum CarrierChoice {
    /// No member: the connection is direct.
    Direct,
    /// It is the only member.
    Only,
    /// A pin names it.
    Pinned,
    /// The client's door selects it.
    Door,
    /// The strategy ranked it first.
    Strategy(Strategy),
    /// The member that the site is assigned to has too many connections.
    Crowded,
    /// The connection to this member failed.
    Retried(Arc<Upstream>),
    /// This member did not respond.
    Replayed(Arc<Upstream>),
}

/// The record of a connection of a client.
pub struct ConnectionRecord {
    id: u64,
    host: Box<str>,
    since: i64,
    client: ClientAddress,
    port: u16,
    protocol: ClientProtocol,
    decision: RouteDecision,
    // Boxed: most records have none.
    door: Option<Box<RecordedDoor>>,
    place: u32,
    users: AtomicU32,
    tracker: Weak<ConnectionTracker>,
    // Held for a few instructions when a connection changes, which is rare.
    progress: Mutex<RecordState>,
}

#[derive(Default)]
struct RecordState {
    carrier: Option<Carrier>,
    program: Option<Arc<Program>>,
    ended: Option<ConnectionEnd>,
    is_over: bool,
    is_cancelled: bool,
}

struct Carrier {
    entry: Arc<ConnectionEntry>,
    choice: CarrierChoice,
}

/// The door of a connection, which counts it as open until the record ends.
struct RecordedDoor {
    door: Arc<ResolvedDoor>,
    counted: Mutex<Option<ActiveConnection>>,
}

impl RecordedDoor {
    fn count(door: Arc<ResolvedDoor>) -> Self {
        let counted = Mutex::new(Some(door.usage.meter().open()));
        Self { door, counted }
    }

    fn end(&self) {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Changes when anything but the byte counts of a record changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordStamp {
    carrier: usize,
    has_program: bool,
    is_over: bool,
}

impl ConnectionRecord {
    pub(super) fn new(id: u64, place: usize, request: TrackedRequest<'_>, tracker: Weak<ConnectionTracker>) -> Self {
        let TrackedRequest { client, target, protocol, decision, door } = request;
        Self {
            id,
            host: target.host().into_boxed_str(),
            since: jiff::Timestamp::now().as_millisecond(),
            client,
            port: target.port(),
            protocol,
            decision,
            door: door.map(|door| Box::new(RecordedDoor::count(door))),
            place: u32::try_from(place).expect("there are fewer connections than that"),
            users: AtomicU32::new(0),
            tracker,
            progress: Mutex::default(),
        }
    }

    /// The id of the connection.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Identifies the site.
    pub(in crate::gateway) fn site_hash(&self) -> u64 {
        let site =
            Target::from_host(&self.host, self.port).map_or_else(|| self.host.to_string(), |target| target.site());
        xxhash_rust::xxh3::xxh3_64(site.as_bytes())
    }

    /// Bytes from the client, and to it.
    pub fn transferred(&self) -> (u64, u64) {
        self.progress().carrier.as_ref().map_or((0, 0), |carrier| carrier.entry.transferred())
    }

    /// Changes when anything but the byte counts changes.
    pub fn stamp(&self) -> RecordStamp {
        let progress = self.progress();
        let carrier = progress.carrier.as_ref().map_or(0, |carrier| Arc::as_ptr(&carrier.entry) as usize);
        RecordStamp { carrier, has_program: progress.program.is_some(), is_over: progress.is_over }
    }

    /// The row of this record, without node name and rates.
    pub fn view(&self) -> ConnectionView {
        let progress = self.progress();
        let (up, down) = progress.carrier.as_ref().map_or((0, 0), |carrier| carrier.entry.transferred());
        let carrier = progress.carrier.as_ref().and_then(|carrier| Some((carrier, carrier.choice.to_model()?)));
        ConnectionView {
            id: self.id,
            program: progress.program.as_ref().map(|program| program.name.clone()),
            pid: progress.program.as_ref().map(|program| program.pid),
            client: SocketAddr::new(self.client.ip, self.client.port).to_string(),
            host: self.host.to_string(),
            port: self.port,
            protocol: self.protocol,
            door: self.door.as_ref().map(|recorded| recorded.door.name.to_string()),
            way: self.decision.route,
            rule: self.decision.rule,
            node: carrier.as_ref().map(|(carrier, _)| carrier.entry.upstream().id.clone()),
            node_name: None,
            why: carrier.map(|(_, choice)| choice),
            since: self.since,
            up,
            down,
            up_rate: 0,
            down_rate: 0,
            ended: progress.is_over.then(|| progress.ended.unwrap_or(ConnectionEnd::Closed)),
        }
    }

    /// The client's socket, if the client is on this machine, the connection is open and its program is unknown.
    pub fn unidentified(&self) -> Option<ClientSocket> {
        let progress = self.progress();
        (self.client.is_local && !progress.is_over && progress.program.is_none()).then(|| self.client.socket())
    }

    /// Sets the client's program.
    pub fn identify(&self, program: Arc<Program>) {
        self.progress().program = Some(program);
    }

    /// Closes the connection.
    pub(super) fn cancel(&self) {
        let mut progress = self.progress();
        progress.is_cancelled = true;
        if let Some(carrier) = &progress.carrier {
            carrier.entry.cancel();
        }
    }

    fn progress(&self) -> MutexGuard<'_, RecordState> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for ConnectionRecord {
    /// Without the host, which must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionRecord").field("id", &self.id).finish_non_exhaustive()
    }
}

impl CarrierChoice {
    /// `None` if no member carries the connection.
    fn to_model(&self) -> Option<NodeChoice> {
        match self {
            Self::Direct => None,
            Self::Only => Some(NodeChoice::Only),
            Self::Pinned => Some(NodeChoice::Pinned),
            Self::Door => Some(NodeChoice::Door),
            Self::Strategy(strategy) => Some(NodeChoice::Strategy(*strategy)),
            Self::Crowded => Some(NodeChoice::Crowded),
            Self::Retried(from) => Some(NodeChoice::Retried { from: from.id.clone() }),
            Self::Replayed(from) => Some(NodeChoice::Replayed { from: from.id.clone() }),
        }
    }
}

/// A handle to the record of a connection that is in progress.
pub(in crate::gateway) struct Tracked(Arc<ConnectionRecord>);

impl Tracked {
    pub(super) fn new(record: Arc<ConnectionRecord>) -> Self {
        record.users.fetch_add(1, Ordering::Relaxed);
        Self(record)
    }

    /// Sets the connection that carries the request.
    pub(in crate::gateway) fn set_carrier(&self, entry: &Arc<ConnectionEntry>, choice: CarrierChoice) {
        let mut progress = self.0.progress();
        if progress.is_cancelled {
            entry.cancel();
        }
        progress.carrier = Some(Carrier { entry: Arc::clone(entry), choice });
    }

    /// The counters of the client's door.
    pub(in crate::gateway) fn door_meter(&self) -> Option<Arc<Meter>> {
        self.0.door.as_ref().map(|recorded| Arc::clone(recorded.door.usage.meter()))
    }

    /// Sets how the connection ended, unless that is set already.
    pub(in crate::gateway) fn set_end(&self, how: ConnectionEnd) {
        self.0.progress().ended.get_or_insert(how);
    }

    /// The record.
    pub(in crate::gateway) fn record(&self) -> Arc<ConnectionRecord> {
        Arc::clone(&self.0)
    }

    /// Whether the user has closed the connection.
    pub(in crate::gateway) fn is_cancelled(&self) -> bool {
        self.0.progress().is_cancelled
    }
}

impl Clone for Tracked {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.0))
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        // As in `Arc`: makes everything that other handles did visible before the end.
        if self.0.users.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        let mut progress = self.0.progress();
        progress.is_over = true;
        if let Some(carrier) = &progress.carrier {
            carrier.entry.release_waker();
        }
        if progress.is_cancelled {
            progress.ended = Some(ConnectionEnd::Cancelled);
        }
        drop(progress);
        if let Some(recorded) = &self.0.door {
            recorded.end();
        }
        if let Some(tracker) = self.0.tracker.upgrade() {
            tracker.end(self.0.place as usize);
        }
    }
}
