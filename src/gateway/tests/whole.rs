//! A whole gateway with members of which some misbehave.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio_socks::tcp::Socks5Stream;

use super::stub::{Behavior, LIMIT, StubMember, TcpServer, within};
use crate::gateway::{self, Config, ConnectionTracker, Handle, RelayAddress, ServingThread, Totals, Wiring};
use crate::model::outcome::Signal;
use crate::model::{Outcome, Roster, Strategy};

/// The configuration of gateways in tests.
pub(in crate::gateway) fn config() -> Config {
    Config {
        strategy: Strategy::Failover,
        login: None,
        max_connections: 64,
        handshake_limit: LIMIT,
        connect_limit: LIMIT,
        idle_limit: None,
        serves_script: true,
        udp_relay: RelayAddress::default(),
        pins: Arc::default(),
        learns: true,
        doors: Arc::default(),
    }
}

/// A gateway with its members.
pub(in crate::gateway) struct TestGateway {
    pub(in crate::gateway) handle: Handle,
    pub(in crate::gateway) members: Vec<StubMember>,
    pub(in crate::gateway) totals: Arc<Totals>,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only tests of handed connections read it"))]
    pub(in crate::gateway) tracker: Arc<ConnectionTracker>,
    pub(in crate::gateway) outcomes: mpsc::Receiver<Outcome>,
    roster: watch::Sender<Arc<Roster>>,
}

impl TestGateway {
    /// A gateway with members of these behaviors, tried in this order.
    pub(in crate::gateway) async fn over(behaviors: &[Behavior]) -> Self {
        let mut members = Vec::new();
        for behavior in behaviors {
            members.push(StubMember::that(*behavior).await);
        }
        Self::of(members)
    }

    /// A gateway over these members, asked in this order.
    pub(in crate::gateway) fn of(members: Vec<StubMember>) -> Self {
        let (roster, published) = watch::channel(Arc::new(Roster::default()));
        let (outcomes_tx, outcomes) = mpsc::channel(64);
        let (reports, _unread) = mpsc::channel(1);
        let totals = Arc::new(Totals::default());
        let bound = gateway::bind(&ServingThread::current(), "127.0.0.1:0".parse().unwrap()).unwrap();
        let tracker = Arc::new(ConnectionTracker::default());
        let wiring = Wiring {
            totals: Arc::clone(&totals),
            tracker: Arc::clone(&tracker),
            sites: Arc::default(),
            outcomes: outcomes_tx,
            reports,
        };
        let handle = gateway::spawn(bound, config(), published, wiring);
        let gateway = Self { handle, members, totals, tracker, outcomes, roster };
        gateway.publish(&(0..gateway.members.len()).collect::<Vec<_>>(), &[]);
        gateway
    }

    /// Publishes which members take connections and which keep theirs, by their position.
    pub(in crate::gateway) fn publish(&self, upstreams: &[usize], draining: &[usize]) {
        let upstream = |member: &usize| Arc::clone(&self.members[*member].upstream);
        let draining = draining.iter().map(|member| upstream(member).id.clone()).collect();
        let upstreams = upstreams.iter().map(upstream).collect();
        self.roster.send_replace(Arc::new(Roster { upstreams, draining }));
    }

    /// A client's connection to a server.
    pub(in crate::gateway) async fn tunnel(&self, server: &TcpServer) -> TcpStream {
        let target = server.named("site");
        within(Socks5Stream::connect(self.handle.addr(), target)).await.unwrap().into_inner()
    }

    /// The outcomes that the gateway has reported, by the members' positions.
    pub(in crate::gateway) fn outcomes(&mut self) -> Vec<(usize, Signal)> {
        let mut told = Vec::new();
        while let Ok(Outcome { id, signal }) = self.outcomes.try_recv() {
            told.push((self.members.iter().position(|member| member.upstream.id == id).unwrap(), signal));
        }
        told
    }
}
