//! The messages between two engines during a takeover: JSON, one per line, in the order of the variants. Versions may
//! differ, so unknown fields are ignored and new ones have defaults.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::{LateTraffic, TakeOverOffer, TakeOverState};
use crate::os::take_over::{Descriptor, TakeOverStream};

/// A message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TakeOverMessage {
    /// From the old engine: it can be taken over.
    Offer(TakeOverOffer),
    /// From the new one: its members are ready.
    Commit,
    /// From the old one, with descriptors of these kinds in this order.
    State(Box<TakeOverState>, Vec<DescriptorKind>),
    /// From the new one: its gateway is open.
    Done,
    /// From the old one: the traffic of its remaining connections. The first report, which may be empty, also says that
    /// the service manager knows the new engine.
    Late(LateTraffic),
}

/// The kind of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DescriptorKind {
    /// The lock file.
    Lock,
    /// The control socket.
    Control,
    /// A listening socket of the gateway.
    Port,
    /// The standard input of the watcher of the desktop's proxy.
    Watcher,
}

/// Why a takeover failed.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    /// The connection failed.
    #[error("the connection to the other engine failed")]
    Io(#[from] io::Error),
    /// The other engine has closed the connection.
    #[error("the other engine has closed the connection")]
    Closed,
    /// The other engine does not respond in time.
    #[error("the other engine does not respond in time")]
    Late,
    /// An unexpected message, such as an error of a version that cannot be taken over.
    #[error("the other engine cannot be taken over: {0}")]
    Unexpected(String),
    /// This engine has stopped.
    #[error("this engine has stopped")]
    Ended,
}

/// Sends a message.
pub(super) async fn send(
    stream: &mut TakeOverStream,
    message: &TakeOverMessage,
    descriptors: &[Descriptor],
) -> Result<(), TakeOverError> {
    let line = serde_json::to_vec(message).map_err(io::Error::from)?;
    Ok(stream.send(&line, descriptors).await?)
}

/// The next message within a time limit.
pub(super) async fn receive_within(
    stream: &mut TakeOverStream,
    limit: Duration,
) -> Result<(TakeOverMessage, Vec<Descriptor>), TakeOverError> {
    tokio::time::timeout(limit, receive(stream)).await.map_err(|_| TakeOverError::Late)?
}

/// The next message.
pub(super) async fn receive(stream: &mut TakeOverStream) -> Result<(TakeOverMessage, Vec<Descriptor>), TakeOverError> {
    let passed = stream.receive().await?.ok_or(TakeOverError::Closed)?;
    match serde_json::from_slice(&passed.line) {
        Ok(message) => Ok((message, passed.descriptors)),
        Err(_) => Err(unexpected(&String::from_utf8_lossy(&passed.line))),
    }
}

/// The error for an unexpected message, with its beginning.
pub(super) fn unexpected(what: &str) -> TakeOverError {
    TakeOverError::Unexpected(what.chars().take(200).collect())
}
