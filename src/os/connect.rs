//! Connects by TCP to a host with several addresses.
//!
//! The addresses are tried in the system's order, each a quarter of a second after the previous one (RFC 8305), so that
//! a broken IPv6 network costs no more than that.

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

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_silent_address_delays_the_next_attempt_only_briefly() {
        let silent = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        silent.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        silent.listen(0).unwrap();
        let addr = silent.local_addr().unwrap().as_socket().unwrap();
        // The backlog holds one connection; the next one gets no reply.
        let _queued = std::net::TcpStream::connect(addr).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let connected = timeout(Duration::from_secs(5), connect(&[addr, good])).await;
        assert_eq!(connected.unwrap().unwrap().peer_addr().unwrap(), good);
    }
}
