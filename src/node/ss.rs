//! Shadowsocks (SIP004, SIP022 and the older stream ciphers), with the crate `shadowsocks`.

use std::io;
use std::net::SocketAddr;

use shadowsocks::config::{ServerConfig, ServerType};
use shadowsocks::context::{Context, SharedContext};
use shadowsocks::crypto::CipherKind;
use shadowsocks::relay::socks5::Address;
use shadowsocks::relay::tcprelay::ProxyClientStream;
use shadowsocks::relay::udprelay::ProxySocket;
use shadowsocks::relay::udprelay::proxy_socket::UdpSocketType;
use tokio::io::AsyncWriteExt;

use super::batched::BatchedConnection;
use super::buffers::BufferPool;
use super::carrier::DatagramCarrier;
use super::connection::ServerConnection;
use crate::model::{Failure, FailureCause, Secret, Stage, Target, cipher};

/// Plaintext bytes per write: four full packets (SIP004: 16,383 bytes each), or one of AEAD-2022 (65,535 bytes).
pub(super) const BATCH: usize = 4 * 0x3fff;
/// The same when encrypted: a packet has a length of two bytes and two tags of 16 bytes.
const ENCRYPTED_BATCH: usize = BATCH + 4 * (2 + 2 * 16);

/// A TCP stream to a target, through the server.
pub(super) type SsStream = ProxyClientStream<BatchedConnection>;
/// Datagrams to any target, through the server.
pub(super) type SsSocket = ProxySocket<DatagramCarrier>;

/// The cipher and keys of a server.
pub(super) struct Shadowsocks {
    config: ServerConfig,
    context: SharedContext,
    encrypted: BufferPool,
}

impl Shadowsocks {
    /// A client of the server with this method and password.
    ///
    /// # Errors
    /// The method is unknown, or the password is not a valid key for it (AEAD-2022).
    pub(super) fn new(method: &str, password: &Secret) -> Result<Self, Failure> {
        let kind = method
            .parse::<CipherKind>()
            .ok()
            // The crate would map the empty name to its oldest cipher; here it is an error.
            .filter(|_| !method.is_empty())
            .ok_or_else(|| Failure::new(Stage::Configuration, FailureCause::Method(method.into())))?;
        // Connections are opened here, so the crate does not need the server's address.
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let password = if kind == CipherKind::NONE { "" } else { password.expose() };
        let config = ServerConfig::new(nowhere, password, kind)
            .map_err(|error| Failure::new(Stage::Configuration, key_error(method, password, &error)))?;
        Ok(Self { config, context: Context::new_shared(ServerType::Local), encrypted: BufferPool::of(ENCRYPTED_BATCH) })
    }

    /// A stream to `target` over a connection to the server. Nothing is sent before the first write, whose packet also
    /// contains the target's address, and nothing for longer than until a flush.
    pub(super) fn stream(&self, connection: ServerConnection, target: &Target) -> SsStream {
        self.over(BatchedConnection::new(connection, self.encrypted.clone()), target)
    }

    fn over(&self, connection: BatchedConnection, target: &Target) -> SsStream {
        ProxyClientStream::from_stream(self.context.clone(), connection, &self.config, address(target))
    }

    /// Writes the first packet of a stream without payload: the target's address alone.
    ///
    /// A packet of AEAD-2022 must then have padding (SIP022, 3.1.3), and a server rejects one without. The crate chooses
    /// a length from 0 on, so such a packet is thrown away before it is sent, and the stream begins anew.
    ///
    /// # Errors
    /// The connection is lost.
    pub(super) async fn write_address(&self, mut stream: Box<SsStream>, target: &Target) -> io::Result<Box<SsStream>> {
        loop {
            let _empty = stream.write(&[]).await?;
            if !self.config.method().is_aead_2022() || stream.get_ref().unsent() > self.unpadded(target) {
                return Ok(stream);
            }
            let mut connection = stream.into_inner();
            connection.discard_unsent();
            stream = Box::new(self.over(connection, target));
        }
    }

