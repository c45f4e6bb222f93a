//! The desktop's proxy settings: pointed at the gateway, and restored afterwards.
//!
//! The settings before ours are recorded first (the lease), so that they are restored whatever
//! happens: by [`ProxyController`] when they are no longer wanted, by [`mod@watch`], a small process
//! that waits for this one to exit, and at the next start. [`plan`] decides, without IO, what is
//! written and restored; a setting that another program has changed meanwhile is left alone.
//!
//! When the settings are wanted, and whether the gateway answers, is not known here.

mod controller;
mod desired;
mod lease;
mod plan;
mod watch;

pub use self::controller::ProxyController;
pub use self::desired::DesiredProxy;
pub use self::lease::{ProxyError, RestoreOutcome};
pub use self::watch::watch;
