//! ShadowsocksR, the client's half.
//!
//! A connection to a server has three layers, and each is a machine without IO, clock or random numbers of its own:
//! - [`protocol`] cuts plaintext into frames that prove who sent them,
//! - [`cipher`] hides the frames behind a stream cipher whose IV goes first,
//! - [`obfs`] dresses the ciphertext as something else, and may want an answer before it lets data go.
//!
//! [`pipeline`] puts the three together, [`stream`] wraps them once around a byte stream, and [`datagram`] does the
//! same for UDP, which has no obfs. [`server`] holds what all connections to one server share: the derived key, the
//! client id with its connection counter, and the TLS session that the obfs pretends to resume.
//!
//! This room never dials, never resolves a name, never starts a task and never logs: its caller hands it a connected
//! stream and the time. Layouts are those of the reference programs (ShadowsocksR 3.4, "SSR protocol" documents).

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
