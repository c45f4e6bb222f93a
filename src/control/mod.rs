//! The control socket, over which tray, window and command line use the engine.
//!
//! JSON-RPC 2.0, one message per line, in UTF-8: between processes over a local socket that only this user can open,
//! inside one process over an in-memory pipe, with the same code. Both ends are the same version of the same program,
//! which the first call, `hello`, verifies; so the types of [`model`](crate::model) are the wire format.
//!
//! - [`protocol`]: the messages. Pure.
//! - [`transport`]: the local socket.
//! - [`server`]: the engine's side; it owns its connections and never waits for one of them.
//! - [`client`]: the client's side.
//! - [`endpoint`]: the endpoint of an engine.
//! - [`session`]: the connections of a user interface to its engine.
//! - [`replica`]: a user interface's copy of the engine's state. Pure.
//!
//! Methods are the engine's commands (`{"method":"cluster-on","params":{"size":3}}`), and five of the server's own:
//! `hello {version}`, `take-over` (without `hello`, since the versions differ: the connection is then passed to
//! [`host`](crate::host)), `watch` (a stream of snapshots, the current one first), `events {follow: true}` (the past
//! events, then a stream of new ones) and `connections` (all connections of clients, then a stream of changes).

pub mod client;
mod clients;
mod connections;
pub mod endpoint;
mod lines;
mod program_search;
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
