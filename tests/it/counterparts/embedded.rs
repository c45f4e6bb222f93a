//! shadowsocks-service's server inside the test program: the counterpart for AEAD-2022, for
//! half-closed connections (ss-server closes both directions at once) and for made-up host names.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use shadowsocks::config::{ServerConfig, ServerUser, ServerUserManager};
use shadowsocks::crypto::CipherKind;
use shadowsocks::dns_resolver::{DnsResolve, DnsResolver};
use shadowsocks_service::server::ServerBuilder;
use sluice::model::{Kind, Node};

use super::{Background, V4, V6, free_port};

/// How a server resolves the host names of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameResolution {
    /// `.test` names to loopback, all others as the system does.
    System,
    /// Only this name resolves; all others fail.
    Only(&'static str),
    /// `.test` names to this loopback address, so that servers see where a connection comes from.
    Loopback(IpAddr),
    /// Every name resolves to this address and port, as on a network with a captive portal.
    AllTo(SocketAddr),
}

/// A running server, stopped on drop. It serves TCP, and UDP on the same port.
///
/// By default it resolves names that end in `.six.test` to ::1, other names that end in `.test` to
/// 127.0.0.1, and all others as the system does.
pub struct EmbeddedServer {
    pub addr: SocketAddr,
    pub method: String,
    pub password: String,
    name_resolution: Arc<Mutex<NameResolution>>,
    service: Background,
}

impl EmbeddedServer {
    /// Starts one on a free port of 127.0.0.1, with a key that fits the method.
    pub fn start(method: &str) -> Self {
        Self::start_on(V4, method)
    }

    /// Starts one on a free port of `ip`.
    pub fn start_on(ip: IpAddr, method: &str) -> Self {
        let password = key_for(method, 7);
        Self::start_as(ip, method, &password, None)
    }

    /// Starts one with two levels of keys (SIP022 identity headers), of which clients need both.
    pub fn start_with_identity(method: &str) -> Self {
        let (server_key, user_key) = (key_for(method, 7), key_for(method, 8));
        let mut server = Self::start_as(V4, method, &server_key, Some(&user_key));
        server.password = format!("{server_key}:{user_key}");
        server
    }

    fn start_as(ip: IpAddr, method: &str, password: &str, user_key: Option<&str>) -> Self {
        let kind: CipherKind = method.parse().expect("the tests name known ciphers");
        let name_resolution = Arc::new(Mutex::new(NameResolution::System));
        let mut attempts = (0..5).filter_map(|_| {
            let addr = SocketAddr::new(ip, free_port(ip));
            let mut config = ServerConfig::new(addr, password, kind).expect("the key fits the cipher");
            if let Some(key) = user_key {
                let mut users = ServerUserManager::new();
                users.add_user(ServerUser::with_encoded_key("user", key).expect("the key is base64"));
                config.set_user_manager(users);
            }
            let resolver = TestResolver(name_resolution.clone());
            let open = async move {
                let mut builder = ServerBuilder::new(config);
                builder.set_dns_resolver(DnsResolver::custom_resolver(resolver).into());
                match builder.build().await {
                    Ok(server) => (Some(server), true),
                    Err(_) => (None, false),
                }
            };
            let (service, up) = Background::start(open, async |server: Option<shadowsocks_service::server::Server>| {
                if let Some(server) = server {
                    server.run().await.ok();
                }
            });
            let (method, password) = (method.to_owned(), password.to_owned());
            up.then_some(Self { addr, method, password, name_resolution: name_resolution.clone(), service })
        });
        attempts.next().expect("the server finds a free port within five attempts")
    }

    /// The node for this server.
    pub fn node(&self) -> Node {
        let kind = Kind::Ss { method: self.method.clone(), password: self.password.as_str().into(), plugin: None };
        Node::new(format!("embedded {}", self.method), self.addr.ip().to_string(), self.addr.port(), kind)
    }

    /// Changes how it resolves names from now on.
    pub fn set_name_resolution(&self, name_resolution: NameResolution) {
        *self.name_resolution.lock().unwrap() = name_resolution;
    }

    /// Stops it permanently and closes all its connections.
    pub fn kill(&mut self) {
        self.service.stop();
    }
}

/// A base64 key of the length that an AEAD-2022 method requires; other methods take it as a password.
fn key_for(method: &str, seed: u8) -> String {
    use base64::Engine;
    let kind: CipherKind = method.parse().expect("the tests name known ciphers");
    base64::engine::general_purpose::STANDARD.encode(vec![seed; kind.key_len()])
}

struct TestResolver(Arc<Mutex<NameResolution>>);

impl DnsResolve for TestResolver {
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let name_resolution = *self.0.lock().unwrap();
        match name_resolution {
            NameResolution::Only(known) if known != name => return Err(io::ErrorKind::NotFound.into()),
            NameResolution::AllTo(addr) => return Ok(vec![addr]),
            NameResolution::Loopback(ip) if name.ends_with(".test") => return Ok(vec![SocketAddr::new(ip, port)]),
            NameResolution::System | NameResolution::Only(_) | NameResolution::Loopback(_) => {}
        }
        if name.ends_with(".six.test") {
            return Ok(vec![SocketAddr::new(V6, port)]);
        }
        if name.ends_with(".test") {
            return Ok(vec![SocketAddr::new(V4, port)]);
        }
        Ok(tokio::net::lookup_host((name, port)).await?.collect())
    }
}
