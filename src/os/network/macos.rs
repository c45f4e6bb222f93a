//! macOS: the source addresses of the default routes, compared whenever the kernel reports on a routing socket
//! (route(4)) that routes or addresses have changed.
//!
//! Connecting a UDP socket sends nothing: the system chooses a route and with it a local address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{FromRawFd, OwnedFd};
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::time::sleep;

/// Messages come in bursts: the addresses are compared this long after the first one.
const BURST: Duration = Duration::from_millis(200);

/// Polling interval without a routing socket.
const INTERVAL: Duration = Duration::from_secs(5);

/// Public addresses that are reserved for documentation (RFC 5737, RFC 3849) and belong to no host.
const REMOTE_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
const REMOTE_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

pub(super) struct RoutingSocket {
    addresses: [Option<IpAddr>; 2],
    socket: Option<AsyncFd<OwnedFd>>,
}

impl RoutingSocket {
    pub(super) fn watch() -> Self {
        let socket = open();
        if let Err(error) = &socket {
            tracing::debug!(%error, "no routing socket; routes are polled");
        }
        Self { addresses: addresses(), socket: socket.ok() }
    }

    pub(super) async fn changed(&mut self) {
        loop {
            match &self.socket {
                Some(socket) => match message(socket).await {
                    Ok(()) => sleep(BURST).await,
                    Err(_closed) => self.socket = None,
                },
                None => sleep(INTERVAL).await,
            }
            let now = addresses();
            if std::mem::replace(&mut self.addresses, now) != now {
                return;
            }
        }
    }
}

#[expect(
    unsafe_code,
    reason = "no crate opens a routing socket; any descriptor is registered with the runtime this way"
)]
fn open() -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: plain numbers; the descriptor is checked and then owned.
    let socket = unsafe {
        let socket = libc::socket(libc::PF_ROUTE, libc::SOCK_RAW, libc::AF_UNSPEC);
        if socket < 0 {
            return Err(io::Error::last_os_error());
        }
        OwnedFd::from_raw_fd(socket)
    };
    rustix::io::ioctl_fioclex(&socket)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    // SAFETY: the `AsyncFd` owns the open descriptor, which does not change until it is dropped.
    Ok(unsafe { AsyncFd::register(socket) }?)
}

/// Waits for a message of any type and discards it.
async fn message(socket: &AsyncFd<OwnedFd>) -> io::Result<()> {
    let mut bytes = [0; 2048];
    loop {
        let mut ready = socket.readable().await?;
        match ready.try_io(|socket| Ok(rustix::io::read(socket.get_ref(), &mut bytes)?)) {
            Ok(Ok(0)) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(result) => return result.map(drop),
            Err(_nothing_yet) => {}
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
