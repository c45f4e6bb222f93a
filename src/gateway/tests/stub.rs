//! Counterparts for the tests of this room: a small member, and a gateway with a plain relay.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shadowsocks::relay::socks5::{
    Address, Command, HandshakeRequest, HandshakeResponse, PasswdAuthRequest, PasswdAuthResponse, Reply,
    SOCKS5_AUTH_METHOD_NONE, SOCKS5_AUTH_METHOD_PASSWORD, TcpRequestHeader, TcpResponseHeader,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use super::super::auth::AuthPolicy;
use super::super::inbound::{self, Accepted, ListenerProtocol, Rejected};
use super::super::open::Opener;
use super::super::{forward, udp};
use crate::model::{Dial, Handshake, Login, Meter, NodeId, Upstream};

/// Buffer size of a member, in bytes.
const BUFFER: usize = 64 * 1024;

/// No test waits longer for anything.
pub(in crate::gateway) const LIMIT: Duration = Duration::from_secs(10);

/// Waits for something, with a time limit.
pub(in crate::gateway) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("in time")
}

/// An opener over these members.
pub(in crate::gateway) fn opener(members: &[&StubMember]) -> Opener {
    Opener::of(members.iter().map(|member| Arc::clone(&member.upstream)).collect())
}

/// A TCP server that ends when dropped; `serve` gets each connection and its number.
pub(in crate::gateway) struct TcpServer {
    pub(in crate::gateway) addr: SocketAddr,
    accepted: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl TcpServer {
    pub(in crate::gateway) async fn start<F, T>(serve: F) -> Self
    where
        F: Fn(TcpStream, usize) -> T + Send + Sync + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        Self::on((Ipv4Addr::LOCALHOST, 0).into(), serve).await
    }

    pub(in crate::gateway) async fn on<F, T>(addr: SocketAddr, serve: F) -> Self
    where
        F: Fn(TcpStream, usize) -> T + Send + Sync + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(addr).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _peer)) = listener.accept().await {
                connections.spawn(serve(stream, count.fetch_add(1, SeqCst)));
            }
        });
        Self { addr, accepted, _tasks: tasks }
    }

    /// Connections accepted so far.
    pub(in crate::gateway) fn accepted(&self) -> usize {
        self.accepted.load(SeqCst)
    }

    /// `name.test:port`, which the stub member finds on this machine.
    pub(in crate::gateway) fn named(&self, name: &str) -> String {
        format!("{name}.test:{}", self.addr.port())
    }
}

/// A member: SOCKS5 with direct connections. Every name is this machine.
pub(in crate::gateway) struct StubMember {
    pub(in crate::gateway) upstream: Arc<Upstream>,
    pub(in crate::gateway) server: TcpServer,
}

/// What a member does after it has accepted a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Behavior {
    /// It works.
    Serve,
    /// It cannot reach its server.
    Refuse,
    /// It closes at once.
    CloseAtOnce,
    /// It closes after it has received something.
    CloseWhenAsked,
    /// It resets the connection after it has received something.
    BreakWhenAsked,
    /// It responds to everything with a login page.
    LoginPage,
    /// It accepts and sends nothing.
    Silent,
}

impl StubMember {
    pub(in crate::gateway) async fn start() -> Self {
        Self::with(None, Handshake::Pipelined).await
    }

    pub(in crate::gateway) async fn that(behavior: Behavior) -> Self {
        Self::in_turn(&[behavior]).await
    }

    /// One that behaves differently with each connection; from the last behavior on it stays the same.
    pub(in crate::gateway) async fn in_turn(behaviors: &[Behavior]) -> Self {
        let behaviors = behaviors.to_vec();
        let server = TcpServer::start(move |stream, number| {
            let behavior = behaviors[number.min(behaviors.len() - 1)];
            async move {
                // A client that disconnects in the middle ends only its own connection.
                let _ended = serve_member(stream, None, behavior).await;
            }
        })
        .await;
        Self::behind(server, None, Handshake::Pipelined)
    }

    pub(in crate::gateway) async fn with(login: Option<Login>, handshake: Handshake) -> Self {
        let asked = login.clone();
        let server = TcpServer::start(move |stream, _number| {
            let asked = asked.clone();
            async move {
                // A client that disconnects in the middle ends only its own connection.
                let _ended = serve_member(stream, asked, Behavior::Serve).await;
            }
        })
        .await;
        Self::behind(server, login, handshake)
    }

    pub(in crate::gateway) fn behind(server: TcpServer, login: Option<Login>, handshake: Handshake) -> Self {
        let upstream = Upstream {
            id: NodeId::from_text(&server.addr.port().to_string()),
            spawn: 0,
            host: "stub".into(),
            share: 100,
            tier: 0,
            is_reserved: false,
            is_suspect: false,
            dial: Dial { addr: server.addr, login, handshake },
            meter: Arc::new(Meter::default()),
        };
        Self { upstream: Arc::new(upstream), server }
    }
}

