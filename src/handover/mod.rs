//! A client's connection in the hands of a member: the protocol between the gateway and a member process of our own.
//!
//! The gateway accepts a client and sees the first exchange through. From then on it would only carry bytes between the
//! client's socket and a loopback connection to the member. So it gives the client's socket itself to the member
//! (SCM_RIGHTS), which then carries the bytes between the client and the server alone. This is done over a pair of Unix
//! sockets that the member inherits when it is started: it has no path and needs no password.
//!
//! ```text
//! gateway                              member
//!    │ ── Offer (slot, port) + socket ──▶ │   the gateway reads nothing from the client any more, and
//!    │ ◀── Taken, or Refused ──────────── │   all that it has read is written to the loopback connection
//!    │ ══ end of stream (loopback) ═════▶ │   the member reads to it, then from the client
//!    │ ◀═ end of stream (loopback) ══════ │   the gateway reads to it, and writes all of that to the client
//!    │ ── Drained ──────────────────────▶ │   now the member writes to the client
//!    │ ◀── Ended (how) ────────────────── │
//! ```
//!
//! The two ends of the loopback connection mark the switch in each direction, so no byte is lost, doubled or overtaken;
//! [`switch`] has the rules. Until `Taken` the gateway can go on as before, and does where the member refuses or is out
//! of descriptors. `Cancel` ends a connection at any time. What moves is counted in shared memory, which the gateway
//! only reads; so is what the kernel has measured on the member's connections to its server.
//!
//! Linux only; elsewhere, and for programs that are not ours, there is no channel and the gateway relays.

#[cfg(target_os = "linux")]
mod channel;
#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod message;
#[cfg(not(target_os = "linux"))]
mod others;
#[cfg(target_os = "linux")]
mod pair;
#[cfg(target_os = "linux")]
mod receiver;
#[cfg(target_os = "linux")]
mod registry;
#[cfg(target_os = "linux")]
mod socket;
pub mod switch;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;

#[cfg(target_os = "linux")]
pub use self::{
    channel::{HandedConnection, HandoverChannel},
    client::MemberClient,
    pair::HandoverPair,
    receiver::HandoverReceiver,
    registry::{channel_to, collect, serve},
};

#[cfg(not(target_os = "linux"))]
pub use self::others::{HandedConnection, HandoverChannel, HandoverPair, channel_to, collect, serve};

/// Whether the client is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientWait {
    /// It is not: the server is.
    None,
    /// Data waits until the client accepts it.
    Accepts,
}

/// Counts what moved on a connection that was handed over.
pub trait CountBytes: Send + Sync {
    /// So many more bytes from the client, and to it.
    fn count(&self, up: u64, down: u64);

    /// What it waits for now.
    fn wait(&self, for_client: ClientWait);
}

/// How far a connection has come that was offered to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoverProgress {
    /// The member has not answered yet.
    Offered,
    /// It does not take it.
    Refused,
    /// It has it.
    Taken,
    /// It is over.
    Ended(HandedEnd),
}

/// How a connection ended that was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedEnd {
    /// Both sides closed normally.
    Closed,
    /// One side failed, or the member did; the other side was reset.
    Broken,
}
