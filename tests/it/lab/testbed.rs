//! Five nodes, each a Shadowsocks server behind a hop, and the faults that can be injected.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sluice::model::{Node, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::counterparts::{Background, EmbeddedServer, Fault, Hop, NameResolution, Origin, TlsServer, V4, serve_tcp};
use crate::engine::{Engine, Setup};
use crate::gateway::named;

/// The number of nodes.
pub const NODES: usize = 5;

/// A fault of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeFault {
    /// Its port is closed.
    Refuses,
    /// It resets what it has accepted.
    Resets,
    /// It accepts and stays silent.
    BlackHole,
    /// It closes after the first bytes without an answer.
    ClosesAfterRequest,
    /// Each connection returns this many bytes, then stalls.
    Stalls(u64),
    /// Everything comes back two seconds late.
    Slow,
    /// Only the page of the health checks loads.
    ProbesOnly,
    /// Every page is a redirect to a login page.
    LoginPage,
}

/// The engine, the nodes and what clients fetch through them.
pub struct Testbed {
    pub engine: Engine,
    pub origin: Arc<Origin>,
    pub tls: Arc<TlsServer>,
    nodes: Vec<(EmbeddedServer, Hop)>,
    login_page: (Background, SocketAddr),
}

impl Testbed {
    /// A cluster of `size` members out of five nodes, without faults.
    pub fn with_cluster_of(size: usize) -> Self {
        Self::with(size, |_| {})
    }

    /// The same with other settings.
    pub fn with(size: usize, change: impl FnOnce(&mut Settings)) -> Self {
        Self::within(|setup| setup, size, change)
    }

    /// The same in another environment.
    pub fn within(environment: impl FnOnce(Setup) -> Setup, size: usize, change: impl FnOnce(&mut Settings)) -> Self {
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
        let engine = environment(setup).start();
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

    /// Injects a fault into the first `count` nodes.
    pub fn inject(&self, fault: NodeFault, count: usize) {
        self.inject_into(fault, 0..count);
    }

    /// Injects a fault into these nodes.
    pub fn inject_into(&self, fault: NodeFault, nodes: impl IntoIterator<Item = usize>) {
        for (server, hop) in nodes.into_iter().map(|index| &self.nodes[index]) {
            match fault {
                NodeFault::Refuses => hop.set(Fault::Refuse),
                NodeFault::Resets => hop.set(Fault::Reset),
                NodeFault::BlackHole => hop.set(Fault::BlackHole),
                NodeFault::ClosesAfterRequest => hop.set(Fault::CloseAfterRequest),
                NodeFault::Stalls(bytes) => hop.set(Fault::Stall(bytes)),
                NodeFault::Slow => hop.set(Fault::Delay(Duration::from_secs(2))),
                NodeFault::ProbesOnly => server.set_name_resolution(NameResolution::Only("probe.test")),
                NodeFault::LoginPage => server.set_name_resolution(NameResolution::AllTo(self.login_page.1)),
            }
        }
    }

    /// Clears all faults.
    pub fn clear_faults(&self) {
        for (server, hop) in &self.nodes {
            hop.set(Fault::None);
            server.set_name_resolution(NameResolution::System);
        }
    }
}

/// The name of the node with this index.
pub fn name(index: usize) -> String {
    format!("node-{index}")
}