/// A member as the gateway sees it, without a server.
pub(in crate::gateway) fn upstream(name: &str, host: &str) -> Upstream {
    Upstream {
        id: NodeId::from_text(name),
        spawn: 1,
        host: host.into(),
        share: 100,
        tier: 0,
        is_reserved: false,
        is_suspect: false,
        dial: Dial { addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), login: None, handshake: Handshake::Stepwise },
        meter: Arc::new(Meter::default()),
    }
}

/// Reads what a client of a member requests.
pub(in crate::gateway) async fn socks_request(
    stream: &mut TcpStream,
    login: Option<Login>,
) -> anyhow::Result<TcpRequestHeader> {
    let method = if login.is_some() { SOCKS5_AUTH_METHOD_PASSWORD } else { SOCKS5_AUTH_METHOD_NONE };
    let greeting = HandshakeRequest::read_from(stream).await?;
    assert!(greeting.methods.contains(&method));
    HandshakeResponse::new(method).write_to(stream).await?;
    if let Some(login) = login {
        let given = PasswdAuthRequest::read_from(stream).await?;
        assert!(given.uname == login.user.as_bytes() && login.password.matches(&given.passwd));
        PasswdAuthResponse::new(0).write_to(stream).await?;
    }
    Ok(TcpRequestHeader::read_from(stream).await?)
}

async fn serve_member(mut stream: TcpStream, login: Option<Login>, behavior: Behavior) -> anyhow::Result<()> {
    let request = socks_request(&mut stream, login).await?;
    let none = Address::from(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
    if behavior == Behavior::Refuse {
        TcpResponseHeader::new(Reply::ConnectionRefused, none).write_to(&mut stream).await?;
        return Ok(());
    }
    if behavior != Behavior::Serve {
        TcpResponseHeader::new(Reply::Succeeded, none).write_to(&mut stream).await?;
        return misbehave(stream, behavior).await;
    }
    match request.command {
        Command::TcpConnect => match TcpStream::connect(local(&request.address)).await {
            Ok(mut target) => {
                TcpResponseHeader::new(Reply::Succeeded, none).write_to(&mut stream).await?;
                tokio::io::copy_bidirectional_with_sizes(&mut stream, &mut target, BUFFER, BUFFER).await?;
            }
            Err(_) => TcpResponseHeader::new(Reply::ConnectionRefused, none).write_to(&mut stream).await?,
        },
        Command::UdpAssociate => {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            // An unspecified address means the server's own.
            let bound = SocketAddr::from((Ipv4Addr::UNSPECIFIED, socket.local_addr()?.port()));
            TcpResponseHeader::new(Reply::Succeeded, bound.into()).write_to(&mut stream).await?;
            tokio::select! {
                ended = serve_datagrams(socket) => ended?,
                _closed = stream.read_u8() => {}
            }
        }
        Command::TcpBind => TcpResponseHeader::new(Reply::CommandNotSupported, none).write_to(&mut stream).await?,
    }
    Ok(())
}

async fn misbehave(mut stream: TcpStream, behavior: Behavior) -> anyhow::Result<()> {
    let mut heard = [0; 4_096];
    match behavior {
        Behavior::Serve | Behavior::Refuse | Behavior::CloseAtOnce => {}
        Behavior::CloseWhenAsked => {
            let _heard = stream.read(&mut heard).await?;
        }
        Behavior::BreakWhenAsked => {
            let _heard = stream.read(&mut heard).await?;
            stream.set_zero_linger()?;
        }
        Behavior::LoginPage => {
            let _heard = stream.read(&mut heard).await?;
            stream.write_all(b"HTTP/1.0 302 Found\r\n\r\n").await?;
        }
        Behavior::Silent => while stream.read(&mut heard).await? > 0 {},
    }
    Ok(())
}

async fn serve_datagrams(socket: UdpSocket) -> anyhow::Result<()> {
    let outside = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let (mut up, mut down) = (vec![0; 65_535], vec![0; 65_535]);
    let mut client = None;
    loop {
        tokio::select! {
            Ok((length, sender)) = socket.recv_from(&mut up) => {
                client = Some(sender);
                let mut cursor = std::io::Cursor::new(&up[3..length]);
                let target = Address::read_cursor(&mut cursor)?;
                let payload = 3 + cursor.position() as usize;
                outside.send_to(&up[payload..length], local(&target)).await?;
            }
            Ok((length, sender)) = outside.recv_from(&mut down) => {
                let datagram = datagram(&sender.into(), &down[..length]);
                socket.send_to(&datagram, client.unwrap()).await?;
            }
        }
    }
}

/// A datagram with its SOCKS5 header.
pub(in crate::gateway) fn datagram(address: &Address, payload: &[u8]) -> Vec<u8> {
    let mut datagram = vec![0, 0, 0];
    address.write_to_buf(&mut datagram);
    datagram.extend(payload);
    datagram
}

/// Where a target is: every name is this machine.
pub(in crate::gateway) fn local(address: &Address) -> SocketAddr {
    match address {
        Address::SocketAddress(addr) => *addr,
        Address::DomainNameAddress(_, port) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), *port),
    }
}