    /// Length of an encrypted first packet of AEAD-2022 with neither payload nor padding: salt, identities, a header of
    /// type, time and length, and one of address and padding length.
    fn unpadded(&self, target: &Target) -> usize {
        let method = self.config.method();
        let identities = 16 * self.config.identity_keys().len();
        let headers = (1 + 8 + 2) + (address(target).serialized_len() + 2);
        method.salt_len() + identities + headers + 2 * method.tag_len()
    }

    /// A socket for datagrams through the server that `carrier` is connected to.
    pub(super) fn socket(&self, carrier: DatagramCarrier) -> SsSocket {
        ProxySocket::from_socket(UdpSocketType::Client, self.context.clone(), &self.config, carrier)
    }
}

/// A target in the crate's type.
pub(super) fn address(target: &Target) -> Address {
    match target {
        Target::Address(addr) => Address::SocketAddress(*addr),
        Target::Name(name, port) => Address::DomainNameAddress(name.to_string(), *port),
    }
}

/// The error in a key.
fn key_error(method: &str, password: &str, error: &impl ToString) -> FailureCause {
    let checked = cipher::check_password(&method.to_ascii_lowercase(), password);
    checked.err().map_or_else(|| error.to_string().into(), FailureCause::Key)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    fn failure(method: &str, password: &str) -> Failure {
        let Err(failure) = Shadowsocks::new(method, &password.into()) else { panic!("{method} was taken") };
        assert_eq!(failure.stage, Stage::Configuration);
        failure
    }

    #[test]
    fn wrong_methods_and_keys_are_configuration_failures_without_secrets() {
        assert_eq!(failure("rot13", "x").cause.to_string(), "unknown cipher `rot13`");
        assert_eq!(failure("", "x").cause.to_string(), "unknown cipher ``");
        let short = failure("2022-blake3-aes-256-gcm", "c2hvcnQ=").cause.to_string();
        assert!(short.ends_with("has 5 bytes, expected 32") && !short.contains("c2hvcnQ"), "{short}");
        let garbage = failure("2022-blake3-aes-256-gcm", "!hunter2!").cause.to_string();
        assert!(!garbage.contains("hunter2"), "{garbage}");
    }

    #[tokio::test]
    async fn a_first_packet_without_payload_is_never_without_padding() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let connected = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut shortest, target) = (usize::MAX, Target::from_host("example.org", 22).unwrap());
        let keys = "AAAAAAAAAAAAAAAAAAAAAA==:AQEBAQEBAQEBAQEBAQEBAQ==";
        let ss = Shadowsocks::new("2022-blake3-aes-128-gcm", &keys.into()).unwrap();
        let mut connection = BatchedConnection::new(ServerConnection::Tcp(connected), ss.encrypted.clone());
        // The crate leaves the padding out once in 901 times.
        for _ in 0..10_000 {
            let stream = ss.write_address(Box::new(ss.over(connection, &target)), &target).await.unwrap();
            shortest = shortest.min(stream.get_ref().unsent());
            connection = stream.into_inner();
            connection.discard_unsent();
        }
        // 16 of the salt, 16 of the identity, 27 of the fixed header, 15 of the address, 18 beside the padding.
        let unpadded = 16 + 16 + 27 + (1 + 1 + "example.org".len() + 2) + 18;
        assert_eq!(ss.unpadded(&target), unpadded);
        assert!((unpadded + 1..unpadded + 20).contains(&shortest), "{shortest}, {unpadded} without padding");
    }

    #[test]
    fn all_ciphers_of_subscriptions_are_known() {
        let methods = "none plain aes-128-gcm aes-256-gcm chacha20-ietf-poly1305 xchacha20-ietf-poly1305 \
            aes-128-cfb aes-192-cfb aes-256-cfb aes-128-ctr aes-192-ctr aes-256-ctr camellia-256-cfb \
            rc4-md5 chacha20-ietf AES-256-GCM";
        for method in methods.split_whitespace() {
            assert!(Shadowsocks::new(method, &"any".into()).is_ok(), "{method}");
        }
        let keys = "AAAAAAAAAAAAAAAAAAAAAA==:AQEBAQEBAQEBAQEBAQEBAQ==";
        assert!(Shadowsocks::new("2022-blake3-aes-128-gcm", &keys.into()).is_ok());
    }
}
