//! Linux: rtnetlink reports every route that is added or removed (rtnetlink(7)).
//!
//! Only default routes count. An IPv6 router announces itself every few minutes, which the kernel reports as a new
//! route; a known route is not a change.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::OwnedFd;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use tokio::io::unix::AsyncFd;

/// Groups of messages: routes of IPv4 and of IPv6 (`RTMGRP_IPV4_ROUTE`, `RTMGRP_IPV6_ROUTE`).
const GROUPS: u32 = 0x40 | 0x400;

const RTM_NEWROUTE: u16 = 24;
const RTM_DELROUTE: u16 = 25;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
/// A route to other machines, not one of the types that refuse.
const RTN_UNICAST: u8 = 1;

/// `struct nlmsghdr` and `struct rtmsg`.
const HEADER: usize = 16;
const ROUTE: usize = 12;

pub(super) struct NetlinkRoutes {
    socket: Option<AsyncFd<OwnedFd>>,
    known: BTreeSet<DefaultRoute>,
}

/// A default route: address family, then gateway and interface in the kernel's encoding.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct DefaultRoute {
    family: u8,
    gateway: Vec<u8>,
    interface: Vec<u8>,
}

/// A change of a default route.
#[derive(Debug, PartialEq, Eq)]
enum RouteChange {
    Added(DefaultRoute),
    Removed(DefaultRoute),
}

impl NetlinkRoutes {
    pub(super) fn watch() -> Self {
        let socket = open();
        if let Err(error) = &socket {
            tracing::debug!(%error, "the kernel does not report routes");
        }
        Self { socket: socket.ok(), known: BTreeSet::new() }
    }

    pub(super) async fn changed(&mut self) {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let Some(socket) = &self.socket else { return std::future::pending().await };
            let receive = |socket: &AsyncFd<OwnedFd>| {
                let (length, _) = recv(socket.get_ref(), &mut buffer[..], RecvFlags::empty())?;
                Ok(length)
            };
            let Ok(mut ready) = socket.readable().await else { return self.stop().await };
            match ready.try_io(receive) {
                Err(_nothing_yet) => {}
                Ok(Ok(length)) if self.process(&buffer[..length]) => return,
                Ok(Ok(_)) => {}
                // The kernel's queue overflowed: something has changed.
                Ok(Err(error)) if error.raw_os_error() == Some(libc::ENOBUFS) => return,
                Ok(Err(_)) => return self.stop().await,
            }
        }
    }

    /// Closes the failed socket and never returns.
    async fn stop(&mut self) {
        self.socket = None;
        std::future::pending().await
    }

    /// Handles messages of the kernel; returns whether there was a change.
    fn process(&mut self, bytes: &[u8]) -> bool {
        let mut is_change = false;
        for message in messages(bytes) {
            is_change |= match message {
                RouteChange::Added(route) => self.known.insert(route),
                RouteChange::Removed(route) => {
                    self.known.remove(&route);
                    true
                }
            };
        }
        is_change
    }
}

#[expect(unsafe_code, reason = "the only way to register any kind of descriptor with the runtime")]
fn open() -> io::Result<AsyncFd<OwnedFd>> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    // The default protocol of this family is NETLINK_ROUTE, which has the number 0.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, GROUPS))?;
    // SAFETY: the `AsyncFd` owns the open descriptor, which does not change until it is dropped.
    Ok(unsafe { AsyncFd::register(socket) }?)
}

/// The changes of default routes in a datagram.
fn messages(mut bytes: &[u8]) -> Vec<RouteChange> {
    let mut found = Vec::new();
    while let (Some(length), Some(kind)) = (number(bytes, 0, 4), number(bytes, 4, 2)) {
        let Some(body) = bytes.get(HEADER..length as usize) else { break };
        let route = default_route(body);
        match (kind as u16, route) {
            (RTM_NEWROUTE, Some(route)) => found.push(RouteChange::Added(route)),
            (RTM_DELROUTE, Some(route)) => found.push(RouteChange::Removed(route)),
            _other => {}
        }
        bytes = bytes.get(aligned(length as usize)..).unwrap_or_default();
    }
    found
}

