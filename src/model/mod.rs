//! The types that are shared by all rooms.
//!
//! Plain values with their rules: everything that is written to disk, sent over the control socket or passed between
//! rooms is declared here. A room may use all of these types and none of the other rooms.
//!
//! - [`node`]: a node, its links and lists, ciphers, ShadowsocksR
//! - [`settings`]: the settings
//! - [`reasons`]: reasons of failures and states
//! - [`traffic`]: what gateway, pool and members exchange
//! - [`api`]: the control protocol: commands, replies, snapshot, events, faults
//!
//! Outside, each module is named without its folder: `model::snapshot`, not `model::api::snapshot`.
//!
//! There is no IO here: no tokio, no files, no sockets, no clock. A rule that needs the time takes it as an argument.
//! `tests/it/architecture.rs` checks this.

pub mod api;
pub mod node;
pub mod reasons;
pub mod settings;
pub mod traffic;

pub use api::{
    backup, command, connection, door, event, fault, naming, page, pin, preview, site, site_check, snapshot,
    subscription, why,
};
pub use node::{cipher, link, list, secret, ssr, weakness};
pub use reasons::{
    broken, cause, exit, failure, fetch_error, http_status, line_error, reason, signal, subscription_error,
    system_error,
};
pub use settings::foreign;
pub use traffic::{doors, histogram, member, meter, node_set, outcome, pins, roster, route, target};

pub(crate) use fault::display_as_fault;

pub use broken::{BackupProblem, FileProblem};
pub use cause::{Cause, DesktopProblem, FileOperation, NoNodeReason};
pub use command::{Command, Reply};
pub use event::{Event, EventKind};
pub use exit::Exit;
pub use failure::{Failure, FailureCause, Stage};
pub use fault::{Fault, FaultCode};
pub use fetch_error::{FetchError, FetchFailure, NodeListError, RuleListError};
pub use http_status::HttpStatus;
pub use line_error::LineError;
pub use member::{MemberReport, MemberSpec, MemberUpdate};
pub use meter::Meter;
pub use node::{Country, Kind, Login, Node, NodeId, Plugin, PluginRequest};
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
pub use subscription_error::SubscriptionError;
pub use system_error::SystemError;
pub use target::Target;
pub use weakness::Weakness;
