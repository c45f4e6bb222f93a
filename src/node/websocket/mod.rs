//! WebSockets (RFC 6455) to a server, with or without TLS: the endpoint type `websocket` of Outline access keys.
//!
//! A stream is sent as binary messages, cut anywhere ([`bytes`]); a datagram is one message ([`datagrams`]). A close
//! frame ends one direction of a stream; the other one continues. The length of messages and the time of the TLS and
//! HTTP handshakes are limited. Certificates are verified with the system's trust store.

pub(super) mod bytes;
pub(super) mod datagrams;
mod messages;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::CertificateError;
use rustls::pki_types::ServerName;
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
use crate::os::tls;

/// For TLS and the HTTP upgrade together, three or four round trips.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// Maximum length of a received message in bytes. Servers send what they have read from a socket; Cloudflare, in front
/// of many of them, does not pass on longer ones.
const MAX_MESSAGE: usize = 1 << 20;

/// Read buffer size in bytes, per connection.
const READ_BUFFER: usize = 8 * 1024;

/// The `User-Agent` of this program: some servers refuse a request without one.
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("Sluice/", env!("CARGO_PKG_VERSION")));

/// Why the WebSocket was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebSocketError {
    /// The server did not respond in time.
    #[error("the server did not answer the WebSocket handshake in {} s", HANDSHAKE_LIMIT.as_secs())]
    TimedOut,
    /// The TLS handshake failed.
    #[error("the TLS handshake failed: {0}")]
    Tls(String),
    /// The server responded with a status other than 101.
    #[error("the server answered the WebSocket request with HTTP status {0}")]
    Status(u16),
    /// The server's response is not a WebSocket handshake.
    #[error("the WebSocket handshake failed: {0}")]
    Handshake(String),
}

/// A WebSocket as it is configured.
pub(super) struct WebSocketDialer {
    request: Request,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl WebSocketDialer {
    /// The WebSocket at this address.
    ///
    /// # Errors
    /// The address is invalid, or the system has no trusted certificates.
    pub(super) fn new(url: &WebSocketUrl) -> Result<Self, Failure> {
        let refused = |why: &str| Failure::new(Stage::Configuration, why);
        let mut request = url.as_str().into_client_request().map_err(|_| refused("invalid WebSocket address"))?;
        request.headers_mut().insert("User-Agent", USER_AGENT);
        if !url.is_secure() {
            return Ok(Self { request, tls: None });
        }
        let name = ServerName::try_from(url.host()).map_err(|_| refused("invalid host name for TLS"))?;
        let config = tls::client_config().map_err(|error| refused(&error.to_string()))?;
        Ok(Self { request, tls: Some((TlsConnector::from(Arc::new(config)), name)) })
    }

    /// Performs the handshakes over a TCP connection to the web server.
    pub(super) async fn handshake(&self, stream: TcpStream) -> Result<MessageStream, WebSocketError> {
        timeout(HANDSHAKE_LIMIT, self.attempt(stream)).await.unwrap_or(Err(WebSocketError::TimedOut))
    }

    async fn attempt(&self, stream: TcpStream) -> Result<MessageStream, WebSocketError> {
        let stream = match &self.tls {
            Some((connector, name)) => {
                let secured = connector.connect(name.clone(), stream).await;
                Either::Left(secured.map_err(|error| WebSocketError::Tls(tls_error(&error)))?)
            }
            None => Either::Right(stream),
        };
        let mut request = self.request.clone();
        // Each handshake has its own key.
        let key = tungstenite::handshake::client::generate_key();
        let key = HeaderValue::from_str(&key).map_err(|error| WebSocketError::Handshake(error.to_string()))?;
        request.headers_mut().insert("Sec-WebSocket-Key", key);
        match client_async_with_config(request, stream, Some(limits())).await {
            Ok((websocket, _response)) => Ok(MessageStream::new(websocket)),
            Err(error) => Err(refusal(error)),
        }
    }
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        // Each message is flushed at once: the relay has already batched the data.
        .write_buffer_size(0)
        .max_write_buffer_size(2 * MAX_MESSAGE)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}

/// The reason why TLS failed, without the names in the certificate.
fn tls_error(error: &io::Error) -> String {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(error)) = cause else { return error.to_string() };
    #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which few occur")]
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the certificate has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet; check the clock"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name"
        }
        CertificateError::UnknownIssuer => "the certificate is signed by an unknown authority",
        CertificateError::Revoked => "the certificate is revoked",
        _ => "the certificate is not valid",
    }
    .into()
}

fn refusal(error: tungstenite::Error) -> WebSocketError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, whose other errors have their own text")]
    match error {
        tungstenite::Error::Http(response) => WebSocketError::Status(response.status().as_u16()),
        other => WebSocketError::Handshake(other.to_string()),
    }
}
