//! A connection through a member to an origin server.

use std::io::ErrorKind;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::io::{CountedReader, HeadError, read_head, split};
use super::request::Repeatable;
use crate::gateway::connect_request::ConnectRequest;
use crate::gateway::http1::{MessageError, ResponseHead};
use crate::gateway::open::Opened;

/// Maximum idle time of a connection for a request that must not be sent twice: servers keep idle connections longer
/// than this.
const MAX_IDLE: Duration = Duration::from_secs(1);

/// Why an origin gave no response.
#[derive(Debug, thiserror::Error)]
pub(super) enum OriginError {
    /// The connection was closed or failed.
    #[error("connection closed without a response: {0}")]
    Closed(std::io::Error),
    /// It sent something other than HTTP.
    #[error("{0}")]
    NotHttp(MessageError),
}

impl OriginError {
    /// Whether it sent something other than HTTP.
    pub(super) fn is_not_http(&self) -> bool {
        matches!(self, Self::NotHttp(_))
    }
}

impl From<HeadError> for OriginError {
    fn from(error: HeadError) -> Self {
        match error {
            HeadError::Io(error) => Self::Closed(error),
            HeadError::Message(error) => Self::NotHttp(error),
        }
    }
}

/// An open connection to an origin.
pub(super) struct OriginConnection {
    pub(super) opened: Opened,
    /// Bytes that were read ahead.
    pub(super) input: BytesMut,
    /// Whether the client has logged in to the connection itself (RFC 4559).
    pub(super) is_bound: bool,
    destination: ConnectRequest,
    used: Instant,
}

impl OriginConnection {
    /// A connection that has not been used yet.
    pub(super) fn new(opened: Opened, destination: ConnectRequest) -> Self {
        Self { opened, input: BytesMut::new(), is_bound: false, destination, used: Instant::now() }
    }

    /// Whether it leads to this destination.
    pub(super) fn leads_to(&self, destination: &ConnectRequest) -> bool {
        self.destination.target == destination.target && self.destination.user == destination.user
    }

    /// Whether it is still open and usable for a request with this repeatability.
    pub(super) fn is_usable_for(&self, repeatable: Repeatable) -> bool {
        let is_recent = match repeatable {
            Repeatable::Yes => true,
            Repeatable::No => self.is_bound || self.used.elapsed() < MAX_IDLE,
        };
        // An idle connection becomes readable only when it ends.
        let open =
            || matches!(self.opened.stream.try_read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
        is_recent && self.input.is_empty() && open()
    }

    /// Marks the connection as idle after an exchange.
    pub(super) fn mark_idle(&mut self) {
        self.used = Instant::now();
        self.input = BytesMut::new();
    }

    /// Sends the head of a request without a body, and waits for the first response.
    ///
    /// # Errors
    /// There is no response.
    pub(super) async fn request(&mut self, head: &[u8]) -> Result<ResponseHead, OriginError> {
        let (mut reader, mut writer) = split(&mut self.opened);
        writer.write_all(head).await.map_err(OriginError::Closed)?;
        read_response(&mut reader, &mut self.input).await
    }
}

/// Waits for the next response.
///
/// # Errors
/// There is no response.
pub(super) async fn read_response(
    from: &mut CountedReader<'_>,
    input: &mut BytesMut,
) -> Result<ResponseHead, OriginError> {
    let head = read_head(from, input, ResponseHead::may_begin).await?;
    let head = head.ok_or_else(|| OriginError::Closed(ErrorKind::UnexpectedEof.into()))?;
    ResponseHead::parse(&head.freeze()).map_err(OriginError::NotHttp)
}
