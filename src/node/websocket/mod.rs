//! WebSockets (RFC 6455) to a server, over TLS or without: what access keys of Outline call an endpoint of type
//! `websocket`.
//!
//! The bytes of a stream come in binary messages, cut anywhere ([`bytes`]); a datagram is one message
//! ([`datagrams`]). The end of a stream is a close frame; the other direction goes on. Messages are bounded, and
//! so is the time that the handshakes of TLS and HTTP may take. Certificates are checked as the system does.

pub(super) mod bytes;
pub(super) mod datagrams;
mod messages;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, crypto};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::either::Either;

pub(super) use self::messages::MessageStream;
use crate::model::node::websocket::WebSocketUrl;
use crate::model::{Failure, Stage};

/// For TLS and the HTTP upgrade together, three or four round trips.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// The longest message that is taken, in bytes. Servers send what they have read from a socket; Cloudflare,
/// through which many of them are reached, passes on no longer ones.
const LONGEST_MESSAGE: usize = 1 << 20;

/// Bytes read ahead, kept for each connection.
const READ_BUFFER: usize = 8 * 1024;

/// What this program calls itself: some servers refuse a request without a name.
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("Sluice/", env!("CARGO_PKG_VERSION")));

/// Why a connection has no WebSocket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebSocketError {
    /// Nothing came for too long.
    #[error("the server did not answer the WebSocket handshake in {} s", HANDSHAKE_LIMIT.as_secs())]
    TimedOut,
    /// No TLS connection.
    #[error("the TLS handshake failed: {0}")]
    Tls(String),
    /// The server answers with another status than 101.
    #[error("no WebSocket, but HTTP status {0}")]
    Status(u16),
    /// What the server answers is not the handshake of a WebSocket.
    #[error("the WebSocket handshake failed: {0}")]
    Handshake(String),
}

/// A WebSocket as it is configured.
pub(super) struct WebSocketDialer {
    request: Request,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl WebSocketDialer {
    /// The WebSocket with this address.
    ///
    /// # Errors
    /// The address cannot be asked for, or the system has no certificates to trust.
    pub(super) fn new(url: &WebSocketUrl) -> Result<Self, Failure> {
        let refused = |why: &str| Failure::new(Stage::Configuration, why);
        let mut request =
            url.as_str().into_client_request().map_err(|_| refused("the address of the WebSocket cannot be used"))?;
        request.headers_mut().insert("User-Agent", USER_AGENT);
        if !url.is_secure() {
            return Ok(Self { request, tls: None });
        }
        let name = ServerName::try_from(url.host())
            .map_err(|_| refused("the host of the WebSocket cannot have a certificate"))?;
        let config = tls_config().map_err(|error| refused(&error.to_string()))?;
        Ok(Self { request, tls: Some((TlsConnector::from(Arc::new(config)), name)) })
    }

    /// Shakes hands over a connection that leads to the web server.
    pub(super) async fn handshake(&self, stream: TcpStream) -> Result<MessageStream, WebSocketError> {
        timeout(HANDSHAKE_LIMIT, self.attempt(stream)).await.unwrap_or(Err(WebSocketError::TimedOut))
    }

    async fn attempt(&self, stream: TcpStream) -> Result<MessageStream, WebSocketError> {
        let stream = match &self.tls {
            Some((connector, name)) => {
                let secured = connector.connect(name.clone(), stream).await;
                Either::Left(secured.map_err(|error| WebSocketError::Tls(tls_trouble(&error)))?)
            }
            None => Either::Right(stream),
        };
        let mut request = self.request.clone();
        // Each handshake has a key of its own.
        let key = tungstenite::handshake::client::generate_key();
        let key = HeaderValue::from_str(&key).map_err(|error| WebSocketError::Handshake(error.to_string()))?;
        request.headers_mut().insert("Sec-WebSocket-Key", key);
        match client_async_with_config(request, stream, Some(limits())).await {
            Ok((websocket, _response)) => Ok(MessageStream::new(websocket)),
            Err(error) => Err(refusal(error)),
        }
    }
}

fn tls_config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_platform_verifier()?.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        // Each message goes out at once: the relay has put it together.
        .write_buffer_size(0)
        .max_write_buffer_size(2 * LONGEST_MESSAGE)
        .max_message_size(Some(LONGEST_MESSAGE))
        .max_frame_size(Some(LONGEST_MESSAGE))
}

/// Why TLS failed, without the names that a certificate has.
fn tls_trouble(error: &io::Error) -> String {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(error)) = cause else { return error.to_string() };
    #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which few are met")]
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the certificate has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet; is the clock right?"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name"
        }
        CertificateError::UnknownIssuer => "the certificate is of an unknown issuer",
        CertificateError::Revoked => "the certificate is revoked",
        _ => "the certificate is not valid",
    }
    .into()
}

fn refusal(error: tungstenite::Error) -> WebSocketError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, whose other errors say it themselves")]
    match error {
        tungstenite::Error::Http(response) => WebSocketError::Status(response.status().as_u16()),
        other => WebSocketError::Handshake(other.to_string()),
    }
}
