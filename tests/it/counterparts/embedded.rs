//! shadowsocks-service's own server, inside the test program: the counterpart for AEAD-2022, for
//! half-closed connections (ss-server closes both ways at once) and for made-up host names.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use shadowsocks::config::{ServerConfig, ServerUser, ServerUserManager};
use shadowsocks::crypto::CipherKind;
use shadowsocks::dns_resolver::{DnsResolve, DnsResolver};
use shadowsocks_service::server::ServerBuilder;
use sluice::model::{Kind, Node};

use super::{Background, V4, V6, free_port};

/// What a server does with the names it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// It resolves them.
    AsAsked,
    /// It knows this one only.
    Only(&'static str),
    /// It takes every name for this address, port and all, as the gateway of a hotel does.
    All(SocketAddr),
}

/// A running server, gone on drop. It serves TCP, and UDP on the same port.
///
/// It resolves every name that ends in `.test` to 127.0.0.1, and to ::1 where it ends in
/// `.six.test`; all others as the system does.
pub struct EmbeddedServer {
    pub addr: SocketAddr,
    pub method: String,
    pub password: String,
    names: Arc<Mutex<Names>>,
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

    /// Starts one with two levels of keys (SIP022 identity headers): clients need both.
    pub fn start_with_identity(method: &str) -> Self {
        let (server_key, user_key) = (key_for(method, 7), key_for(method, 8));
        let mut server = Self::start_as(V4, method, &server_key, Some(&user_key));
        server.password = format!("{server_key}:{user_key}");
        server
    }

    fn start_as(ip: IpAddr, method: &str, password: &str, user_key: Option<&str>) -> Self {
        let kind: CipherKind = method.parse().expect("the tests name known ciphers");
        let names = Arc::new(Mutex::new(Names::AsAsked));
        let mut attempts = (0..5).filter_map(|_| {
            let addr = SocketAddr::new(ip, free_port(ip));
            let mut config = ServerConfig::new(addr, password, kind).expect("the key fits the cipher");
            if let Some(key) = user_key {
                let mut users = ServerUserManager::new();
                users.add_user(ServerUser::with_encoded_key("somebody", key).expect("the key is base64"));
                config.set_user_manager(users);
            }
            let resolver = TestNames(names.clone());
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
            up.then_some(Self { addr, method, password, names: names.clone(), service })
        });
        attempts.next().expect("the server finds a free port within five attempts")
    }

    /// The node that leads to this server.
    pub fn node(&self) -> Node {
        let kind = Kind::Ss { method: self.method.clone(), password: self.password.as_str().into(), plugin: None };
        Node::new(format!("embedded {}", self.method), self.addr.ip().to_string(), self.addr.port(), kind)
    }

    /// Has it treat names like this from now on.
    pub fn resolve(&self, names: Names) {
        *self.names.lock().unwrap() = names;
    }

    /// Ends it with all its connections. It stays dead.
    pub fn kill(&mut self) {
        self.service.stop();
    }
}

/// A base64 key of the length a 2022 method wants, or a password for the others.
fn key_for(method: &str, seed: u8) -> String {
    use base64::Engine;
    let kind: CipherKind = method.parse().expect("the tests name known ciphers");
    base64::engine::general_purpose::STANDARD.encode(vec![seed; kind.key_len()])
}

struct TestNames(Arc<Mutex<Names>>);

impl DnsResolve for TestNames {
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let names = *self.0.lock().unwrap();
        match names {
            Names::Only(known) if known != name => return Err(io::ErrorKind::NotFound.into()),
            Names::All(addr) => return Ok(vec![addr]),
            Names::AsAsked | Names::Only(_) => {}
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
