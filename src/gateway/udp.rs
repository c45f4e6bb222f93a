//! UDP ASSOCIATE (RFC 1928): relays datagrams between one client and, at any time, one member.
//!
//! Each client gets its own socket, which lives as long as its TCP connection. A member is selected when the first
//! datagram with its target arrives, and a UDP relay is requested from it; if that one ends, the next datagram selects
//! again. Datagrams are passed on with their headers unchanged: both sides of the gateway speak SOCKS5. Only datagrams
//! from the client's own address are accepted, and only from the port that it announced or that sent first. Fragments
//! are dropped, as the RFC allows, and datagrams to a target that a rule blocks; a direct route is ignored, its
//! datagrams go through a member.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::Instant;

use super::connect_request::ConnectRequest;
use super::connections::Registered;
use super::connections::tracker::Tracked;
use super::dial::DialError;
use super::open::{OpenError, Opener};
use crate::model::connection::{ClientProtocol, ConnectionEnd};
use crate::model::route::RouteDecision;
use crate::model::{Route, Target};
use crate::os::datagrams::{BatchSocket, OutgoingDatagrams, ReceivedDatagrams};
use crate::socks5::{ReplyCode, parse_datagram, write_reply};

/// How long an association may be silent: at least the time that RFC 4787 requires of a NAT.
const IDLE: Duration = Duration::from_secs(5 * 60);

/// Relays a client's datagrams until its connection ends or there was no traffic for five minutes.
pub(super) async fn serve(client: TcpStream, user: Option<Box<str>>, announced: Option<u16>, opener: &Opener) {
    match Association::open(client, user, announced).await {
        Ok((association, client)) => association.run(client, opener).await,
        Err(error) => tracing::debug!(%error, "no association for a client"),
    }
}

struct Association {
    user: Option<Box<str>>,
    socket: BatchSocket,
    client_ip: IpAddr,
    /// The client's source address, once it is known.
    client_addr: Option<SocketAddr>,
    /// The last target that a rule blocked.
    blocked: Option<Target>,
    last: Instant,
}

/// A member's side of the association.
struct UpstreamAssociation {
    registered: Registered,
    /// The association ends with this connection.
    control: TcpStream,
    socket: BatchSocket,
}

enum UdpEvent {
    FromClient,
    FromMember,
    MemberLost,
    Closed,
}

impl Association {
    /// Opens the client's socket and sends its address to the client.
    async fn open(
        mut client: TcpStream,
        user: Option<Box<str>>,
        announced: Option<u16>,
    ) -> io::Result<(Self, TcpStream)> {
        let peer = client.peer_addr()?;
        let socket = BatchSocket::new(UdpSocket::bind((client.local_addr()?.ip(), 0)).await?);
        let mut reply = Vec::new();
        write_reply(&mut reply, ReplyCode::SUCCEEDED, socket.local_addr()?);
        client.write_all(&reply).await?;
        let client_addr = announced.map(|port| SocketAddr::new(peer.ip(), port));
        let association = Self { user, socket, client_ip: peer.ip(), client_addr, blocked: None, last: Instant::now() };
        Ok((association, client))
    }

    async fn run(mut self, mut client: TcpStream, opener: &Opener) {
        let mut upstream: Option<UpstreamAssociation> = None;
        loop {
            match self.next_event(&mut client, upstream.as_mut()).await {
                UdpEvent::FromClient => self.send_to_member(&mut upstream, opener).await,
                UdpEvent::FromMember => {
                    if let Some(open) = &upstream
                        && self.send_to_client(open).await.is_err()
                    {
                        upstream = None;
                    }
                }
                UdpEvent::MemberLost => {
                    let lost = upstream.take();
                    if lost.is_some_and(|lost| lost.registered.tracked().is_cancelled()) {
                        return;
                    }
                }
                UdpEvent::Closed => return,
            }
        }
    }

    /// Waits for the next event.
    async fn next_event(&self, client: &mut TcpStream, upstream: Option<&mut UpstreamAssociation>) -> UdpEvent {
        let member = async {
            let Some(UpstreamAssociation { registered, control, socket }) = upstream else {
                return std::future::pending().await;
            };
            tokio::select! {
                ready = socket.readable() => if ready.is_ok() { UdpEvent::FromMember } else { UdpEvent::MemberLost },
                () = ended(control) => UdpEvent::MemberLost,
                () = registered.cancelled() => UdpEvent::MemberLost,
            }
        };
        tokio::select! {
            ready = self.socket.readable() => if ready.is_ok() { UdpEvent::FromClient } else { UdpEvent::Closed },
            event = member => event,
            () = ended(client) => UdpEvent::Closed,
            () = tokio::time::sleep_until(self.last + IDLE) => UdpEvent::Closed,
        }
    }

