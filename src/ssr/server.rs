//! State shared by all connections to one server.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncRead, AsyncWrite};

use super::config::Config;
use super::datagram::DatagramCodec;
use super::digest::derive_key;
use super::entropy::{self, Entropy, ThreadEntropy};
use super::obfs::{ObfsParams, obfuscator};
use super::pipeline::Pipeline;
use super::protocol::{AuthData, FramingContext, User, address_len};
use super::stream::SsrStream;

/// A server, for the lifetime of the process. It identifies the process by its client id and TLS session: with new ones
/// for each connection it would reject the 65th.
pub struct SsrServer {
    config: Config,
    key: Arc<[u8]>,
    identity: Mutex<Identity>,
    session_id: [u8; 32],
    /// TLS tickets by pretended host name.
    tickets: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl SsrServer {
    /// A server that was not connected to yet. Identifiers are random.
    pub fn new(config: Config) -> Self {
        let entropy = &mut ThreadEntropy;
        Self {
            key: derive_key(config.password.expose().as_bytes(), config.method.key_len()).into(),
            config,
            identity: Mutex::new(Identity::draw(entropy)),
            session_id: entropy::array(entropy),
            tickets: Mutex::default(),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Wraps a stream that is connected to the server in one to `target`, an address in SOCKS5 form, `type | address |
    /// port`. Nothing is sent until the first write or flush.
    pub fn wrap<S>(&self, stream: S, target: &[u8], now: SystemTime) -> SsrStream<S>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        SsrStream::new(stream, self.pipeline(target, now, &mut ThreadEntropy))
    }

    /// A connection without its socket.
    pub fn pipeline(&self, target: &[u8], now: SystemTime, entropy: &mut dyn Entropy) -> Pipeline {
        let Config { method, protocol, obfs, .. } = self.config;
        // With a clock before 1970 the server rejects the connection.
        let time = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as u32;
        let mut iv = vec![0; method.iv_len()];
        entropy.fill(&mut iv);
        let session = FramingContext {
            key: Arc::clone(&self.key),
            iv: iv.clone(),
            user: self.user(),
            auth: self.next_auth(time, entropy),
            overhead: protocol.overhead() + obfs.overhead(),
        };
        let params = self.params(time, iv.len() + address_len(target), entropy);
        Pipeline::new((method, &self.key, iv), (protocol, session), obfuscator(obfs, params), target)
    }

    /// A codec for datagrams of the server.
    pub fn udp(&self) -> DatagramCodec {
        DatagramCodec::new(self.config.method, self.config.protocol, Arc::clone(&self.key), self.user())
    }

    fn user(&self) -> Option<User> {
        User::parse(self.config.protocol_param.expose())
    }

    fn next_auth(&self, time: u32, entropy: &mut dyn Entropy) -> AuthData {
        let mut identity = self.identity.lock().unwrap_or_else(PoisonError::into_inner);
        identity.next(time, entropy)
    }

    fn params(&self, time: u32, head_len: usize, entropy: &mut dyn Entropy) -> ObfsParams {
        let (hosts, headers) = match self.config.obfs_param.split_once('#') {
            Some((hosts, headers)) => (hosts, Some(headers.to_owned())),
            None => (&*self.config.obfs_param, None),
        };
        let hosts: Vec<&str> = hosts.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        let host = if hosts.is_empty() { &*self.config.host } else { hosts[entropy.below(hosts.len())] };
        ObfsParams {
            key: Arc::clone(&self.key),
            host: host.to_owned(),
            port: self.config.port,
            headers,
            head_len,
            time,
            session_id: self.session_id,
            ticket: self.ticket(host, entropy),
        }
    }

    /// The ticket for `host`; the same for the lifetime of the process.
    fn ticket(&self, host: &str, entropy: &mut dyn Entropy) -> Vec<u8> {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let draw = || {
            let mut ticket = vec![0; 16 * (8 + entropy.below(17))];
            entropy.fill(&mut ticket);
            ticket
        };
        tickets.entry(host.to_owned()).or_insert_with(draw).clone()
    }
}

impl fmt::Debug for SsrServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SsrServer").field("config", &self.config).finish_non_exhaustive()
    }
}

/// The identity of the process towards the server, and the number of its connections.
struct Identity {
    client_id: [u8; 4],
    connection_id: u32,
}

impl Identity {
    /// Above this number the server no longer distinguishes old connections from new ones, so a new client id is used.
    const LAST_CONNECTION: u32 = 0xff00_0000;

    fn draw(entropy: &mut dyn Entropy) -> Self {
        Self { client_id: entropy::array(entropy), connection_id: entropy.below(1 << 24) as u32 }
    }

    fn next(&mut self, time: u32, entropy: &mut dyn Entropy) -> AuthData {
        if self.connection_id > Self::LAST_CONNECTION {
            *self = Self::draw(entropy);
        }
        self.connection_id += 1;
        AuthData { time, client_id: self.client_id, connection_id: self.connection_id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssr::{Method, Obfs, Protocol};

    fn server(obfs_param: &str) -> SsrServer {
        SsrServer::new(Config {
            host: "ssr.example".to_owned(),
            port: 8388,
            method: Method::Aes256Cfb,
            password: "correct horse".into(),
            protocol: Protocol::AuthAes128Md5,
            protocol_param: "1001:battery staple".into(),
            obfs: Obfs::HttpSimple,
            obfs_param: obfs_param.to_owned(),
        })
    }

    #[test]
    fn connections_are_counted_and_the_client_stays_the_same() {
        let server = server("");
        let first = server.next_auth(5, &mut ThreadEntropy);
        let second = server.next_auth(6, &mut ThreadEntropy);
        assert_eq!(second, AuthData { time: 6, connection_id: first.connection_id + 1, ..first });
    }

    #[test]
    fn the_client_id_changes_when_the_counter_is_exhausted() {
        let mut identity = Identity { client_id: [1; 4], connection_id: Identity::LAST_CONNECTION };
        let last = identity.next(0, &mut ThreadEntropy);
        let next = identity.next(0, &mut ThreadEntropy);
        assert_eq!((last.client_id, last.connection_id), ([1; 4], Identity::LAST_CONNECTION + 1));
        assert!(next.connection_id <= 1 << 24 && next.client_id != [1; 4]);
    }

    #[test]
    fn the_parameter_names_hosts_and_headers() {
        let params = |param: &str| server(param).params(0, 0, &mut ThreadEntropy);
        assert_eq!((&*params("").host, params("").headers), ("ssr.example", None));
        assert!(["a.example", "b.example"].contains(&&*params("a.example, b.example").host));
        assert_eq!(params("a.example#X: 1").headers.as_deref(), Some("X: 1"));
        assert_eq!(params("#X: 1").host, "ssr.example");
    }

    #[test]
    fn a_ticket_belongs_to_its_host() {
        let server = server("");
        let ticket = |host: &str| server.ticket(host, &mut ThreadEntropy);
        assert_eq!(ticket("a.example"), ticket("a.example"));
        assert_ne!(ticket("a.example"), ticket("b.example"));
    }

    #[test]
    fn no_password_is_printed() {
        let printed = format!("{:?} {:?}", server(""), server("").udp());
        assert!(!printed.contains("correct horse") && !printed.contains("battery staple"), "{printed}");
    }
}
