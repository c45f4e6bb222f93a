//! Shadowsocks (SIP004, SIP022 and the older stream ciphers), with the crate `shadowsocks`.

use std::net::SocketAddr;

use shadowsocks::config::{ServerConfig, ServerType};
use shadowsocks::context::{Context, SharedContext};
use shadowsocks::crypto::CipherKind;
use shadowsocks::relay::socks5::Address;
use shadowsocks::relay::tcprelay::ProxyClientStream;
use shadowsocks::relay::udprelay::ProxySocket;
use shadowsocks::relay::udprelay::proxy_socket::UdpSocketType;

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
        let stream = BatchedConnection::new(connection, self.encrypted.clone());
        ProxyClientStream::from_stream(self.context.clone(), stream, &self.config, address(target))
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
