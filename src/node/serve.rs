//! The member's SOCKS5 server.
//!
//! The reply is sent only after the server has been connected to, so each kind of failure has its own reply:
//!
//! | what happened | SOCKS5 reply |
//! |---|---|
//! | the server refused | 5, connection refused |
//! | the server's name has no address | 4, host unreachable |
//! | no route to the server's host or network | 3, network unreachable |
//! | no answer in time | 6, TTL expired |
//! | TLS or WebSocket handshake failed | two private codes, see [`ReplyCode`] |
//! | anything else | 1, general failure |
//!
//! Shadowsocks does not report failures beyond the server: if the target refuses, the connection closes without a byte.
//!
//! Greeting, login and request may arrive one by one or in one piece (the gateway sends them so, which saves two round
//! trips), followed by payload.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::associate;
use super::client_relay::ClientRelay;
use super::connector::{ServerConnector, ServerStream};
use super::early_timer::EarlyTimer;
use super::reach::ReachError;
use super::websocket::WebSocketError;
use crate::model::{Login, Target};
use crate::os::accept::{accept_nodelay, prepare_nodelay};
use crate::os::memory::HeapTrimmer;
use crate::socks5::{ReplyCode, ServerHandshake, ServerStep, SocksRequest, write_reply};

/// Generous for a client on this machine.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How long the target's address is held back for the client's first bytes, to be sent in one packet with them (which
/// is faster, and harder to detect). For protocols in which the server sends first, like SMTP and SSH, this is added
/// latency. V2Ray waits as long; shadowsocks-rust waits 500 ms.
const FIRST_PACKET_WAIT: Duration = Duration::from_millis(100);
/// The crate sends a first packet in one piece only up to 16383 bytes, with its header and padding.
const FIRST_PACKET: usize = 8192;
/// How long a refused client may take to read the reply and close.
const LINGER: Duration = Duration::from_secs(1);

/// Read-ahead limit before a request, in bytes: the three messages at their longest (257 + 513 + 262 bytes) and some
/// payload, less than [`FIRST_PACKET`].
const INPUT: usize = 2048;
/// The bound address in replies that have none.
const UNSPECIFIED: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Accepts clients forever.
pub(super) async fn run(listener: TcpListener, login: Login, connector: ServerConnector, relay: ClientRelay) {
    let member = Arc::new(MemberServer {
        login,
        connector,
        relay,
        unreachable: AtomicBool::new(false),
        trimmer: HeapTrimmer::default(),
    });
    let (clients, early_timer) = (TaskTracker::new(), EarlyTimer::default());
    let mut pause = MIN_PAUSE;
    if let Err(error) = prepare_nodelay(&listener) {
        tracing::warn!(%error, "small segments may be delayed");
    }
    loop {
        match accept_nodelay(&listener).await {
            Ok((client, gateway)) => {
                pause = MIN_PAUSE;
                early_timer.start(&clients);
                member.trimmer.opened(clients.len() + 1);
                let (member, open) = (member.clone(), clients.clone());
                clients.spawn(async move {
                    member.serve(client, gateway.port()).await;
                    member.trimmer.closed(open.len() - 1);
                });
            }
            Err(error) => {
                // Usually out of descriptors, until connections end.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(MAX_PAUSE);
            }
        }
    }
}

const MIN_PAUSE: Duration = Duration::from_millis(5);
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// The state that all connections of a member share.
struct MemberServer {
    login: Login,
    connector: ServerConnector,
    relay: ClientRelay,
    /// Whether the last attempt to reach the server failed; changes are logged.
    unreachable: AtomicBool,
    trimmer: HeapTrimmer,
}

impl MemberServer {
    async fn serve(&self, mut client: TcpStream, port: u16) {
        let served = async {
            let mut input = Vec::with_capacity(INPUT);
            let mut output = Vec::new();
            let request = self.handshake(&mut client, &mut input, &mut output);
            match timeout(HANDSHAKE_LIMIT, request).await?? {
                Some(SocksRequest::Connect(target)) => self.connect(client, port, target, (input, output)).await,
                // Boxed: rare and large, and otherwise every connection's task would reserve space for it.
                Some(SocksRequest::UdpAssociate(from)) => Box::pin(self.associate(&mut client, from, output)).await,
                None => close(&mut client, &output).await,
            }
        };
        let served: io::Result<()> = served.await;
        if let Err(error) = served {
            tracing::debug!(%error, "connection failed");
        }
    }

