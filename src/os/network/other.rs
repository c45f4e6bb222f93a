//! The address from which this machine would speak to the world, looked at now and then.
//!
//! Connecting a UDP socket sends nothing: the system chooses a route and with it a local address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

/// How often the address is looked at: a call into the system, no packet.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Addresses out in the world, of nobody (RFC 5737 and 3849 keep them for documents).
const FAR_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
const FAR_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

pub(super) struct Routes {
    ways: [Option<IpAddr>; 2],
    looks: Interval,
}

impl Routes {
    pub(super) fn watch() -> Self {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ways: ways(), looks }
    }

    pub(super) async fn changed(&mut self) {
        loop {
            self.looks.tick().await;
            let now = ways();
            if std::mem::replace(&mut self.ways, now) != now {
                return;
            }
        }
    }
}

fn ways() -> [Option<IpAddr>; 2] {
    let from_v4 = way(Ipv4Addr::UNSPECIFIED.into(), FAR_V4);
    let from_v6 = way(Ipv6Addr::UNSPECIFIED.into(), FAR_V6);
    [from_v4, from_v6]
}

fn way(here: IpAddr, there: IpAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind(SocketAddr::new(here, 0)).ok()?;
    socket.connect(SocketAddr::new(there, 9)).ok()?;
    socket.local_addr().ok().map(|addr| addr.ip())
}
