//! The control socket: how tray, window and command line talk to the engine.
//!
//! JSON-RPC 2.0, one message a line, in UTF-8. Between processes over a local socket that only this
//! user can open, inside one process over a pipe in memory; the same code serves both. Both ends are
//! the same version of the same program, so the words of [`model`](crate::model) are the words on
//! the wire, and the first call, `hello`, makes sure of that.
//!
//! - [`protocol`]: what a message is. Pure.
//! - [`transport`]: how a connection comes about.
//! - [`server`]: the engine's side; it owns its connections and never waits for one of them.
//! - [`client`]: the other side.
//! - [`endpoint`]: where an engine is reached.
//! - [`session`]: everything between a user interface and its engine.
//! - [`replica`]: a user interface's copy of the engine's state. Pure.
//!
//! Methods are the engine's commands (`{"method":"cluster-on","params":{"size":3}}`), and three of
//! the server's own: `hello {version}`, `watch` (snapshots: the whole at once, then newer wholes, the
//! latest wins) and `events {follow: true}` (the past, then what happens).

pub mod client;
mod clients;
pub mod endpoint;
mod lines;
pub mod protocol;
pub mod replica;
pub mod server;
pub mod session;
mod streams;
pub mod transport;

pub use client::{Client, ClientError};
pub use endpoint::Endpoint;
pub use session::EngineSession;

#[cfg(test)]
mod tests;
