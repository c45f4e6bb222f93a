//! Network changes: another default route, or a suspend; addresses of this machine, ports of this program.
//!
//! On Linux the kernel reports routes (rtnetlink). Elsewhere the source address of the default route
//! is polled, without sending a packet. A suspend shows in the clocks ([`SuspendMonitor`]). What
//! follows from a change is not decided here.

mod addresses;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;
mod own_ports;
mod suspend;

pub use self::addresses::own_addresses;
#[cfg(target_os = "linux")]
use self::linux::NetlinkRoutes as SystemRoutes;
#[cfg(not(target_os = "linux"))]
use self::other::PolledRoutes as SystemRoutes;
pub use self::own_ports::{OwnPort, is_own_port, is_this_machine_only, leads_back, own_ports};
pub use self::suspend::SuspendMonitor;

/// Watches the default routes.
pub struct RouteMonitor(SystemRoutes);

impl RouteMonitor {
    /// Starts watching. Where the system does not allow it, no change is ever reported.
    pub fn watch() -> Self {
        Self(SystemRoutes::watch())
    }

    /// Returns at the next change. Cancel safe.
    pub async fn changed(&mut self) {
        self.0.changed().await;
    }
}
