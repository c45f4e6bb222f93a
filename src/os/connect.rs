//! Connects by TCP: to a host with several addresses, or to one address with the first bytes.
//!
//! The addresses are tried in the system's order, each a quarter of a second after the previous one (RFC 8305), so that
//! a broken IPv6 network costs no more than that.
//!
//! A connection on this machine is established before connect(2) returns, even where it says that it is in progress. So
//! its first bytes can be sent at once, without waiting for the system to report it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// RFC 8305, section 8: "Connection Attempt Delay", recommended value.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to the first of these addresses that accepts. The caller sets the time limit.
///
/// # Errors
/// None accepts; the error of the last one.
pub async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    if let [only] = addresses {
        return TcpStream::connect(only).await;
    }
    let mut waiting = addresses.iter();
    let mut attempts = FuturesUnordered::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        attempts.extend(waiting.next().map(TcpStream::connect));
        let patience = if waiting.as_slice().is_empty() { Duration::MAX } else { ATTEMPT_DELAY };
        match timeout(patience, attempts.next()).await {
            Ok(Some(Ok(stream))) => return Ok(stream),
            Ok(Some(Err(error))) => failure = error,
            Ok(None) => return Err(failure),
            Err(_elapsed) => {}
        }
    }
}

/// Connects to one address, to send without delay; returns the connection, and how many of these bytes are sent: all or
/// none, unless they are more than a socket buffer holds. The caller sets the time limit.
///
/// # Errors
/// It does not accept.
pub async fn connect_and_send(address: SocketAddr, first: &[u8]) -> io::Result<(TcpStream, usize)> {
    #[cfg(target_os = "linux")]
    {
        linux::connect_and_send(address, first).await
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _sent_by_the_caller = first;
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok((stream, 0))
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, ErrorKind};
    use std::net::SocketAddr;

    use rustix::io::Errno;
    use rustix::net::sockopt::set_tcp_nodelay;
    use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, connect, send, socket_with};
    use tokio::net::TcpStream;

    pub(super) async fn connect_and_send(address: SocketAddr, first: &[u8]) -> io::Result<(TcpStream, usize)> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
        set_tcp_nodelay(&socket, true)?;
        match connect(&socket, &address) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        let sent = send(&socket, first, SendFlags::NOSIGNAL).map_err(io::Error::from);
        let stream = TcpStream::from_std(socket.into())?;
        match sent {
            Ok(count) => Ok((stream, count)),
            // It was accepted and is broken, as the caller will find.
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => Ok((stream, 0)),
            // Not established yet.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                stream.writable().await?;
                stream.take_error()?.map_or(Ok((stream, 0)), Err)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_address_is_used_if_the_first_one_refuses() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let refusing = {
            let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            closed.local_addr().unwrap()
        };
        assert_eq!(connect(&[refusing, good]).await.unwrap().peer_addr().unwrap(), good);
        assert_eq!(connect(&[refusing]).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }

    #[tokio::test]
    async fn the_first_bytes_are_sent_with_the_connection() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (stream, sent) = connect_and_send(listener.local_addr().unwrap(), b"first").await.unwrap();
        assert!(stream.nodelay().unwrap());
        assert_eq!(sent, if cfg!(target_os = "linux") { 5 } else { 0 });
        let (mut accepted, _) = listener.accept().await.unwrap();
        drop(stream);
        let mut received = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut accepted, &mut received).await.unwrap();
        assert_eq!(received, b"first"[..sent]);
        let closed = listener.local_addr().unwrap();
        drop(listener);
        let refused = connect_and_send(closed, b"first").await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }

    /// A listener whose backlog holds one connection, that connection, and the address: the next one gets no reply.
    #[cfg(target_os = "linux")]
    fn full_listener() -> (socket2::Socket, std::net::TcpStream, SocketAddr) {
        let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        full.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        full.listen(0).unwrap();
        let addr = full.local_addr().unwrap().as_socket().unwrap();
        let queued = std::net::TcpStream::connect(addr).unwrap();
        (full, queued, addr)
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn without_a_place_in_the_queue_nothing_is_sent() {
        let (_full, _queued, addr) = full_listener();
        let waiting = timeout(Duration::from_millis(100), connect_and_send(addr, b"first")).await;
        assert!(waiting.is_err(), "{waiting:?}");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_silent_address_delays_the_next_attempt_only_briefly() {
        let (_full, _queued, addr) = full_listener();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let connected = timeout(Duration::from_secs(5), connect(&[addr, good])).await;
        assert_eq!(connected.unwrap().unwrap().peer_addr().unwrap(), good);
    }
}