fn default_route(body: &[u8]) -> Option<DefaultRoute> {
    let (&family, &prefix, &kind) = (body.first()?, body.get(1)?, body.get(7)?);
    if prefix != 0 || kind != RTN_UNICAST {
        return None;
    }
    let mut route = DefaultRoute { family, ..DefaultRoute::default() };
    let mut attributes = body.get(ROUTE..)?;
    while let (Some(length), Some(kind)) = (number(attributes, 0, 2), number(attributes, 2, 2)) {
        let Some(value) = attributes.get(4..length as usize) else { break };
        match kind as u16 {
            RTA_GATEWAY => route.gateway = value.to_vec(),
            RTA_OIF => route.interface = value.to_vec(),
            _other => {}
        }
        attributes = attributes.get(aligned(length as usize)..).unwrap_or_default();
    }
    Some(route)
}

/// A number of 2 or 4 bytes in native byte order.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + size)?;
    match bytes {
        &[a, b] => Some(u16::from_ne_bytes([a, b]).into()),
        &[a, b, c, d] => Some(u32::from_ne_bytes([a, b, c, d])),
        _other => None,
    }
}

/// Alignment of everything in netlink: 4 bytes.
fn aligned(length: usize) -> usize {
    length.next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = [(4 + value.len() as u16).to_ne_bytes(), kind.to_ne_bytes()].concat();
        bytes.extend(value);
        bytes.resize(aligned(bytes.len()), 0);
        bytes
    }

    /// A message in the kernel's format: an IPv4 route over an interface.
    fn message(kind: u16, prefix: u8, interface: u8) -> Vec<u8> {
        let mut body = vec![2, prefix, 0, 0, 254, 3, 0, RTN_UNICAST, 0, 0, 0, 0];
        body.extend(attribute(15, &[254, 0, 0, 0]));
        body.extend(attribute(RTA_GATEWAY, &[192, 168, 1, 1]));
        body.extend(attribute(RTA_OIF, &[interface, 0, 0, 0]));
        let length = (HEADER + body.len()) as u32;
        let mut bytes = [length.to_ne_bytes().to_vec(), kind.to_ne_bytes().to_vec(), vec![0; 10]].concat();
        bytes.extend(body);
        bytes
    }

    fn routes() -> NetlinkRoutes {
        NetlinkRoutes { socket: None, known: BTreeSet::new() }
    }

    #[test]
    fn an_added_or_removed_default_route_is_a_change() {
        let mut routes = routes();
        assert!(routes.process(&message(RTM_NEWROUTE, 0, 2)));
        assert!(!routes.process(&message(RTM_NEWROUTE, 0, 2)), "announced again");
        assert!(routes.process(&message(RTM_NEWROUTE, 0, 3)), "over another interface");
        assert!(routes.process(&message(RTM_DELROUTE, 0, 2)));
        assert!(routes.process(&message(RTM_NEWROUTE, 0, 2)), "and back");
    }

    #[test]
    fn other_routes_are_ignored() {
        assert!(!routes().process(&message(RTM_NEWROUTE, 24, 2)));
        assert!(!routes().process(&message(28, 0, 2)), "another kind of message");
        let both = [message(RTM_NEWROUTE, 24, 2), message(RTM_NEWROUTE, 0, 2)].concat();
        assert!(routes().process(&both), "several in one datagram");
    }

    #[test]
    fn malformed_messages_are_ignored() {
        let whole = message(RTM_NEWROUTE, 0, 2);
        for length in 0..whole.len() {
            routes().process(&whole[..length]);
        }
        routes().process(&[0; 64]);
        routes().process(&[255; 64]);
    }

    #[tokio::test]
    async fn the_kernel_reports_routes() {
        assert!(NetlinkRoutes::watch().socket.is_some());
    }
}
