//! Windows: the default routes, and notifications of route changes.
//! <https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyroutechange2>

use std::ffi::c_void;
use std::net::IpAddr;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::NetworkManagement::IpHelper::{
    CancelMibChangeNotify2, FreeMibTable, GetIpForwardTable2, MIB_IPFORWARD_ROW2, MIB_IPFORWARD_TABLE2,
    MIB_NOTIFICATION_TYPE, NotifyRouteChange2,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6, AF_UNSPEC, SOCKADDR_INET};

/// Notifications come in bursts: the routes are read this long after the first one.
const BURST: Duration = Duration::from_millis(200);

/// Polling interval if Windows sends no notifications.
const INTERVAL: Duration = Duration::from_secs(5);

/// A default route: interface, next hop and metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DefaultRoute {
    interface: u32,
    next_hop: Option<IpAddr>,
    metric: u32,
}

/// The default routes, compared whenever Windows reports a change of routes.
pub(super) struct NotifiedRoutes {
    routes: Vec<DefaultRoute>,
    changed: Arc<Notify>,
    registration: Option<Registration>,
}

/// The registration's handle, as a number: it is not bound to a thread.
struct Registration(isize);

impl NotifiedRoutes {
    pub(super) fn watch() -> Self {
        let changed = Arc::new(Notify::new());
        let registration = register(&changed);
        if registration.is_none() {
            tracing::debug!("no notifications of route changes; routes are polled");
        }
        Self { routes: default_routes(), changed, registration }
    }

    pub(super) async fn changed(&mut self) {
        loop {
            match self.registration {
                Some(_) => {
                    self.changed.notified().await;
                    sleep(BURST).await;
                }
                None => sleep(INTERVAL).await,
            }
            let now = default_routes();
            if std::mem::replace(&mut self.routes, now.clone()) != now {
                return;
            }
        }
    }
}

#[expect(unsafe_code, reason = "a Windows callback")]
fn register(changed: &Arc<Notify>) -> Option<Registration> {
    let mut handle = ptr::null_mut();
    // SAFETY: the callback is a function, and its context is valid until `Drop` has ended the registration, which waits for
    // running callbacks.
    let result =
        unsafe { NotifyRouteChange2(AF_UNSPEC, Some(on_change), Arc::as_ptr(changed).cast(), false, &raw mut handle) };
    (result == 0 && !handle.is_null()).then_some(Registration(handle as isize))
}

impl Drop for NotifiedRoutes {
    fn drop(&mut self) {
        let Some(Registration(handle)) = self.registration.take() else { return };
        #[expect(unsafe_code, reason = "a Windows API call")]
        // SAFETY: the handle is that of the registration, and is not used again.
        unsafe {
            CancelMibChangeNotify2(handle as HANDLE);
        }
    }
}

#[expect(unsafe_code, reason = "a Windows callback")]
unsafe extern "system" fn on_change(context: *const c_void, _row: *const MIB_IPFORWARD_ROW2, _: MIB_NOTIFICATION_TYPE) {
    // SAFETY: the context is the `Notify` of the registration, which it outlives.
    unsafe { &*context.cast::<Notify>() }.notify_one();
}

#[expect(unsafe_code, reason = "a table that Windows allocates and frees")]
fn default_routes() -> Vec<DefaultRoute> {
    let mut table: *mut MIB_IPFORWARD_TABLE2 = ptr::null_mut();
    // SAFETY: Windows sets the pointer if the call succeeds.
    let result = unsafe { GetIpForwardTable2(AF_UNSPEC, &raw mut table) };
    if result != 0 || table.is_null() {
        tracing::debug!(result, "cannot read the routes");
        return Vec::new();
    }
    // SAFETY: the table consists of the number of its rows and the rows; it is freed once, after its last use.
    let mut routes: Vec<_> = unsafe {
        let rows = std::slice::from_raw_parts((&raw const (*table).Table).cast(), (*table).NumEntries as usize);
        let routes = rows.iter().filter(|row: &&MIB_IPFORWARD_ROW2| row.DestinationPrefix.PrefixLength == 0);
        let routes = routes.map(default_route).collect();
        FreeMibTable(table.cast());
        routes
    };
    routes.sort();
    routes
}

fn default_route(row: &MIB_IPFORWARD_ROW2) -> DefaultRoute {
    DefaultRoute { interface: row.InterfaceIndex, next_hop: address(&row.NextHop), metric: row.Metric }
}

#[expect(unsafe_code, reason = "a union of the Windows API")]
fn address(socket: &SOCKADDR_INET) -> Option<IpAddr> {
    // SAFETY: the family determines the variant and has the same offset in both; all bytes are initialized.
    unsafe {
        match socket.si_family {
            AF_INET => Some(IpAddr::from(socket.Ipv4.sin_addr.S_un.S_addr.to_ne_bytes())),
            AF_INET6 => Some(IpAddr::from(socket.Ipv6.sin6_addr.u.Byte)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_notification_without_a_changed_route_is_ignored() {
        let mut routes = NotifiedRoutes::watch();
        assert_eq!(routes.routes, default_routes());
        routes.changed.notify_one();
        tokio::time::timeout(BURST * 3, routes.changed()).await.unwrap_err();
        routes.routes.push(DefaultRoute { interface: 0, next_hop: None, metric: 0 });
        routes.changed.notify_one();
        routes.changed().await;
    }
}
