//! The words every other part of Sluice speaks.
//!
//! Nodes, settings, snapshots, events, commands, faults: plain values with their rules. What is
//! written to disk, sent over the control socket or handed from one room to another is declared
//! here, once. A room may know all of these words and none of the other rooms.
//!
//! Nothing here does input or output: no tokio, no files, no sockets, no clock. A rule that needs
//! the time takes it as an argument. `tests/it/architecture.rs` holds that line.

pub mod backup;
pub mod broken;
pub mod cause;
pub mod cipher;
pub mod command;
pub mod event;
pub mod exit;
pub mod fault;
pub mod foreign;
pub mod line_error;
pub mod link;
pub mod list;
pub mod member;
pub mod meter;
pub mod naming;
pub mod node;
pub mod obstacle;
pub mod outcome;
pub mod page;
pub mod preview;
pub mod reason;
pub mod roster;
pub mod route;
pub mod secret;
pub mod settings;
pub mod snapshot;
pub mod socks5;
pub mod spread;
pub mod ssr;
pub mod subscription;
pub mod target;
mod tellable;
pub mod unfetched;
pub mod weakness;
pub mod why;

pub use broken::{BackupProblem, FileProblem};
pub use cause::{Cause, DesktopProblem, Doing, Nobody};
pub use command::{Command, Reply};
pub use event::{Event, EventKind};
pub use exit::Exit;
pub use fault::{Fault, FaultCode};
pub use line_error::LineError;
pub use member::{MemberReport, MemberSpec};
pub use meter::Meter;
pub use node::{Kind, Login, Node, NodeId, Plugin};
pub use obstacle::Obstacle;
pub use outcome::{Failure, Outcome, Stage, Trouble};
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
