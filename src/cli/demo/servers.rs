//! The demo's Shadowsocks servers, which can be killed, and its web page.

use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::thread::JoinHandle;

use rand::distr::{Alphanumeric, SampleString};
use shadowsocks::config::ServerConfig;
use shadowsocks::crypto::CipherKind;
use shadowsocks_service::server::ServerBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::super::exit::CliError;
use crate::model::{Fault, FaultCode, Kind, Node, NodeId};
use crate::os::accept::accept;

/// Names of the servers.
const NAMES: [&str; 8] = ["Tokyo", "Osaka", "Singapore", "Frankfurt", "Amsterdam", "Toronto", "Sydney", "Lima"];

const METHOD: CipherKind = CipherKind::AES_256_GCM;

/// The page: small, like most responses.
pub(super) const BODY: &str = "You are looking at a page behind Sluice.\n";

/// Shadowsocks servers in this process, each on a thread and a runtime of its own. Dropping one closes all its sockets,
/// which looks like a crash from outside.
pub(super) struct DemoServers(Vec<DemoServer>);

struct DemoServer {
    node: Node,
    thread: Option<ServerThread>,
}

struct ServerThread {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl DemoServers {
    /// Starts `count` servers on free ports.
    pub(super) fn start(count: usize) -> Result<Self, CliError> {
        (0..count).map(|nth| DemoServer::start(NAMES[nth % NAMES.len()])).collect::<Result<_, _>>().map(Self)
    }

    /// The nodes of the servers.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.0.iter().map(|server| &server.node)
    }

    /// Kills the server behind a node, with every connection it has.
    pub(super) fn kill(&mut self, id: &NodeId) {
        self.0.iter_mut().filter(|server| server.node.id() == *id).for_each(DemoServer::kill);
    }
}

impl DemoServer {
    fn start(name: &str) -> Result<Self, CliError> {
        let password = Alphanumeric.sample_string(&mut rand::rng(), 24);
        let port = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let config = ServerConfig::new(addr, password.clone(), METHOD).map_err(|error| CliError::of(&error))?;
        let (stop, stopped) = oneshot::channel();
        let (ready, opened) = std::sync::mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                let built = ServerBuilder::new(config).build().await;
                // A failure closes the channel, which the caller notices.
                let Ok(server) = built else { return drop(ready) };
                let _gone = ready.send(());
                tokio::select! {
                    _ended = server.run() => {}
                    _killed = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        opened.recv().map_err(|_| CliError::Fault(Fault::new(FaultCode::CannotListen, addr.to_string())))?;
        let kind = Kind::Ss { method: METHOD.to_string(), password: password.into(), plugin: None };
        let node = Node::new(name, addr.ip().to_string(), port, kind);
        Ok(Self { node, thread: Some(ServerThread { stop, thread }) })
    }

    fn kill(&mut self) {
        let Some(ServerThread { stop, thread }) = self.thread.take() else { return };
        // It may have stopped already.
        let _ended = stop.send(());
        let _panicked = thread.join();
    }
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A web page on loopback.
pub(super) struct WebPage {
    pub(super) addr: SocketAddr,
    _serving: JoinSet<()>,
}

impl WebPage {
    pub(super) async fn open() -> Result<Self, CliError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((client, _)) = accept(&listener).await {
                clients.spawn(serve(client));
                while clients.try_join_next().is_some() {}
            }
        });
        Ok(Self { addr, _serving: serving })
    }
}

async fn serve(mut client: TcpStream) {
    let mut request = [0; 2_048];
    let length = BODY.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{BODY}");
    // The demo's clients send a request in one write. A client that has disconnected is not an error.
    if client.read(&mut request).await.is_ok_and(|length| length > 0) {
        let _left = client.write_all(answer.as_bytes()).await;
    }
}
