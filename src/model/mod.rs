//! The words every other part of Sluice speaks.
//!
//! Plain values with their rules: what is written to disk, sent over the control socket or handed from one
//! room to another is declared here, once. A room may know all of these words and none of the other rooms.
//!
//! - [`node`]: a node, its links and lists, ciphers, ShadowsocksR
//! - [`settings`]: what the user wants
//! - [`reasons`]: why something is not so
//! - [`traffic`]: what gateway, pool and members tell each other
//! - [`api`]: what crosses the control socket: commands, replies, snapshot, events, faults
//!
//! Elsewhere each module is named without its folder: `model::snapshot`, not `model::api::snapshot`.
//!
//! Nothing here does input or output: no tokio, no files, no sockets, no clock. A rule that needs
//! the time takes it as an argument. `tests/it/architecture.rs` holds that line.

pub mod api;
pub mod node;
pub mod reasons;
pub mod settings;
pub mod traffic;

pub use api::{backup, command, event, fault, naming, page, preview, snapshot, subscription, why};
pub use node::{cipher, link, list, secret, ssr, weakness};
pub use reasons::{broken, cause, exit, failure, http_status, line_error, misfit, obstacle, reason, signal, unfetched};
pub use settings::foreign;
pub use traffic::{member, meter, outcome, roster, route, spread, target};

pub(crate) use fault::display_as_fault;

pub use broken::{BackupProblem, FileProblem};
pub use cause::{Cause, DesktopProblem, Doing, Nobody};
pub use command::{Command, Reply};
pub use event::{Event, EventKind};
pub use exit::Exit;
pub use failure::{Failure, Stage, Trouble};
pub use fault::{Fault, FaultCode};
pub use http_status::HttpStatus;
pub use line_error::LineError;
pub use member::{MemberReport, MemberSpec};
pub use meter::Meter;
pub use misfit::Misfit;
pub use node::{Kind, Login, Node, NodeId, Plugin, PluginRequest};
pub use obstacle::Obstacle;
pub use outcome::Outcome;
pub use page::Page;
pub use reason::Reason;
pub use roster::{Dial, Handshake, Roster, Upstream};
pub use route::{Route, Routes};
pub use secret::Secret;
pub use settings::{Settings, Strategy};
pub use snapshot::Snapshot;
pub use ssr::Ssr;
pub use subscription::Subscription;
pub use target::Target;
pub use unfetched::{NoFile, NoList, NoRules, Unfetched};
pub use weakness::Weakness;
