//! The route of a connection by the rules: through a member, direct, or blocked.
//!
//! It is decided between the handshake and the selection of a member. Without rules, the usual case, it costs one read
//! of a pointer. A direct connection is opened from this machine and is not watched: no member is responsible for it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;

use super::client_reach::ClientReach;
use super::connect_request::ConnectRequest;
use super::connections::Registered;
use super::connections::tracker::{CarrierChoice, Tracked};
use super::open::{OpenError, Opened, Opener};
use super::selected::SelectedBy;
use crate::model::connection::ClientProtocol;
use crate::model::route::RouteDecision;
use crate::model::{Route, Target};
use crate::os::{self, network};

/// The outbound of an open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outbound {
    /// Through a member.
    Pool,
    /// From this machine.
    Direct,
}

impl Opener {
    /// The route of a request by rules, doors and pins; notes what selects its members.
    pub(super) async fn decide(&self, request: &mut ConnectRequest, url: Option<&str>) -> RouteDecision {
        let ruled = self.ruled(&request.target, url);
        if let Some(door) = self.door(request.user.as_deref()) {
            let decision = door.decide(ruled);
            request.selected = Some(Arc::new(SelectedBy::Door(door)));
            return decision;
        }
        let limits = self.state().limits();
        let pins = &limits.pins;
        if pins.is_empty() {
            return ruled;
        }
        let program = if pins.needs_program(ruled, &request.target) { self.program().await } else { None };
        let (decision, pin) = pins.decide(ruled, &request.target, program.as_deref());
        request.selected = pin.cloned().map(|pin| Arc::new(SelectedBy::Pin(pin)));
        decision
    }

    /// The route to a target by the rules alone.
    fn ruled(&self, target: &Target, url: Option<&str>) -> RouteDecision {
        let routing = self.state().routing();
        let unruled = RouteDecision { route: Route::Pool, rule: None };
        routing.routes.as_ref().map_or(unruled, |routes| routes.decide(target, url))
    }

    /// The route of a request of which the whole URL is known.
    pub(super) async fn decide_for_url(
        &self,
        request: &mut ConnectRequest,
        url: impl FnOnce() -> String,
    ) -> RouteDecision {
        // Building the URL is not free.
        let url = self.state().routing().routes.is_some().then(url);
        self.decide(request, url.as_deref()).await
    }

    /// Opens a connection by rules, doors and pins.
    pub(super) async fn open_by_rules(
        &self,
        request: &mut ConnectRequest,
        protocol: ClientProtocol,
    ) -> Result<(Opened, Outbound), OpenError> {
        let decision = self.decide(request, None).await;
        if decision.route == Route::Pool {
            self.note_site(request).await;
        }
        let request = &*request;
        let tracked = self.track(request, protocol, decision);
        let opened = async {
            let outbound = Outbound::of(decision.route)?;
            Ok((self.open_via(outbound, request, &tracked).await?, outbound))
        };
        opened.await.inspect_err(|error: &OpenError| tracked.set_end(error.end()))
    }

    /// Opens a connection by this route.
    pub(super) async fn open_via(
        &self,
        outbound: Outbound,
        request: &ConnectRequest,
        tracked: &Tracked,
    ) -> Result<Opened, OpenError> {
        match outbound {
            Outbound::Pool => self.open(request, tracked, &[]).await,
            Outbound::Direct => self.open_direct(&request.target, tracked).await,
        }
    }

    async fn open_direct(&self, target: &Target, tracked: &Tracked) -> Result<Opened, OpenError> {
        let state = self.shared();
        let counted = state.direct.meter.open();
        let connected = tokio::time::timeout(state.limits().connect, connect(target, self.reach())).await;
        let stream = connected.unwrap_or_else(|_| Err(OpenError::Direct(io::ErrorKind::TimedOut.into())))?;
        let registered = Registered::new(Arc::clone(state), Arc::clone(&state.direct), counted, tracked.clone());
        registered.set_carrier(CarrierChoice::Direct);
        Ok(Opened { stream, registered })
    }
}

impl Outbound {
    /// The outbound of a route.
    ///
    /// # Errors
    /// It blocks the target.
    pub(super) fn of(route: Route) -> Result<Self, OpenError> {
        match route {
            Route::Pool => Ok(Self::Pool),
            Route::Direct => Ok(Self::Direct),
            Route::Block => Err(OpenError::Blocked),
        }
    }
}

/// Resolves a name first: whether the target may be reached depends on its address, not on its name.
async fn connect(target: &Target, reach: ClientReach) -> Result<TcpStream, OpenError> {
    let addrs = match target {
        Target::Address(addr) => vec![*addr],
        Target::Name(name, port) => {
            tokio::net::lookup_host((&**name, *port)).await.map_err(OpenError::Direct)?.collect()
        }
    };
    connect_any(addrs, reach).await
}

