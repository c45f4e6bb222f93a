//! The relay between a client and the stream through its server, where the client may come over to this process itself.
//!
//! A client is at first a connection from the gateway. On Linux the gateway may hand the client's own socket over while
//! the relay runs (see [`crate::handover`]).

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

#[cfg(target_os = "linux")]
pub(super) use self::linux::{ClientRelay, InheritedSocket};
#[cfg(not(target_os = "linux"))]
pub(super) use self::others::{ClientRelay, InheritedSocket};
