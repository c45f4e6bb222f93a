//! The member's port: each client's handshake, and what it asked for.
//!
//! A client is answered only after TCP to the server stands, so a refusal can be told as what it is:
//!
//! | what happened | SOCKS5 reply |
//! |---|---|
//! | the server refused | 5, connection refused |
//! | the server's name has no address | 4, host unreachable |
//! | no route to the server's host or network | 3, network unreachable |
//! | no answer in time | 6, TTL expired |
//! | anything else | 1, general failure |
//!
//! What lies behind the server cannot be told in Shadowsocks: a target that refuses shows as a
//! connection that closes without a byte.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use shadowsocks::relay::socks5::{Address, Reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::associate;
use super::outbound::{Outbound, Tunnel};
use super::reach::ReachError;
use super::relay::relay;
use super::socks::{self, Handshake, Progress, Request, UNSPECIFIED};
use crate::model::Login;

/// Enough for any client on this machine.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How long the target's address waits for a client's first bytes, to go out in one packet with
/// them (which is faster, and harder to recognise). Servers that speak first, as mail and SSH
/// servers do, wait this long once. V2Ray waits as long; shadowsocks-rust waits 500 ms.
const FIRST_FLIGHT_WAIT: Duration = Duration::from_millis(100);
/// The crate keeps a first packet whole only up to 16383 bytes, its own header and padding included.
const FIRST_FLIGHT: usize = 8192;
/// How long a refused client may take to read the refusal.
const FAREWELL_LIMIT: Duration = Duration::from_secs(1);

