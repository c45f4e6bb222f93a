//! Sluice: one local port in front of a pool of Shadowsocks clients.
//!
//! # The house from above
//!
//! ```text
//!  5  roles     cli/  tray/  window/       command line · icon, menu and notices of the desktop · its window
//!  4  start     host                       engine and door in one process: what the roles start
//!  3  door      control/                   JSON-RPC over a local socket: everybody's way in
//!               i18n/                      every sentence, in the languages of locales/
//!  2  owner     engine/                    settings, nodes, truth: one loop
//!  1  rooms     gateway/  pool/  node/     port and relay · member processes · one member  (logs.rs)
//!               rules/  proxy/  fetch.rs   which way a site goes · the desktop's own proxy · the web
//!               diagnosis/                 what helps to find a fault, without telling on anybody
//!               ssr/                       ShadowsocksR's protocols, for `node/` to dial through
//!               subscription/              what a provider's list means, and what becomes of its nodes
//!               qr/  seal.rs               codes in pictures · backups behind a password
//!  ½  ground    os/                        files, processes, limits, network: what systems do differently
//!               socks5/                    the protocol between clients, gateway and members: no IO
//!  0  words     model/                     nodes, settings, snapshot, events: no IO, no clock
//! ```
//!
//! Arrows point down only, and rooms on one floor do not know each other; `tests/it/architecture.rs`
//! holds that. What one room has to know of another, the engine passes on.
//!
//! # Two flows
//!
//! *A connection*: [`gateway`] accepts, understands the protocol, asks its strategy for candidates,
//! connects through the first that gives a connection, answers the client, keeps the client's first
//! words until the first byte comes back, says them to another member if none does, carries bytes.
//!
//! *A member dies*: its keeper in [`pool`] sees the process end, the fleet's rules say "start it
//! again" or "take another node", the supervisor publishes the roster, the gateway reads it for the
//! next connection, and the [`engine`] turns the report into snapshot and event, which the
//! [`control`] server sends to whoever watches.
//!
//! # Processes
//!
//! `sluice serve` is the engine; `sluice-tray` has it in it too, unless one runs already; its
//! window is a process of its own, `sluice-tray window`, that is there while it is open. Each
//! Shadowsocks or ShadowsocksR member is a child, `sluice node` ([`node`]): it is told its server on
//! stdin, says its port on stdout and ends when stdin closes.

pub mod cli;
pub mod control;
pub mod diagnosis;
pub mod engine;
pub mod fetch;
pub mod gateway;
pub mod host;
pub mod i18n;
pub mod logs;
pub mod model;
pub mod node;
pub mod os;
pub mod pool;
pub mod proxy;
pub mod qr;
pub mod rules;
pub mod seal;
pub mod socks5;
pub mod ssr;
pub mod subscription;
#[cfg(feature = "desktop")]
pub mod tray;
#[cfg(feature = "desktop")]
pub mod window;