/// The first connection that one of a target's addresses accepts.
async fn connect_any(addrs: Vec<SocketAddr>, reach: ClientReach) -> Result<TcpStream, OpenError> {
    let addrs = reachable(addrs, reach)?;
    let stream = os::connect::connect(&addrs).await.map_err(OpenError::Direct)?;
    stream.set_nodelay(true).map_err(OpenError::Direct)?;
    Ok(stream)
}

/// The addresses of a target that a direct connection of this client may use.
fn reachable(mut addrs: Vec<SocketAddr>, reach: ClientReach) -> Result<Vec<SocketAddr>, OpenError> {
    let had_any = !addrs.is_empty();
    let refusal = match reach {
        ClientReach::Everything => OpenError::OwnPort,
        ClientReach::NotThisMachine => {
            addrs.retain(|addr| !network::is_this_machine_only(addr.ip()));
            OpenError::ThisMachineOnly
        }
        ClientReach::PublicOnly => {
            addrs.retain(|addr| !network::is_local_network(addr.ip()));
            OpenError::NotPublic
        }
    };
    if had_any && addrs.is_empty() {
        return Err(refusal);
    }
    addrs.retain(|addr| !network::leads_back(*addr));
    if had_any && addrs.is_empty() { Err(OpenError::OwnPort) } else { Ok(addrs) }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::gateway::tests::stub::{StubGateway, StubMember, TcpServer, opener, read_head, read_text};
    use crate::model::route::{GATEWAY, RouteDecision, Routes, RoutingConfig};

    /// By port and path: `/past…` goes direct, a path that contains `/never` is blocked.
    #[derive(Debug)]
    struct ByPath;

    impl Routes for ByPath {
        fn decide(&self, _target: &Target, url: Option<&str>) -> RouteDecision {
            let has = |part| url.is_some_and(|url| url.contains(part));
            let route = if has("/never") {
                Route::Block
            } else if has("/past") {
                Route::Direct
            } else {
                Route::Pool
            };
            RouteDecision { route, rule: None }
        }
    }

    #[derive(Debug)]
    struct All(Route);

    impl Routes for All {
        fn decide(&self, _target: &Target, _url: Option<&str>) -> RouteDecision {
            RouteDecision { route: self.0, rule: None }
        }
    }

    async fn page() -> TcpServer {
        TcpServer::start(|mut stream, _number| async move {
            let mut head = [0; 1_024];
            while stream.read(&mut head).await.is_ok_and(|length| length > 0) {
                let _left = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
            }
        })
        .await
    }

    async fn gate(member: &StubMember, routes: Arc<dyn Routes>) -> StubGateway {
        let opener = opener(&[member]);
        let script = format!("var proxy = \"PROXY {GATEWAY}\";").into();
        opener.state().set_routing(RoutingConfig { routes: Some(routes), script, shared_script: "".into() });
        StubGateway::start(opener).await
    }

    #[tokio::test]
    async fn each_request_has_its_own_route() {
        let (member, page) = (StubMember::start().await, page().await);
        let gate = gate(&member, Arc::new(ByPath)).await;
        let mut client = gate.connect().await;
        for (path, status, through) in
            [("past", "200", 0), ("never", "403", 0), ("x", "200", 1), ("past/2", "200", 1), ("y", "200", 2)]
        {
            let host = page.addr;
            client
                .write_all(format!("GET http://{host}/{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
                .await
                .unwrap();
            let head = read_head(&mut client).await;
            assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {head}");
            let length = head.to_lowercase().split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse();
            read_text(&mut client, length.unwrap()).await;
            assert_eq!(member.server.accepted(), through, "{path}");
        }
    }

    #[tokio::test]
    async fn a_tunnel_may_be_direct_or_blocked() {
        let (member, page) = (StubMember::start().await, page().await);
        let connect = format!("CONNECT {} HTTP/1.1\r\n\r\n", page.addr);
        for (route, status) in [(Route::Direct, "200"), (Route::Block, "403")] {
            let gate = gate(&member, Arc::new(All(route))).await;
            let mut client = gate.connect().await;
            client.write_all(connect.as_bytes()).await.unwrap();
            assert!(read_head(&mut client).await.starts_with(&format!("HTTP/1.1 {status}")));
            if route == Route::Direct {
                client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
                assert!(read_head(&mut client).await.starts_with("HTTP/1.1 200"));
                assert_eq!(read_text(&mut client, 5).await, "hello");
            }
            assert_eq!(member.server.accepted(), 0);
        }
    }

    #[tokio::test]
    async fn direct_connections_do_not_reach_own_ports() {
        let bound =
            crate::gateway::bind(&crate::gateway::ServingThread::current(), "127.0.0.1:0".parse().unwrap()).unwrap();
        let port = bound.addr().port();
        for host in ["127.0.0.1", "localhost", "::1", "0.0.0.0", "::"] {
            let target = Target::from_host(host, port).unwrap();
            let refused = connect(&target, ClientReach::Everything).await;
            assert!(matches!(refused, Err(OpenError::OwnPort)), "{host}: {refused:?}");
        }
        drop(bound);
        let refused = connect(&Target::from_host("127.0.0.1", port).unwrap(), ClientReach::Everything).await;
        assert!(matches!(refused, Err(OpenError::Direct(_))), "nothing listens there any more: {refused:?}");
    }

    #[tokio::test]
    async fn remote_clients_do_not_reach_loopback_addresses() {
        let page = page().await;
        for host in ["127.0.0.1", "localhost", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1", "0.0.0.0"] {
            let target = Target::from_host(host, page.addr.port()).unwrap();
            let refused = connect(&target, ClientReach::NotThisMachine).await;
            assert!(matches!(refused, Err(OpenError::ThisMachineOnly)), "{host}: {refused:?}");
        }
        let target = Target::Address(page.addr);
        assert!(connect(&target, ClientReach::Everything).await.is_ok());
        let addrs = ["127.0.0.1:1", "192.168.1.5:1"].map(|addr| addr.parse().unwrap());
        assert_eq!(reachable(addrs.into(), ClientReach::NotThisMachine).unwrap(), addrs[1..]);
    }

    #[tokio::test]
    async fn public_only_clients_do_not_reach_private_addresses_by_name() {
        let (member, page) = (StubMember::start().await, page().await);
        let gate = gate(&member, Arc::new(All(Route::Direct))).await;
        let host = format!("localhost:{}", page.addr.port());
        for request in [format!("GET http://{host}/ HTTP/1.1\r\nHost: {host}"), format!("CONNECT {host} HTTP/1.1")] {
            let mut client = gate.connect().await;
            // A connection that is open already does not help.
            for (field, status) in [("", "200"), ("Sluice-Public-Only: 1\r\n", "403")] {
                if request.starts_with("CONNECT") && field.is_empty() {
                    continue;
                }
                client.write_all(format!("{request}\r\n{field}\r\n").as_bytes()).await.unwrap();
                let head = read_head(&mut client).await;
                assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {head}");
                if status == "200" {
                    assert_eq!(read_text(&mut client, 5).await, "hello");
                }
            }
        }
        let addrs = ["127.0.0.1:1", "192.168.1.5:1", "[fd00::1]:1", "100.64.0.1:1", "8.8.8.8:1"];
        let addrs = addrs.map(|addr| addr.parse().unwrap());
        assert_eq!(reachable(addrs.into(), ClientReach::PublicOnly).unwrap(), addrs[4..]);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_silent_address_does_not_hold_up_a_direct_connection() {
        let page = page().await;
        let silent = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        silent.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        silent.listen(0).unwrap();
        let addr = silent.local_addr().unwrap().as_socket().unwrap();
        // The queue holds one connection; further ones get no answer.
        let _queued = std::net::TcpStream::connect(addr).unwrap();
        let connected = connect_any(vec![addr, page.addr], ClientReach::Everything);
        let connected = tokio::time::timeout(std::time::Duration::from_secs(5), connected).await.unwrap();
        assert_eq!(connected.unwrap().peer_addr().unwrap(), page.addr);
    }

    #[tokio::test]
    async fn the_script_contains_the_requested_address() {
        let member = StubMember::start().await;
        let gate = gate(&member, Arc::new(All(Route::Pool))).await;
        let mut client = gate.connect().await;
        let at = client.peer_addr().unwrap();
        client.write_all(b"GET /proxy.pac?0123 HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let head = read_head(&mut client).await.to_lowercase();
        assert!(head.contains("content-type: application/x-ns-proxy-autoconfig\r\n"), "{head}");
        assert!(head.contains("cache-control: no-store\r\n"), "{head}");
        let expected = format!("var proxy = \"PROXY {at}\";");
        assert_eq!(read_text(&mut client, expected.len()).await, expected);
        // A name that a web page may have resolve to this machine.
        client.write_all(b"GET /proxy.pac HTTP/1.1\r\nHost: evil.example\r\n\r\n").await.unwrap();
        assert!(read_head(&mut client).await.starts_with("HTTP/1.1 404 "));
    }
}
