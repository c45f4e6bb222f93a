//! Network changes (another default route, or a suspend), and this computer's addresses and ports.
//!
//! The system reports routes: rtnetlink on Linux, NotifyRouteChange2 on Windows, a routing socket on macOS. No packet is
//! sent. A suspend is detected by the clocks ([`SuspendMonitor`]). How to react to a change is decided elsewhere.

mod addresses;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod own_ports;
mod suspend;
#[cfg(windows)]
mod windows;

pub use self::addresses::own_addresses;
#[cfg(target_os = "linux")]
use self::linux::NetlinkRoutes as SystemRoutes;
#[cfg(target_os = "macos")]
use self::macos::RoutingSocket as SystemRoutes;
pub use self::own_ports::{OwnPort, is_local_network, is_own_port, is_this_machine_only, leads_back, own_ports};
pub use self::suspend::SuspendMonitor;
#[cfg(windows)]
use self::windows::NotifiedRoutes as SystemRoutes;

/// Watches the default routes.
pub struct RouteMonitor(SystemRoutes);

impl RouteMonitor {
    /// Starts watching. If the system does not allow it, no change is ever reported.
    pub fn watch() -> Self {
        Self(SystemRoutes::watch())
    }

    /// Returns at the next change. Cancel safe.
    pub async fn changed(&mut self) {
        self.0.changed().await;
    }
}
