//! Echo servers over TCP and UDP.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use super::Background;

/// Echoes every byte at once; closes when its client does.
pub struct TcpEcho {
    pub addr: SocketAddr,
    service: Background,
}

impl TcpEcho {
    pub fn start(ip: IpAddr) -> Self {
        let (service, addr) = serve_tcp(ip, |mut stream| async move {
            let (mut from, mut to) = stream.split();
            tokio::io::copy(&mut from, &mut to).await?;
            to.shutdown().await
        });
        Self { addr, service }
    }
}

/// Reads until its client's end of stream, and only then sends everything back.
pub struct HalfCloseEcho {
    pub addr: SocketAddr,
    service: Background,
}

impl HalfCloseEcho {
    pub fn start(ip: IpAddr) -> Self {
        let (service, addr) = serve_tcp(ip, |mut stream| async move {
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await?;
            stream.write_all(&all).await?;
            stream.shutdown().await
        });
        Self { addr, service }
    }
}

/// Sends a greeting before it reads anything, as mail, FTP and SSH servers do, and then echoes.
pub struct Greeter {
    pub addr: SocketAddr,
    service: Background,
}

impl Greeter {
    /// What it sends first.
    pub const GREETING: &'static [u8] = b"220 ready\r\n";

    pub fn start(ip: IpAddr) -> Self {
        let (service, addr) = serve_tcp(ip, |mut stream| async move {
            stream.write_all(Self::GREETING).await?;
            let (mut from, mut to) = stream.split();
            tokio::io::copy(&mut from, &mut to).await?;
            to.shutdown().await
        });
        Self { addr, service }
    }
}

/// Sends every datagram back to its sender.
pub struct UdpEcho {
    pub addr: SocketAddr,
    seen: Arc<AtomicUsize>,
    service: Background,
}

impl UdpEcho {
    pub fn start(ip: IpAddr) -> Self {
        let seen = Arc::new(AtomicUsize::new(0));
        let count = seen.clone();
        let open = async move {
            let socket = UdpSocket::bind((ip, 0)).await.unwrap();
            let addr = socket.local_addr().unwrap();
            (socket, addr)
        };
        let (service, addr) = Background::start(open, async move |socket| {
            let mut datagram = vec![0; 65536];
            loop {
                let Ok((length, from)) = socket.recv_from(&mut datagram).await else { continue };
                count.fetch_add(1, Ordering::Relaxed);
                socket.send_to(&datagram[..length], from).await.ok();
            }
        });
        Self { addr, seen, service }
    }

    /// How many datagrams have arrived.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }
}

/// Accepts connections until stopped and passes each to `serve`.
pub fn serve_tcp<F, S>(ip: IpAddr, serve: F) -> (Background, SocketAddr)
where
    F: Fn(TcpStream) -> S + Send + 'static,
    S: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let open = async move {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        (listener, addr)
    };
    Background::start(open, async move |listener: TcpListener| {
        let mut connections = JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            stream.set_nodelay(true).ok();
            connections.spawn(serve(stream));
            while connections.try_join_next().is_some() {}
        }
    })
}
