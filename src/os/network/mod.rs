//! Signs that this machine is on another network than before: the way to everywhere has changed, or
//! the machine has slept.
//!
//! On Linux the kernel itself tells of a new default route (rtnetlink). Elsewhere the address is
//! looked at from which this machine would speak to the world; no packet is sent for that. That a
//! machine has slept shows in its clocks ([`Sleep`]). What follows from a change is not decided here.

mod addresses;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod linux_sleep;
#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
mod other_sleep;
mod sleep;

pub use self::addresses::own_addresses;
#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::other as system;
pub use self::sleep::Sleep;

/// Tells when the way to everywhere has changed.
pub struct Routes(system::Routes);

impl Routes {
    /// Begins to watch. Where the system does not let us, no change is ever told.
    pub fn watch() -> Self {
        Self(system::Routes::watch())
    }

    /// Returns at the next change. Nothing is lost when this is dropped before.
    pub async fn changed(&mut self) {
        self.0.changed().await;
    }
}