/// A gateway: the whole room except the listener, the selection of members and the real relay.
pub(in crate::gateway) struct StubGateway {
    pub(in crate::gateway) server: TcpServer,
    rejected: Arc<Mutex<Vec<Rejected>>>,
    users: Arc<Mutex<Vec<Option<Box<str>>>>>,
}

impl StubGateway {
    pub(in crate::gateway) async fn start(opener: Opener) -> Self {
        Self::with(opener, AuthPolicy { login: None, doors: Vec::new(), handshake_limit: LIMIT, max_handshakes: 64 })
            .await
    }

    pub(in crate::gateway) async fn with(opener: Opener, policy: AuthPolicy) -> Self {
        Self::at_port(ListenerProtocol::Any, opener, policy).await
    }

    /// On a port with these protocols.
    pub(in crate::gateway) async fn at_port(protocol: ListenerProtocol, opener: Opener, policy: AuthPolicy) -> Self {
        let (rejected, users) = <(Arc<Mutex<Vec<_>>>, Arc<Mutex<Vec<_>>>)>::default();
        let (rejections, names) = (Arc::clone(&rejected), Arc::clone(&users));
        let server = TcpServer::start(move |client, _number| {
            let (opener, policy) = (opener.clone(), policy.clone());
            let (rejections, names) = (Arc::clone(&rejections), Arc::clone(&names));
            async move {
                match inbound::accept(client, protocol, &policy, &opener.state().guard).await {
                    Ok(accepted) => serve_client(accepted, &opener, &policy, &names).await,
                    Err(reason) => rejections.lock().unwrap().push(reason),
                }
            }
        })
        .await;
        Self { server, rejected, users }
    }

    /// A client's connection.
    pub(in crate::gateway) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.server.addr).await.unwrap()
    }

    /// Why the first client was rejected.
    pub(in crate::gateway) async fn rejected(&self) -> Rejected {
        within(async {
            loop {
                if let Some(reason) = self.rejected.lock().unwrap().first() {
                    return *reason;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }

    /// The user names of the tunnels so far.
    pub(in crate::gateway) fn users(&self) -> Vec<Option<Box<str>>> {
        self.users.lock().unwrap().clone()
    }
}

async fn serve_client(accepted: Accepted, opener: &Opener, policy: &AuthPolicy, users: &Mutex<Vec<Option<Box<str>>>>) {
    let tunnel = match accepted {
        Accepted::Tunnel { mut client, mut request, early, protocol } => {
            users.lock().unwrap().push(request.user.clone());
            match opener.open_by_rules(&mut request, protocol.to_model()).await {
                Ok((opened, _outbound)) => {
                    protocol.succeed(&mut client).await.unwrap();
                    Some((client, early, opened))
                }
                Err(error) => {
                    let _left = protocol.refuse(&mut client, &error).await;
                    None
                }
            }
        }
        Accepted::Udp { client, user, announced } => {
            udp::serve(client, user, announced, opener).await;
            None
        }
        Accepted::Http { client, early } => forward::serve(client, early, opener, policy)
            .await
            .map(|tunnel| (tunnel.client, tunnel.early, tunnel.opened)),
    };
    if let Some((mut client, early, mut opened)) = tunnel {
        opened.stream.write_all(&early).await.unwrap();
        let _ended = tokio::io::copy_bidirectional(&mut client, &mut opened.stream).await;
    }
}

/// Reads up to and with an empty line.
pub(in crate::gateway) async fn read_head(stream: &mut TcpStream) -> String {
    let (mut head, mut ahead) = (Vec::new(), [0; 4096]);
    within(async {
        while !head.ends_with(b"\r\n\r\n") {
            let peeked = stream.peek(&mut ahead).await;
            let peeked = peeked.unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&head)));
            assert!(peeked > 0, "the end after {:?}", String::from_utf8_lossy(&head));
            let before = head.len();
            head.extend_from_slice(&ahead[..peeked]);
            let from = before.saturating_sub(3);
            if let Some(end) = head[from..].windows(4).position(|four| four == b"\r\n\r\n") {
                head.truncate(from + end + 4);
            }
            stream.read_exact(&mut ahead[..head.len() - before]).await.unwrap();
        }
    })
    .await;
    String::from_utf8(head).unwrap()
}

/// Reads this many bytes as text.
pub(in crate::gateway) async fn read_text(stream: &mut TcpStream, length: usize) -> String {
    let mut text = vec![0; length];
    within(stream.read_exact(&mut text)).await.unwrap();
    String::from_utf8(text).unwrap()
}

/// Reads to the end as text.
pub(in crate::gateway) async fn read_rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    within(stream.read_to_end(&mut text)).await.unwrap();
    String::from_utf8(text).unwrap()
}

/// Echoes every connection.
pub(in crate::gateway) async fn echo(mut stream: TcpStream, _number: usize) {
    let (mut reading, mut writing) = stream.split();
    let _ended = tokio::io::copy(&mut reading, &mut writing).await;
}
