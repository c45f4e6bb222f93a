//! Choosing and connecting: candidates one after another, before the client is told anything.
//! (Provisional: the first member that is given.)

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::dial::{self, DialError};
use crate::model::meter::Counted;
use crate::model::{Target, Upstream};

/// A connection through a member, ready to relay; counts as active until dropped.
pub(super) struct Opened {
    pub(super) stream: TcpStream,
    pub(super) counted: Counted,
    pub(super) upstream: Arc<Upstream>,
}

/// Why no candidate gave a connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("no node is ready")]
    NoMember,
    #[error("{0}")]
    Failed(#[source] DialError),
}

/// What a connection wants, for the choice of a member.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) target: Target,
    pub(super) user: Option<Box<str>>,
}

/// Opens connections through members.
#[derive(Clone)]
pub(super) struct Opener(Arc<Vec<Arc<Upstream>>>);

impl Opener {
    #[cfg(test)]
    pub(super) fn of(upstreams: Vec<Arc<Upstream>>) -> Self {
        Self(Arc::new(upstreams))
    }

    pub(super) async fn open(&self, wanted: &Wanted) -> Result<Opened, OpenError> {
        let mut last = OpenError::NoMember;
        for upstream in &*self.0 {
            let counted = upstream.meter.open();
            match dial::open(&upstream.dial, &wanted.target, Duration::from_secs(5)).await {
                Ok(stream) => return Ok(Opened { stream, counted, upstream: Arc::clone(upstream) }),
                Err(error) => {
                    upstream.meter.fail();
                    last = OpenError::Failed(error);
                }
            }
        }
        Err(last)
    }

    pub(super) async fn pick_for_udp(&self, _wanted: &Wanted) -> Option<Arc<Upstream>> {
        self.0.iter().find(|upstream| upstream.meter.read().failures == 0).cloned()
    }
}
