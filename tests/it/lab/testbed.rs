//! Five nodes, each an SS server behind a hop, and what can be done to them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sluice::model::{Node, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::counterparts::{Background, EmbeddedServer, Fault, Hop, Names, Origin, TlsServer, V4, serve_tcp};
use crate::engine::{Engine, Setup};
use crate::gateway::named;

/// How many nodes there are.
pub const NODES: usize = 5;

/// What happens to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its port is closed.
    Refuses,
    /// It resets what it has accepted.
    Resets,
    /// It accepts and stays silent.
    BlackHole,
    /// It closes after the first bytes, without an answer.
    ClosesAfterRequest,
    /// Connections carry this many bytes back, then nothing more.
    Stalls(u64),
    /// Whatever comes back comes two seconds late.
    Slow,
    /// The page of the checks comes through, nothing else does.
    ProbesOnly,
    /// Every page is a redirect to a login page.
    LoginPage,
}

/// The set-up of an experiment.
pub struct Bench {
    pub engine: Engine,
    pub origin: Arc<Origin>,
    pub tls: Arc<TlsServer>,
    nodes: Vec<(EmbeddedServer, Hop)>,
    login_page: (Background, SocketAddr),
}

impl Bench {
    /// A cluster of `size` over five nodes, all of them well.
    pub fn with_cluster_of(size: usize) -> Self {
        Self::with(size, |_| {})
    }

    /// The same with other settings.
    pub fn with(size: usize, change: impl FnOnce(&mut Settings)) -> Self {
        let origin = Arc::new(Origin::start(V4));
        let nodes: Vec<_> = (0..NODES)
            .map(|_| {
                let server = EmbeddedServer::start("aes-256-gcm");
                let hop = Hop::to(server.addr);
                (server, hop)
            })
            .collect();
        let login_page = serve_tcp(V4, |mut stream| async move {
            stream.read_u8().await?;
            stream.write_all(b"HTTP/1.0 302 Found\r\nLocation: http://login.test/\r\n\r\n").await?;
            stream.shutdown().await
        });
        let port = origin.addr.port();
        let setup = Setup::new(&origin, |settings| {
            settings.health.urls =
                vec![format!("http://probe.test:{port}/204"), format!("http://probe.test:{port}/bytes/10")];
            settings.health.limit_s = 3;
            change(settings);
        });
        let engine = setup.start();
        let links: Vec<Node> = (0..NODES)
            .map(|index| {
                let mut node = named(&name(index), nodes[index].0.node());
                node.port = nodes[index].1.addr.port();
                node
            })
            .collect();
        engine.import(&links);
        engine.cluster_on(size, "sticky");
        Self { engine, origin, tls: Arc::new(TlsServer::start()), nodes, login_page }
    }

    /// Makes trouble for the first `count` nodes.
    pub fn make(&self, trouble: Trouble, count: usize) {
        for (server, hop) in &self.nodes[..count] {
            match trouble {
                Trouble::Refuses => hop.set(Fault::Refuse),
                Trouble::Resets => hop.set(Fault::Reset),
                Trouble::BlackHole => hop.set(Fault::BlackHole),
                Trouble::ClosesAfterRequest => hop.set(Fault::CloseAfterRequest),
                Trouble::Stalls(bytes) => hop.set(Fault::Stall(bytes)),
                Trouble::Slow => hop.set(Fault::Delay(Duration::from_secs(2))),
                Trouble::ProbesOnly => server.resolve(Names::Only("probe.test")),
                Trouble::LoginPage => server.resolve(Names::All(self.login_page.1)),
            }
        }
    }

    /// Ends all trouble.
    pub fn mend(&self) {
        for (server, hop) in &self.nodes {
            hop.set(Fault::None);
            server.resolve(Names::AsAsked);
        }
    }
}

/// What the node of this number is called.
pub fn name(index: usize) -> String {
    format!("node-{index}")
}
