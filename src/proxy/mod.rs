//! The desktop's proxy setting: made to lead to the gateway, and given back as it was.
//!
//! What was there before is written down first (the lease), so that it can be given back whatever
//! happens: by [`Keeper`] when the setting is no longer wanted, by [`mod@watch`], a small process that
//! waits for the end of this one, and at the next start. [`plan`] decides, without IO, what is
//! written and what is given back; a setting that somebody else has changed meanwhile is theirs.
//!
//! This room does not know when the setting is wanted, nor whether the gateway answers.

mod controller;
mod desired;
mod lease;
mod plan;
mod watch;

pub use self::controller::Keeper;
pub use self::lease::{ProxyError, Returned};
pub use self::plan::Want;
pub use self::watch::watch;
