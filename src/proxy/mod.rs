//! The desktop's proxy settings: pointed at the gateway, and restored afterwards.
//!
//! The previous settings are recorded first (the lease), so that they are always restored: by [`ProxyController`] when
//! the proxy is no longer needed, by [`mod@watch`], a small process that waits for this one to exit, and at the next
//! start. [`plan`] decides, without IO, what is written and restored; a setting that another program has changed
//! meanwhile is left alone.
//!
//! The caller decides when the proxy is set, and checks that the gateway is reachable.

mod controller;
mod desired;
mod lease;
mod plan;
mod watch;

pub use self::controller::ProxyController;
pub use self::desired::DesiredProxy;
pub use self::lease::{ProxyError, RestoreOutcome};
pub use self::watch::watch;