/// Accepts clients for ever.
pub(super) async fn run(listener: TcpListener, login: Login, outbound: Outbound) {
    let member = Arc::new(Member { login, outbound, unreachable: AtomicBool::new(false) });
    let clients = TaskTracker::new();
    let mut pause = SHORTEST_PAUSE;
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                pause = SHORTEST_PAUSE;
                clients.spawn(member.clone().serve(client));
            }
            Err(error) => {
                // Out of descriptors, mostly: it passes when connections end.
                tracing::warn!(%error, "cannot accept");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

struct Member {
    login: Login,
    outbound: Outbound,
    /// Whether the last attempt to reach the server failed; its flips are logged.
    unreachable: AtomicBool,
}

impl Member {
    async fn serve(self: Arc<Self>, mut client: TcpStream) {
        let served = async {
            client.set_nodelay(true)?;
            let mut input = Vec::with_capacity(2 * socks::LONGEST);
            let mut answers = Vec::new();
            let asked = self.ask(&mut client, &mut input, &mut answers);
            match timeout(HANDSHAKE_LIMIT, asked).await?? {
                Some(Request::Connect(target)) => self.connect(&mut client, target, input, answers).await,
                // Boxed: it is rare and large, and every connection's task would have room for it.
                Some(Request::Associate(from)) => Box::pin(self.associate(&mut client, from, answers)).await,
                None => say_goodbye(&mut client, &answers).await,
            }
        };
        let served: io::Result<()> = served.await;
        if let Err(error) = served {
            tracing::debug!(%error, "connection ended");
        }
    }

    /// Reads until the client has said what it wants; `None` if it cannot have it. Answers that have
    /// not been sent yet are left in `answers`, payload in `input`.
    async fn ask(
        &self,
        client: &mut TcpStream,
        input: &mut Vec<u8>,
        answers: &mut Vec<u8>,
    ) -> io::Result<Option<Request>> {
        let mut handshake = Handshake::new(&self.login);
        loop {
            match handshake.advance(input, answers) {
                Progress::Asked(request) => return Ok(Some(request)),
                Progress::Refused => return Ok(None),
                Progress::NeedsMore => {}
            }
            client.write_all(answers).await?;
            answers.clear();
            if client.read_buf(input).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn connect(
        &self,
        client: &mut TcpStream,
        target: Address,
        input: Vec<u8>,
        mut answers: Vec<u8>,
    ) -> io::Result<()> {
        let dialled = self.outbound.dial(target).await;
        self.note(dialled.as_ref().err());
        let mut tunnel = match dialled {
            Ok(tunnel) => tunnel,
            Err(error) => {
                socks::append_reply(&mut answers, reply_for(&error), UNSPECIFIED);
                return say_goodbye(client, &answers).await;
            }
        };
        let carried = async {
            socks::append_reply(&mut answers, Reply::Succeeded, tunnel.local_addr().unwrap_or(UNSPECIFIED));
            client.write_all(&answers).await?;
            drop(answers);
            self.open(client, &mut tunnel, input).await?;
            relay(client, &mut tunnel, self.outbound.buffers()).await
        };
        let carried: io::Result<()> = carried.await;
        if carried.is_err() {
            // Closing now sends a reset: neither side is to take a torn stream for a whole one.
            client.set_zero_linger()?;
            tunnel.socket().set_zero_linger()?;
        }
        carried
    }

    /// Sends the target's address, together with the client's first bytes where they come soon.
    async fn open(&self, client: &mut TcpStream, tunnel: &mut Tunnel, payload: Vec<u8>) -> io::Result<()> {
        if !payload.is_empty() {
            // Less than what a handshake may hold, so it fits into one packet.
            return tunnel.write(&payload).await.map(drop);
        }
        timeout(FIRST_FLIGHT_WAIT, client.readable()).await.unwrap_or(Ok(()))?;
        let mut first = self.outbound.buffers().take();
        let first = &mut first.room()[..FIRST_FLIGHT];
        let length = match client.try_read(first) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        // Nothing yet, or the end of the stream: the address goes alone, the relay sees to the rest.
        tunnel.write(&first[..length]).await.map(drop)
    }

    async fn associate(&self, client: &mut TcpStream, from: Address, mut answers: Vec<u8>) -> io::Result<()> {
        let opened = associate::open(&self.outbound, &from).await;
        self.note(opened.as_ref().err());
        match opened {
            Ok(association) => {
                socks::append_reply(&mut answers, Reply::Succeeded, association.local_addr()?);
                client.write_all(&answers).await?;
                association.run(client).await
            }
            Err(error) => {
                socks::append_reply(&mut answers, reply_for(&error), UNSPECIFIED);
                say_goodbye(client, &answers).await
            }
        }
    }

    /// Logs when the server stops or starts being reachable, not each connection in between.
    fn note(&self, failure: Option<&ReachError>) {
        match failure {
            Some(error) if !self.unreachable.swap(true, Ordering::Relaxed) => tracing::warn!("{error}"),
            Some(error) => tracing::debug!("{error}"),
            None if self.unreachable.swap(false, Ordering::Relaxed) => tracing::warn!("the server is reached again"),
            None => {}
        }
    }
}

fn reply_for(error: &ReachError) -> Reply {
    let cause = match error {
        ReachError::Dns(_) => return Reply::HostUnreachable,
        ReachError::TimedOut => return Reply::TtlExpired,
        ReachError::Connect(cause) => cause.kind(),
    };
    if cause == io::ErrorKind::ConnectionRefused {
        Reply::ConnectionRefused
    } else if NO_ROUTE.contains(&cause) {
        Reply::NetworkUnreachable
    } else if cause == io::ErrorKind::TimedOut {
        Reply::TtlExpired
    } else {
        Reply::GeneralFailure
    }
}

const NO_ROUTE: [io::ErrorKind; 3] =
    [io::ErrorKind::HostUnreachable, io::ErrorKind::NetworkUnreachable, io::ErrorKind::AddrNotAvailable];

/// Sends the last words and waits until the client has closed: closing first, with bytes of it still
/// unread, would reset the connection and could take the words away from it.
async fn say_goodbye(client: &mut TcpStream, words: &[u8]) -> io::Result<()> {
    client.write_all(words).await?;
    client.shutdown().await?;
    let mut rest = vec![0; 1024];
    let drain = async {
        while client.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    timeout(FAREWELL_LIMIT, drain).await?
}
