//! Choosing and connecting: candidates one after another, before the client is told anything.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::dial::{self, DialError};
use super::state::State;
use super::strategy::{self, Candidates, Key};
use super::table::Table;
use crate::model::meter::Counted;
use crate::model::outcome::Signal;
use crate::model::{Strategy, Target, Upstream};

/// How long a connection waits while no member is ready: the pool starts one within this time,
/// after a start or a crash, and the user sees a slow page instead of an error.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection through a member, ready to relay; counts as active until dropped.
pub(super) struct Opened {
    /// The connection; the next byte is the target's.
    pub(super) stream: TcpStream,
    /// Its place among the member's open connections.
    pub(super) counted: Counted,
    /// The member.
    pub(super) upstream: Arc<Upstream>,
}

/// Why no candidate gave a connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    /// There is no member to ask.
    #[error("no node is ready")]
    NoMember,
    /// What the last candidate said.
    #[error("{0}")]
    Failed(#[source] DialError),
}

/// What a connection wants, for the choice of a member.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Where to.
    pub(super) target: Target,
    /// The SOCKS user name: connections of different users are kept apart, as with Tor.
    pub(super) user: Option<Box<str>>,
}

/// Opens connections through members.
#[derive(Clone)]
pub(super) struct Opener {
    state: Arc<State>,
}

impl Opener {
    pub(super) fn new(state: Arc<State>) -> Self {
        Self { state }
    }

    /// What all connections share.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// The same, for who needs no opener any more.
    pub(super) fn into_state(self) -> Arc<State> {
        self.state
    }

    /// Opens a connection through the best member that gives one.
    pub(super) async fn open(&self, wanted: &Wanted) -> Result<Opened, OpenError> {
        let (table, candidates) = self.candidates(wanted).await;
        let mut last = OpenError::NoMember;
        for index in candidates {
            let upstream = &table.upstreams[index];
            let counted = upstream.meter.open();
            match dial::open(&upstream.dial, &wanted.target, self.state.limits().connect).await {
                Ok(stream) => return Ok(Opened { stream, counted, upstream: Arc::clone(upstream) }),
                Err(error) => {
                    tracing::debug!(id = %upstream.id, %error, "a candidate failed");
                    self.note(upstream, &error);
                    last = OpenError::Failed(error);
                }
            }
        }
        Err(last)
    }

    /// The best member for datagrams.
    pub(super) async fn pick_for_udp(&self, wanted: &Wanted) -> Option<Arc<Upstream>> {
        let (table, mut candidates) = self.candidates(wanted).await;
        candidates.next().map(|index| Arc::clone(&table.upstreams[index]))
    }

    async fn candidates(&self, wanted: &Wanted) -> (Arc<Table>, Candidates) {
        let table = self.state.filled_table(PATIENCE).await;
        // Only one rule asks for the site, and finding it is not free.
        let affinity = if table.strategy == Strategy::Sticky { affinity(wanted) } else { 0 };
        let key = Key { affinity, now_ms: self.state.now_ms() };
        let candidates = strategy::candidates(&table, key, &mut rand::rng());
        (table, candidates)
    }

    fn note(&self, upstream: &Upstream, error: &DialError) {
        match error {
            DialError::Connect(_) | DialError::TimedOut => self.state.failed(upstream, Signal::ConnectFailed),
            DialError::Handshake(_) => self.state.failed(upstream, Signal::HandshakeFailed),
            // The member did its work: what it says of the target is no sign of its health.
            DialError::Refused(_) => {}
        }
    }
}

fn affinity(wanted: &Wanted) -> u64 {
    let user = wanted.user.as_deref().map_or(0, |user| xxh3_64(user.as_bytes()));
    xxh3_64_with_seed(wanted.target.site().as_bytes(), user)
}