    /// Passes on what has arrived from the client to the member, which is selected first if there is none.
    async fn send_to_member(&mut self, upstream: &mut Option<UpstreamAssociation>, opener: &Opener) {
        let (mut received, mut outgoing) = (ReceivedDatagrams::new(), OutgoingDatagrams::default());
        // A spurious wake-up, or an ICMP error for a datagram that was not delivered: ignored.
        if self.socket.try_receive(&mut received).is_err() {
            return;
        }
        let mut payload = 0;
        while let Some((sender, datagram)) = received.take_next() {
            let Some(header) = self.accept(sender, datagram, upstream, opener).await else { continue };
            let Some(open) = upstream else { continue };
            while !outgoing.add(&[datagram]) {
                if open.socket.send(&mut outgoing, None).await.is_err() {
                    *upstream = None;
                    return;
                }
            }
            payload += datagram.len() - header;
        }
        let Some(open) = upstream else { return };
        match open.socket.send(&mut outgoing, None).await {
            Ok(()) => open.registered.count_up(payload as u64),
            // The member's socket failed: the datagrams are lost, as datagrams may be.
            Err(_) => *upstream = None,
        }
    }

    /// Checks a datagram from the client, and selects the member if there is none: the length of its header, if it is to
    /// be passed on.
    async fn accept(
        &mut self,
        sender: SocketAddr,
        datagram: &[u8],
        upstream: &mut Option<UpstreamAssociation>,
        opener: &Opener,
    ) -> Option<usize> {
        if !self.is_client(sender) {
            return None;
        }
        let (target, header) = parse_datagram(datagram)?;
        let mut request = ConnectRequest::new(target, self.user.clone());
        let decision = opener.decide(&mut request, None).await;
        if decision.route == Route::Block {
            self.note_blocked(request, decision, opener);
            return None;
        }
        self.client_addr = Some(sender);
        self.last = Instant::now();
        if upstream.is_none() {
            opener.note_site(&mut request).await;
            *upstream = UpstreamAssociation::open(opener, &request, decision).await;
        }
        Some(header)
    }

    /// Records that a target is blocked, once for consecutive datagrams to it.
    fn note_blocked(&mut self, request: ConnectRequest, decision: RouteDecision, opener: &Opener) {
        if self.blocked.as_ref() != Some(&request.target) {
            opener.track(&request, ClientProtocol::Udp, decision).set_end(ConnectionEnd::Blocked);
            self.blocked = Some(request.target);
        }
    }

    /// Passes on what has arrived from the member to the client.
    async fn send_to_client(&mut self, upstream: &UpstreamAssociation) -> io::Result<()> {
        let (mut received, mut outgoing) = (ReceivedDatagrams::new(), OutgoingDatagrams::default());
        match upstream.socket.try_receive(&mut received) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            outcome => outcome?,
        }
        let Some(client) = self.client_addr else { return Ok(()) };
        let mut payload = 0;
        while let Some((_member, datagram)) = received.take_next() {
            let Some((_source, header)) = parse_datagram(datagram) else { continue };
            payload += datagram.len() - header;
            while !outgoing.add(&[datagram]) {
                // If the client's socket is full, they are lost, as on any other network path.
                let _sent = self.socket.send(&mut outgoing, Some(client)).await;
            }
        }
        if payload > 0 {
            self.last = Instant::now();
            upstream.registered.count_down(payload as u64);
        }
        let _sent = self.socket.send(&mut outgoing, Some(client)).await;
        Ok(())
    }

    fn is_client(&self, sender: SocketAddr) -> bool {
        let same_host = sender.ip().to_canonical() == self.client_ip.to_canonical();
        same_host && self.client_addr.is_none_or(|known| known.port() == sender.port())
    }
}

impl UpstreamAssociation {
    async fn open(opener: &Opener, request: &ConnectRequest, decision: RouteDecision) -> Option<Self> {
        let tracked = opener.track(request, ClientProtocol::Udp, decision);
        match Self::through(opener, request, &tracked).await {
            Ok(upstream) => Some(upstream),
            Err(error) => {
                tracked.set_end(error.end());
                tracing::debug!(%error, "no association through a member");
                None
            }
        }
    }

    async fn through(opener: &Opener, request: &ConnectRequest, tracked: &Tracked) -> Result<Self, OpenError> {
        let broken = |error| OpenError::Failed(DialError::Connect(error));
        let (control, relay, registered) = opener.associate(request, tracked).await?;
        let socket = UdpSocket::bind((source(&control, relay).map_err(broken)?, 0)).await.map_err(broken)?;
        socket.connect(relay).await.map_err(broken)?;
        Ok(Self { registered, control, socket: BatchSocket::new(socket) })
    }
}

