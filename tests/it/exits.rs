//! An engine with three nodes, whose servers tell which of them a request has come through.

use std::process::{Command, Stdio};

use sluice::model::Settings;

use crate::counterparts::{Origin, SocksServer, V4};
use crate::engine::{Engine, Setup};

/// A GET of `curl`: its status, and the text of the answer.
pub fn get(proxy: &str, url: &str) -> (String, String) {
    let mut curl = Command::new("curl");
    curl.args(["-q", "-s", "-w", "\n%{http_code}", "--max-time", "20", "-x", proxy, url]);
    let output = curl.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (text, status) = text.rsplit_once('\n').unwrap();
    (status.into(), text.into())
}

/// Three nodes, of which two are in the pool. Connections without a pin or a door use the first.
pub struct Exits {
    pub origin: Origin,
    pub servers: [SocksServer; 3],
    pub engine: Engine,
}

impl Exits {
    /// Starts the nodes with these names; load balancing does not use the `excluded` one.
    pub fn start(names: [&str; 3], excluded: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let (origin, servers) = (Origin::start(V4), [(); 3].map(|()| SocksServer::start()));
        let engine = Setup::new(&origin, change).start();
        let nodes: Vec<_> = servers.iter().zip(names).map(|(server, name)| server.node(name)).collect();
        engine.import(&nodes);
        engine.run_ok(&["node", "exclude", excluded]);
        engine.cluster_on(2, "failover");
        Self { origin, servers, engine }
    }

    /// The address of a page of a host.
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/headers", self.origin.addr.port())
    }

    /// The server that got a request for this host through this proxy, by number, and the status.
    pub fn exit(&self, proxy: &str, host: &str) -> (Option<usize>, String) {
        self.servers.iter().for_each(SocksServer::clear_requests);
        let (status, _) = get(proxy, &self.url(host));
        let exit = self.servers.iter().position(|server| server.requested_hosts().iter().any(|asked| asked == host));
        (exit, status)
    }

    /// The server that got a request for this host through the gateway; none if no server did.
    pub fn server_for(&self, host: &str) -> Option<usize> {
        self.exit(&format!("http://{}", self.engine.gateway()), host).0
    }
}
