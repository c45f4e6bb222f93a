//! The source addresses of the default routes, polled.
//!
//! Connecting a UDP socket sends nothing: the system chooses a route and with it a local address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

/// Polling interval: two system calls, no packet.
const INTERVAL: Duration = Duration::from_secs(5);

/// Public addresses that belong to nobody (reserved for documentation by RFC 5737 and 3849).
const REMOTE_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
const REMOTE_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

pub(super) struct PolledRoutes {
    addresses: [Option<IpAddr>; 2],
    interval: Interval,
}

impl PolledRoutes {
    pub(super) fn watch() -> Self {
        let mut interval = tokio::time::interval(INTERVAL);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { addresses: addresses(), interval }
    }

    pub(super) async fn changed(&mut self) {
        loop {
            self.interval.tick().await;
            let now = addresses();
            if std::mem::replace(&mut self.addresses, now) != now {
                return;
            }
        }
    }
}

fn addresses() -> [Option<IpAddr>; 2] {
    let from_v4 = source_address(Ipv4Addr::UNSPECIFIED.into(), REMOTE_V4);
    let from_v6 = source_address(Ipv6Addr::UNSPECIFIED.into(), REMOTE_V6);
    [from_v4, from_v6]
}

fn source_address(here: IpAddr, there: IpAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind(SocketAddr::new(here, 0)).ok()?;
    socket.connect(SocketAddr::new(there, 9)).ok()?;
    socket.local_addr().ok().map(|addr| addr.ip())
}
