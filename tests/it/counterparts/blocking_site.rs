//! A web site that does not serve the clients of some nodes: it resets their TLS connections after the ClientHello, or
//! answers their plain requests with 403.
//!
//! It listens on all loopback addresses. Nodes that resolve its name to different ones ([`NameResolution::Loopback`])
//! have different exits as it sees them.
//!
//! [`NameResolution::Loopback`]: super::NameResolution::Loopback

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};

use super::Background;
use super::echo::serve_tcp;

/// A running site, stopped on drop. It serves HTTPS and HTTP at the same port.
pub struct BlockingSite {
    pub port: u16,
    log: Arc<Mutex<SiteLog>>,
    _service: Background,
}

#[derive(Default)]
struct SiteLog {
    blocked: BTreeSet<IpAddr>,
    /// The exits of all connections, in order.
    exits: Vec<IpAddr>,
}

impl BlockingSite {
    /// Starts one that blocks nobody.
    pub fn start() -> Self {
        let certified = rcgen::generate_simple_self_signed(["site.test".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certified.cert.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let log = Arc::<Mutex<SiteLog>>::default();
        let seen = Arc::clone(&log);
        let everywhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let (service, addr) = serve_tcp(everywhere, move |stream| serve(stream, acceptor.clone(), Arc::clone(&seen)));
        Self { port: addr.port(), log, _service: service }
    }

    /// Blocks these exits from now on.
    pub fn block(&self, exits: &[IpAddr]) {
        self.log.lock().unwrap().blocked = exits.iter().copied().collect();
    }

    /// The exits of all connections since the last call, in order.
    pub fn take_exits(&self) -> Vec<IpAddr> {
        std::mem::take(&mut self.log.lock().unwrap().exits)
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, log: Arc<Mutex<SiteLog>>) -> io::Result<()> {
    let exit = stream.local_addr()?.ip();
    let mut first = [0];
    stream.peek(&mut first).await?;
    let is_blocked = {
        let mut log = log.lock().unwrap();
        log.exits.push(exit);
        log.blocked.contains(&exit)
    };
    match (first[0], is_blocked) {
        // The first byte of a TLS handshake.
        (22, true) => SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO)),
        (22, false) => answer(acceptor.accept(stream).await?, "200 OK").await,
        (_, true) => answer(stream, "403 Forbidden").await,
        (_, false) => answer(stream, "200 OK").await,
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, status: &str) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let page = format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    stream.write_all(page.as_bytes()).await?;
    stream.shutdown().await
}
