//! Accepts TCP connections that child processes do not inherit, and that send without delay.
//!
//! On Windows accepted sockets are inheritable, unlike those that the standard library opens. A child that starts during
//! a connection would keep it open after this process has closed it, and the peer would wait in vain.
//! One that starts between the two calls below still does; they are microseconds apart.
//!
//! Relayed data is already in segments as the sender made them; Nagle's algorithm would only delay it. On Linux accepted
//! sockets have the options of their listener, which saves a system call for each connection.

use std::io;
use std::net::SocketAddr;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};

/// Whether an accepted socket has its listener's options.
const INHERITS_OPTIONS: bool = cfg!(target_os = "linux");

/// Accepts the next connection; returns it with the address of its peer.
///
/// # Errors
/// Those of the operating system; the next call may succeed.
pub async fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, peer) = listener.accept().await?;
    #[cfg(windows)]
    SockRef::from(&stream).set_no_inherit(true)?;
    Ok((stream, peer))
}

/// Prepares a listener for [`accept_nodelay`].
///
/// # Errors
/// Those of the operating system.
pub fn prepare_nodelay(listener: &TcpListener) -> io::Result<()> {
    if INHERITS_OPTIONS { SockRef::from(listener).set_tcp_nodelay(true) } else { Ok(()) }
}

/// Accepts the next connection of a listener that was prepared, to send without delay; returns it with the address of
/// its peer.
///
/// # Errors
/// Those of the operating system; the next call may succeed.
pub async fn accept_nodelay(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, peer) = accept(listener).await?;
    if !INHERITS_OPTIONS {
        // If the socket is broken, the first read fails.
        let _broken = stream.set_nodelay(true);
    }
    Ok((stream, peer))
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;
    use std::time::Duration;

    use tokio::io::AsyncReadExt;
    use tokio::time::timeout;

    use super::*;
    use crate::os::process::{ChildLifetime, child};

    #[tokio::test]
    async fn an_accepted_connection_sends_without_delay() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        prepare_nodelay(&listener).unwrap();
        let _peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = accept_nodelay(&listener).await.unwrap();
        assert!(accepted.nodelay().unwrap());
    }

    #[tokio::test]
    async fn a_child_does_not_keep_a_connection_open() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = accept(&listener).await.unwrap();
        // Both run until their stdin closes.
        let program = if cfg!(windows) { "cmd" } else { "cat" };
        let mut command = child(program, ChildLifetime::Awaited);
        let mut running = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        drop(accepted);
        let end = timeout(Duration::from_secs(10), peer.read(&mut [0])).await;
        running.kill().unwrap();
        running.wait().unwrap();
        assert_eq!(end.expect("the peer sees the end of the connection").unwrap(), 0);
    }
}