/// The local address for datagrams to a relay: that of the control connection, if the relay has the same address as its
/// server.
fn source(control: &TcpStream, relay: SocketAddr) -> io::Result<IpAddr> {
    Ok(match relay {
        same if same.ip() == control.peer_addr()?.ip() => control.local_addr()?.ip(),
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    })
}

/// Waits until a connection ends; data on it is ignored.
async fn ended(connection: &mut TcpStream) {
    let mut unwanted = [0; 64];
    while connection.read(&mut unwanted).await.is_ok_and(|read| read > 0) {}
}

#[cfg(test)]
mod tests {
    use shadowsocks::relay::socks5::{Address, Command, TcpRequestHeader, TcpResponseHeader};

    use super::*;
    use crate::gateway::tests::stub::{StubGateway, StubMember, datagram, opener, within};
    use crate::model::{Handshake, Login};

    /// Maximum size of a datagram in bytes.
    const MAX_DATAGRAM: usize = 65_535;

    /// A UDP server that echoes datagrams.
    struct Echo {
        addr: SocketAddr,
        _tasks: tokio::task::JoinSet<()>,
    }

    impl Echo {
        async fn start() -> Self {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let addr = socket.local_addr().unwrap();
            let mut tasks = tokio::task::JoinSet::new();
            tasks.spawn(async move {
                let mut buffer = vec![0; MAX_DATAGRAM];
                while let Ok((length, sender)) = socket.recv_from(&mut buffer).await {
                    socket.send_to(&buffer[..length], sender).await.unwrap();
                }
            });
            Self { addr, _tasks: tasks }
        }
    }

    /// Requests an association: its connection and the gateway's socket.
    async fn associate(gate: &StubGateway, announced: u16) -> (TcpStream, SocketAddr) {
        associate_from(gate, SocketAddr::from((Ipv4Addr::UNSPECIFIED, announced))).await
    }

    async fn associate_from(gate: &StubGateway, from: SocketAddr) -> (TcpStream, SocketAddr) {
        let mut client = gate.connect().await;
        let mut request = vec![5, 1, 0];
        TcpRequestHeader::new(Command::UdpAssociate, from.into()).write_to_buf(&mut request);
        client.write_all(&request).await.unwrap();
        let mut method = [0; 2];
        within(client.read_exact(&mut method)).await.unwrap();
        let answer = within(TcpResponseHeader::read_from(&mut client)).await.unwrap();
        let Address::SocketAddress(addr) = answer.address else { panic!("{answer:?}") };
        (client, addr)
    }

    async fn own_socket() -> UdpSocket {
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
    }

    /// Sends until a response arrives: datagrams may be lost while a member is replaced.
    async fn ask(socket: &UdpSocket, gate: SocketAddr, to: &Address, payload: &[u8]) -> Vec<u8> {
        let mut buffer = vec![0; MAX_DATAGRAM];
        within(async {
            loop {
                socket.send_to(&datagram(to, payload), gate).await.unwrap();
                let answer = tokio::time::timeout(Duration::from_millis(200), socket.recv_from(&mut buffer)).await;
                if let Ok(Ok((length, _))) = answer {
                    return buffer[..length].to_vec();
                }
            }
        })
        .await
    }

    async fn check_echo(login: Option<Login>, handshake: Handshake) {
        let echo = Echo::start().await;
        let member = StubMember::with(login, handshake).await;
        let gate = StubGateway::start(opener(&[&member])).await;
        let (_control, addr) = associate(&gate, 0).await;
        let socket = own_socket().await;
        let named = Address::DomainNameAddress("echo.test".into(), echo.addr.port());
        for (to, size) in [(Address::from(echo.addr), 1), (named, 1), (Address::from(echo.addr), 9_000)] {
            let answer = ask(&socket, addr, &to, &vec![3; size]).await;
            assert_eq!(answer, datagram(&echo.addr.into(), &vec![3; size]));
        }
        let reading = member.upstream.meter.read();
        assert_eq!((reading.total, reading.active), (1, 1));
        assert!(reading.up >= 9_002 && reading.down >= 9_002, "{reading:?}");
        assert!(member.upstream.meter.is_proven());
    }

    #[tokio::test]
    async fn datagrams_are_relayed_both_ways() {
        let login = || Some(Login { user: "me".into(), password: "secret".into() });
        check_echo(login(), Handshake::Pipelined).await;
        check_echo(login(), Handshake::Stepwise).await;
        check_echo(None, Handshake::Stepwise).await;
    }