    /// Reads the client's request; none if it is refused. Unsent replies are left in `output`, payload in `input`.
    async fn handshake(
        &self,
        client: &mut TcpStream,
        input: &mut Vec<u8>,
        output: &mut Vec<u8>,
    ) -> io::Result<Option<SocksRequest>> {
        let mut handshake = ServerHandshake::new(Some(&self.login));
        loop {
            let (used, step) = handshake.advance(input, output);
            input.drain(..used);
            match step {
                ServerStep::Serve(request, _user) => return Ok(Some(request)),
                ServerStep::Close(_refusal) => return Ok(None),
                ServerStep::ReadMore => {}
            }
            client.write_all(output).await?;
            output.clear();
            if client.read_buf(input).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn connect(
        &self,
        mut client: TcpStream,
        port: u16,
        target: Target,
        (input, mut output): (Vec<u8>, Vec<u8>),
    ) -> io::Result<()> {
        let dialed = self.connector.dial(&target).await;
        self.note(dialed.as_ref().err());
        let stream = match dialed {
            Ok(stream) => stream,
            Err(error) => {
                write_refusal(&mut output, &error);
                return close(&mut client, &output).await;
            }
        };
        write_reply(&mut output, ReplyCode::SUCCEEDED, UNSPECIFIED);
        client.write_all(&output).await?;
        drop(output);
        let mut stream = self.send_first_packet(&mut client, stream, &target, input).await?;
        // Closing now sends a reset, as the listener has it: neither side must consider a truncated stream complete.
        let relayed = self.relay.relay(client, port, &mut stream, self.connector.buffers()).await;
        if self.connector.reaches_server() {
            self.relay.report(stream.socket());
        }
        if relayed.is_err() {
            stream.socket().set_zero_linger()?;
        }
        relayed
    }

    /// Sends the target's address, together with the client's first bytes if they arrive soon.
    async fn send_first_packet(
        &self,
        client: &mut TcpStream,
        mut stream: ServerStream,
        target: &Target,
        payload: Vec<u8>,
    ) -> io::Result<ServerStream> {
        if !payload.is_empty() {
            // At most the capacity of the input, so it fits into one packet.
            stream.write_all(&payload).await?;
            return Ok(stream);
        }
        timeout(FIRST_PACKET_WAIT, client.readable()).await.unwrap_or(Ok(()))?;
        let mut first = self.connector.buffers().take();
        let mut first = ReadBuf::new(&mut first.space()[..FIRST_PACKET]);
        // A read by polling, unlike `try_read`, needs no second one to find that the socket is empty.
        match poll_fn(|cx| Poll::Ready(Pin::new(&mut *client).poll_read(cx, &mut first))).await {
            Poll::Ready(read) => read?,
            Poll::Pending => {}
        }
        if first.filled().is_empty() {
            // No data yet, or the end of the stream: the relay does the rest.
            return self.connector.write_address(stream, target).await;
        }
        stream.write_all(first.filled()).await?;
        Ok(stream)
    }

    async fn associate(
        &self,
        client: &mut TcpStream,
        announced: Option<SocketAddr>,
        mut output: Vec<u8>,
    ) -> io::Result<()> {
        let opened = associate::open(&self.connector, announced).await;
        self.note(opened.as_ref().err());
        match opened {
            Ok(relay) => {
                // The connection carries nothing that could be truncated.
                SockRef::from(&*client).set_linger(None)?;
                write_reply(&mut output, ReplyCode::SUCCEEDED, relay.local_addr()?);
                client.write_all(&output).await?;
                relay.run(client).await
            }
            Err(error) => {
                write_refusal(&mut output, &error);
                close(client, &output).await
            }
        }
    }

    /// Logs when the server becomes unreachable or reachable, not each connection in between.
    fn note(&self, failure: Option<&ReachError>) {
        match failure {
            Some(error) if !self.unreachable.swap(true, Ordering::Relaxed) => tracing::warn!("{error}"),
            Some(error) => tracing::debug!("{error}"),
            None if self.unreachable.swap(false, Ordering::Relaxed) => tracing::warn!("the server is reachable again"),
            None => {}
        }
    }
}

fn write_refusal(output: &mut Vec<u8>, error: &ReachError) {
    let status = match error {
        ReachError::WebSocket(WebSocketError::Status(status)) => *status,
        ReachError::WebSocket(_) | ReachError::Dns(_) | ReachError::Connect(_) => 0,
        ReachError::OwnPort | ReachError::NoDatagrams | ReachError::TimedOut => 0,
    };
    write_reply(output, reply_code(error), SocketAddr::new(UNSPECIFIED.ip(), status));
}

fn reply_code(error: &ReachError) -> ReplyCode {
    let cause = match error {
        ReachError::Dns(_) => return ReplyCode::HOST_UNREACHABLE,
        ReachError::TimedOut => return ReplyCode::TTL_EXPIRED,
        ReachError::OwnPort => return ReplyCode::NOT_ALLOWED,
        ReachError::NoDatagrams => return ReplyCode::COMMAND_NOT_SUPPORTED,
        ReachError::WebSocket(WebSocketError::TimedOut) => return ReplyCode::TTL_EXPIRED,
        ReachError::WebSocket(WebSocketError::Tls(_)) => return ReplyCode::TLS_FAILED,
        ReachError::WebSocket(WebSocketError::Status(_) | WebSocketError::Handshake(_)) => {
            return ReplyCode::NO_WEBSOCKET;
        }
        ReachError::Connect(cause) => cause.kind(),
    };
    if cause == io::ErrorKind::ConnectionRefused {
        ReplyCode::CONNECTION_REFUSED
    } else if NO_ROUTE.contains(&cause) {
        ReplyCode::NETWORK_UNREACHABLE
    } else if cause == io::ErrorKind::TimedOut {
        ReplyCode::TTL_EXPIRED
    } else {
        ReplyCode::GENERAL_FAILURE
    }
}

const NO_ROUTE: [io::ErrorKind; 3] =
    [io::ErrorKind::HostUnreachable, io::ErrorKind::NetworkUnreachable, io::ErrorKind::AddrNotAvailable];

/// Sends the last reply and waits until the client has closed: closing first, with unread bytes in the socket, would
/// send a reset, which could discard the reply.
async fn close(client: &mut TcpStream, answer: &[u8]) -> io::Result<()> {
    client.write_all(answer).await?;
    client.shutdown().await?;
    let mut rest = vec![0; 1024];
    let drain = async {
        while client.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    timeout(LINGER, drain).await?
}
