//! Sluice: one local proxy port in front of several Shadowsocks and ShadowsocksR nodes.
//!
//! # Rooms
//!
//! ```text
//!  roles      cli/  tray/  window/       command line · icon, menu and notices · the window
//!  start      host                       engine and control server in one process
//!  interface  control/                   JSON-RPC over a local socket, for all three roles
//!             i18n/                      sentences about events, states and replies
//!  owner      engine/                    settings, nodes and state: one event loop
//!  rooms      gateway/  pool/  node/     the port and the relay · the member processes · one member
//!             rules/  proxy/  fetch      routing rules · the desktop's proxy · downloads
//!             ssr/  aead/                ShadowsocksR's protocols · Shadowsocks with prefixed salts
//!             subscription/              subscription lists
//!             qr/  seal                  QR codes in pictures · encrypted backups
//!             logs  diagnosis/  manual   the log · reports without secrets and names · man pages, completions
//!             metrics/  export/          the port for Prometheus and health checks · nodes for other programs
//!             handover/                  a client's socket, from the gateway to a member
//!             sites/                     what connections have shown about sites: which node serves each one
//!  ground     os/                        files, processes, limits, network: what differs between systems
//!             socks5/                    the codec for clients, gateway and members, without IO
//!  types      model/                     nodes, settings, reasons, snapshot, events: no IO, no clock
//!             locale/                    sentences by key, in the languages of locales/
//! ```
//!
//! A room uses the floors below it, never one above or beside it; `tests/it/architecture.rs` checks this. Rooms that need
//! something of each other are connected by the engine.
//!
//! # Two flows
//!
//! *A connection*: [`gateway`] accepts it, recognizes the protocol, gets the order of members from the strategy, connects
//! through the first one that works, answers the client, keeps what the client sends first until the first byte comes
//! back, replays it through another member if none does, and relays.
//!
//! *A member dies*: its keeper in [`pool`] sees the process end, the fleet's rules say "start it again" or "use another
//! node", the supervisor publishes the roster, which the gateway reads for the next connection, and the [`engine`] turns the
//! report into snapshot and event, which the [`control`] server sends to the user interfaces.
//!
//! # Processes
//!
//! `sluice serve` is the engine. `sluice-tray` contains it too, unless one is already running. The window is a process of
//! its own, `sluice-tray window`, while it is open. Each Shadowsocks or ShadowsocksR member is a child process, `sluice
//! node` ([`node`]): its node comes on stdin, it prints its port on stdout, and it ends when stdin closes.
//!
//! `docs/architecture.md` says the same with pictures.

pub mod aead;
pub mod cli;
pub mod control;
pub mod diagnosis;
pub mod engine;
pub mod export;
pub mod fetch;
pub mod gateway;
pub mod handover;
pub mod host;
pub mod i18n;
pub mod locale;
pub mod logs;
pub mod manual;
pub mod metrics;
pub mod model;
pub mod node;
pub mod os;
pub mod pool;
pub mod proxy;
pub mod qr;
pub mod rules;
pub mod seal;
pub mod sites;
pub mod socks5;
pub mod ssr;
pub mod subscription;
#[cfg(feature = "desktop")]
pub mod tray;
#[cfg(feature = "desktop")]
pub mod window;
