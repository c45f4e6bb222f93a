//! The ShadowsocksR client.
//!
//! A connection has three layers, each a state machine without IO, clock or random numbers of its own:
//! - [`protocol`] splits plaintext into authenticated frames,
//! - [`cipher`] encrypts the frames with a stream cipher, IV first,
//! - [`obfs`] disguises the ciphertext, and may need a response before it sends data.
//!
//! [`pipeline`] combines the three, [`stream`] wraps them around a byte stream, and [`datagram`] does the same for UDP,
//! which has no obfs. [`server`] holds what all connections to one server share: the derived key, the client id with
//! its connection counter, and the TLS session that the obfs pretends to resume.
//!
//! This room never dials, resolves names, starts tasks or logs: the caller provides a connected stream and the time.
//! Layouts follow the reference programs (ShadowsocksR 3.4, "SSR protocol" documents).

pub mod cipher;
pub mod config;
pub mod datagram;
pub mod digest;
pub mod entropy;
mod md5_lanes;
pub mod obfs;
mod overhead;
pub mod pipeline;
pub mod protocol;
pub mod server;
pub mod stream;
#[cfg(test)]
mod vectors;

pub use crate::model::ssr::{Method, Obfs, Protocol};
pub use config::Config;
pub use datagram::{DatagramCodec, DatagramError};
pub use pipeline::PipelineError;
pub use server::SsrServer;
pub use stream::{BATCH, SsrStream};
