//! A TCP proxy in front of a server that injects faults. The fault can be changed while it runs and
//! affects open connections too.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Background, START_LIMIT, V4, eventually};

/// The fault that a hop injects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// None: bytes are forwarded.
    None,
    /// The port is closed: new connections are refused. Open connections continue.
    Refuse,
    /// Connections are reset: new ones after they are accepted, open ones at once.
    Reset,
    /// Connections are accepted and what is sent is discarded; nothing comes back. Open ones too.
    BlackHole,
    /// The first bytes are read, then the connection is closed without an answer.
    CloseAfterRequest,
    /// Each connection returns this many bytes, counted from its start, and then stalls.
    Stall(u64),
    /// Each chunk that comes back is delayed by this long.
    Delay(Duration),
}

impl Fault {
    fn stalls(self, back: u64) -> bool {
        matches!(self, Self::Stall(most) if back >= most)
    }

    /// How much of `most` bytes comes back at once, after `back` bytes.
    fn room(self, back: u64, most: usize) -> usize {
        match self {
            Self::Stall(all) => usize::try_from(all.saturating_sub(back)).unwrap_or(most).min(most),
            Self::None | Self::Refuse | Self::Reset | Self::BlackHole | Self::CloseAfterRequest | Self::Delay(_) => {
                most
            }
        }
    }
}

/// A running hop, stopped on drop.
pub struct Hop {
    /// The address it listens on.
    pub addr: SocketAddr,
    fault: watch::Sender<Fault>,
    applied: Arc<watch::Sender<Fault>>,
    accepted: Arc<AtomicUsize>,
    service: Background,
}

impl Hop {
    /// A hop that forwards to `target`, without a fault.
    pub fn to(target: SocketAddr) -> Self {
        let (fault, requested) = watch::channel(Fault::None);
        let applied = Arc::new(watch::Sender::new(Fault::None));
        let accepted = Arc::new(AtomicUsize::new(0));
        let open = async {
            let listener = listen(SocketAddr::new(V4, 0)).expect("loopback has a free port");
            let addr = listener.local_addr().expect("a bound socket has an address");
            (listener, addr)
        };
        let (in_force, count) = (applied.clone(), accepted.clone());
        let (service, addr) =
            Background::start(open, async move |listener| run(listener, target, requested, &in_force, &count).await);
        Self { addr, fault, applied, accepted, service }
    }

    /// Injects a fault from now on; returns when it is in force.
    pub fn set(&self, fault: Fault) {
        Self::set_all([self], fault);
    }

    /// Injects a fault into several hops at the same time; returns when it is in force everywhere.
    pub fn set_all<'a>(hops: impl IntoIterator<Item = &'a Self>, fault: Fault) {
        let hops: Vec<_> = hops.into_iter().collect();
        for hop in &hops {
            hop.fault.send_replace(fault);
        }
        for hop in hops {
            assert!(eventually(START_LIMIT, || *hop.applied.borrow() == fault), "the hop applies the fault");
        }
    }

    /// How many connections it has accepted so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

async fn run(
    listener: TcpListener,
    target: SocketAddr,
    mut requested: watch::Receiver<Fault>,
    applied: &watch::Sender<Fault>,
    accepted: &AtomicUsize,
) {
    let addr = listener.local_addr().expect("a bound socket has an address");
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        let fault = *requested.borrow_and_update();
        match fault {
            Fault::Refuse => listener = None,
            Fault::None
            | Fault::Reset
            | Fault::BlackHole
            | Fault::CloseAfterRequest
            | Fault::Stall(_)
            | Fault::Delay(_) => {
                if listener.is_none() {
                    listener = Some(listen(addr).expect("the hop's port is still free"));
                }
            }
        }
        applied.send_replace(fault);
        tokio::select! {
            changed = requested.changed() => if changed.is_err() { return },
            Some(stream) = accept(listener.as_ref()) => {
                accepted.fetch_add(1, Ordering::SeqCst);
                connections.spawn(carry(stream, target, requested.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.ok().map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

/// Listens with SO_REUSEADDR, so that the port can be reused while old connections are still closing.
fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(1024)
}

async fn carry(mut near: TcpStream, target: SocketAddr, mut requested: watch::Receiver<Fault>) -> io::Result<()> {
    near.set_nodelay(true)?;
    let mut far: Option<TcpStream> = None;
    let mut request = vec![0; 64 * 1024];
    let mut answer = vec![0; 64 * 1024];
    let (mut near_open, mut far_open) = (true, true);
    let mut back = 0;
    loop {
        let fault = *requested.borrow_and_update();
        match fault {
            Fault::Reset => return reset(&near, far.as_ref()),
            Fault::BlackHole => {
                discard(&mut near, &mut requested).await?;
                continue;
            }
            Fault::CloseAfterRequest => {
                let _taken = near.read(&mut request).await?;
                return near.shutdown().await;
            }
            Fault::None | Fault::Refuse | Fault::Stall(_) | Fault::Delay(_) => {}
        }
        let far = match &mut far {
            Some(far) => far,
            None => far.insert(TcpStream::connect(target).await?),
        };
        tokio::select! {
            read = near.read(&mut request), if near_open => match read {
                Ok(0) => { near_open = false; far.shutdown().await?; }
                Ok(length) => far.write_all(&request[..length]).await?,
                Err(_) => return reset(&near, Some(far)),
            },
            read = far.read(&mut answer[..fault.room(back, 64 * 1024)]), if far_open && !fault.stalls(back) => {
                if let Fault::Delay(time) = fault { tokio::time::sleep(time).await; }
                match read {
                    Ok(0) => { far_open = false; near.shutdown().await?; }
                    Ok(length) => {
                        near.write_all(&answer[..length]).await?;
                        back += length as u64;
                    }
                    Err(_) => return reset(&near, Some(far)),
                }
            },
            changed = requested.changed() => if changed.is_err() { return Ok(()) },
            else => return Ok(()),
        }
        if !near_open && !far_open {
            return Ok(());
        }
    }
}

/// Reads and discards until the fault changes or the client closes.
async fn discard(near: &mut TcpStream, requested: &mut watch::Receiver<Fault>) -> io::Result<()> {
    let mut lost = vec![0; 64 * 1024];
    loop {
        tokio::select! {
            read = near.read(&mut lost) => if read? == 0 { return Err(io::ErrorKind::UnexpectedEof.into()) },
            changed = requested.changed() => {
                return changed.map_err(|_| io::ErrorKind::BrokenPipe.into());
            }
        }
    }
}

fn reset(near: &TcpStream, far: Option<&TcpStream>) -> io::Result<()> {
    near.set_zero_linger()?;
    far.map_or(Ok(()), TcpStream::set_zero_linger)
}
