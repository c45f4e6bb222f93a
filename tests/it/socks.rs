//! A small SOCKS5 client (RFC 1928, 1929) that reports the server's answers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use sluice::model::{Login, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::counterparts::V4;

/// Why a server refused.
#[derive(Debug)]
pub enum Refusal {
    /// It accepts none of the offered authentication methods.
    Method,
    /// It rejects the login.
    Login,
    /// It answered the request with this reply code.
    Reply(u8),
    /// The connection broke.
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A SOCKS5 server, as its client sees it.
#[derive(Clone, Debug)]
pub struct Socks {
    pub addr: SocketAddr,
    pub login: Option<Login>,
}

const CONNECT: u8 = 1;
const UDP_ASSOCIATE: u8 = 3;

impl Socks {
    /// A server without authentication.
    pub fn open(addr: SocketAddr) -> Self {
        Self { addr, login: None }
    }

    /// A server with this login.
    pub fn with_login(addr: SocketAddr, login: Login) -> Self {
        Self { addr, login: Some(login) }
    }

    /// Connects to `target` and waits for the answer to each step, as most clients do.
    pub async fn connect(&self, target: &Target) -> Result<TcpStream, Refusal> {
        let (stream, _) = self.stepwise(CONNECT, target).await?;
        Ok(stream)
    }

    /// Connects with greeting, login, request and `payload` in one write.
    pub async fn connect_pipelined(&self, target: &Target, payload: &[u8]) -> Result<TcpStream, Refusal> {
        let mut stream = self.dial().await?;
        let all = [self.greeting(), self.login_request(), request(CONNECT, target), payload.to_vec()].concat();
        stream.write_all(&all).await?;
        self.read_choice(&mut stream).await?;
        self.read_login_result(&mut stream).await?;
        read_reply(&mut stream).await?;
        Ok(stream)
    }

    /// Opens a UDP association.
    pub async fn associate(&self) -> Result<Association, Refusal> {
        let anywhere = Target::Address(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0));
        let (control, relay) = self.stepwise(UDP_ASSOCIATE, &anywhere).await?;
        let socket = UdpSocket::bind((V4, 0)).await?;
        Ok(Association { control, socket, relay })
    }

    async fn stepwise(&self, command: u8, target: &Target) -> Result<(TcpStream, SocketAddr), Refusal> {
        let mut stream = self.dial().await?;
        stream.write_all(&self.greeting()).await?;
        self.read_choice(&mut stream).await?;
        stream.write_all(&self.login_request()).await?;
        self.read_login_result(&mut stream).await?;
        stream.write_all(&request(command, target)).await?;
        let bound = read_reply(&mut stream).await?;
        Ok((stream, bound))
    }

    async fn dial(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(self.addr).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn greeting(&self) -> Vec<u8> {
        vec![5, 1, if self.login.is_some() { 2 } else { 0 }]
    }

    fn login_request(&self) -> Vec<u8> {
        let Some(login) = &self.login else { return Vec::new() };
        let password = login.password.expose();
        let mut request = vec![1, login.user.len() as u8];
        request.extend(login.user.as_bytes());
        request.push(password.len() as u8);
        request.extend(password.as_bytes());
        request
    }

    async fn read_choice(&self, stream: &mut TcpStream) -> Result<(), Refusal> {
        let mut choice = [0; 2];
        stream.read_exact(&mut choice).await?;
        let wanted = if self.login.is_some() { 2 } else { 0 };
        if choice == [5, wanted] { Ok(()) } else { Err(Refusal::Method) }
    }

    async fn read_login_result(&self, stream: &mut TcpStream) -> Result<(), Refusal> {
        if self.login.is_none() {
            return Ok(());
        }
        let mut result = [0; 2];
        stream.read_exact(&mut result).await?;
        if result == [1, 0] { Ok(()) } else { Err(Refusal::Login) }
    }
}

/// A UDP association; dropping it ends it.
pub struct Association {
    pub control: TcpStream,
    pub socket: UdpSocket,
    pub relay: SocketAddr,
}

impl Association {
    /// Sends one datagram to `target`.
    pub async fn send(&self, target: &Target, payload: &[u8]) -> io::Result<()> {
        self.socket.send_to(&packet(0, target, payload), self.relay).await.map(drop)
    }

    /// The next datagram: who sent it, and its payload.
    pub async fn receive(&self) -> io::Result<(Target, Vec<u8>)> {
        let mut packet = vec![0; 65536];
        let length = self.socket.recv(&mut packet).await?;
        let mut rest = &packet[..length];
        let mut head = [0; 3];
        rest.read_exact(&mut head).await?;
        assert_eq!(head, [0, 0, 0], "reserved bytes and FRAG are zero");
        let from = decode(&mut rest).await?;
        Ok((from, rest.to_vec()))
    }
}

/// A datagram as it is sent to the relay.
pub fn packet(fragment: u8, target: &Target, payload: &[u8]) -> Vec<u8> {
    [&[0, 0, fragment][..], &encode(target), payload].concat()
}

fn request(command: u8, target: &Target) -> Vec<u8> {
    [&[5, command, 0][..], &encode(target)].concat()
}

fn encode(target: &Target) -> Vec<u8> {
    let mut bytes = match target {
        Target::Address(SocketAddr::V4(addr)) => [&[1][..], &addr.ip().octets()].concat(),
        Target::Address(SocketAddr::V6(addr)) => [&[4][..], &addr.ip().octets()].concat(),
        Target::Name(name, _) => [&[3, name.len() as u8][..], name.as_bytes()].concat(),
    };
    bytes.extend(target.port().to_be_bytes());
    bytes
}

async fn decode(from: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Target> {
    match from.read_u8().await? {
        1 => {
            let ip = Ipv4Addr::from(from.read_u32().await?);
            Ok(Target::Address(SocketAddr::new(ip.into(), from.read_u16().await?)))
        }
        4 => {
            let ip = Ipv6Addr::from(from.read_u128().await?);
            Ok(Target::Address(SocketAddr::new(ip.into(), from.read_u16().await?)))
        }
        _ => {
            let mut name = vec![0; usize::from(from.read_u8().await?)];
            from.read_exact(&mut name).await?;
            let name = String::from_utf8(name).map_err(io::Error::other)?;
            Ok(Target::Name(name.into(), from.read_u16().await?))
        }
    }
}

async fn read_reply(stream: &mut TcpStream) -> Result<SocketAddr, Refusal> {
    let mut head = [0; 3];
    stream.read_exact(&mut head).await?;
    let bound = decode(stream).await?;
    match (head[1], bound) {
        (0, Target::Address(bound)) => Ok(bound),
        (0, Target::Name(..)) => Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0)),
        (code, _) => Err(Refusal::Reply(code)),
    }
}