    #[tokio::test]
    async fn only_the_announced_port_is_accepted() {
        let echo = Echo::start().await;
        let member = StubMember::start().await;
        let gate = StubGateway::start(opener(&[&member])).await;
        let (right, wrong) = (own_socket().await, own_socket().await);
        let (_control, addr) = associate(&gate, right.local_addr().unwrap().port()).await;
        wrong.send_to(&datagram(&echo.addr.into(), b"wrong"), addr).await.unwrap();
        assert_eq!(ask(&right, addr, &echo.addr.into(), b"right").await, datagram(&echo.addr.into(), b"right"));
        assert_eq!(member.upstream.meter.read().up % 5, 0);
        let mut buffer = [0; 64];
        assert!(wrong.try_recv(&mut buffer).is_err());
    }

    #[tokio::test]
    async fn a_client_that_names_its_target_is_served() {
        let echo = Echo::start().await;
        let member = StubMember::start().await;
        let gate = StubGateway::start(opener(&[&member])).await;
        let (_control, addr) = associate_from(&gate, "8.8.8.8:53".parse().unwrap()).await;
        let answer = ask(&own_socket().await, addr, &echo.addr.into(), b"hello").await;
        assert_eq!(answer, datagram(&echo.addr.into(), b"hello"));
    }

    /// A SOCKS5 server whose relay is at this address.
    #[cfg(not(target_os = "macos"))]
    async fn naming(relay: SocketAddr) -> crate::gateway::tests::stub::TcpServer {
        crate::gateway::tests::stub::TcpServer::start(move |mut stream, _number| async move {
            let _greeting = stream.read_exact(&mut [0; 3]).await;
            let _chosen = stream.write_all(&[5, 0]).await;
            let _request = stream.read_exact(&mut [0; 10]).await;
            let mut reply = Vec::new();
            write_reply(&mut reply, ReplyCode::SUCCEEDED, relay);
            let _answered = stream.write_all(&reply).await;
            ended(&mut stream).await;
        })
        .await
    }

    // macOS has no other loopback address than 127.0.0.1.
    #[cfg(not(target_os = "macos"))]
    #[tokio::test]
    async fn another_relay_address_is_used_only_if_allowed() {
        let own = Echo::start().await;
        let elsewhere = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), own.addr.port())).await.unwrap();
        let server = naming(elsewhere.local_addr().unwrap()).await;
        let mut upstream = crate::gateway::tests::stub::upstream("naming", "naming.test");
        upstream.dial.addr = server.addr;
        let opener = Opener::of(vec![std::sync::Arc::new(upstream)]);
        let shared = std::sync::Arc::clone(opener.shared());
        let gate = StubGateway::start(opener).await;
        let target = Address::from(own.addr);

        let (_control, addr) = associate(&gate, 0).await;
        // Both speak SOCKS5 to a relay, so its echo is a datagram of the target.
        assert_eq!(ask(&own_socket().await, addr, &target, b"own").await, datagram(&target, b"own"));
        let mut buffer = [0; 64];
        assert!(elsewhere.try_recv(&mut buffer).is_err());

        let config = crate::gateway::tests::whole::config();
        shared.set_limits(&crate::gateway::Config { udp_relay: crate::gateway::RelayAddress::FromReply, ..config });
        let (_control, addr) = associate(&gate, 0).await;
        own_socket().await.send_to(&datagram(&target, b"named"), addr).await.unwrap();
        let length = within(elsewhere.recv(&mut buffer)).await.unwrap();
        assert_eq!(buffer[..length], datagram(&target, b"named"));
    }

    #[tokio::test]
    async fn a_lost_member_is_replaced_at_the_next_datagram() {
        let echo = Echo::start().await;
        let (first, second) = (StubMember::start().await, StubMember::start().await);
        let gate = StubGateway::start(opener(&[&first, &second])).await;
        let (_control, addr) = associate(&gate, 0).await;
        let socket = own_socket().await;
        ask(&socket, addr, &echo.addr.into(), b"one").await;
        assert_eq!((first.server.accepted(), second.server.accepted()), (1, 0));
        drop(first.server);
        assert_eq!(ask(&socket, addr, &echo.addr.into(), b"two").await, datagram(&echo.addr.into(), b"two"));
        assert_eq!(second.server.accepted(), 1);
    }

    #[tokio::test]
    async fn the_association_ends_with_its_connection() {
        let echo = Echo::start().await;
        let member = StubMember::start().await;
        let gate = StubGateway::start(opener(&[&member])).await;
        let (control, addr) = associate(&gate, 0).await;
        ask(&own_socket().await, addr, &echo.addr.into(), b"one").await;
        drop(control);
        within(async {
            while member.upstream.meter.active() > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}
