//! The binary messages of a WebSocket.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use tokio_util::either::Either;

type WebSocket = WebSocketStream<Either<TlsStream<TcpStream>, TcpStream>>;

/// A WebSocket after its handshake.
pub(in crate::node) struct MessageStream {
    websocket: WebSocket,
    /// The server has closed its side.
    is_ended: bool,
    /// This side has sent its close frame.
    is_closed: bool,
}

impl MessageStream {
    pub(super) fn new(websocket: WebSocket) -> Self {
        Self { websocket, is_ended: false, is_closed: false }
    }

    /// The TCP connection, for its options.
    pub(super) fn socket(&self) -> &TcpStream {
        match self.websocket.get_ref() {
            Either::Left(tls) => tls.get_ref().0,
            Either::Right(tcp) => tcp,
        }
    }

    /// The next binary message; none once the server has closed normally.
    pub(super) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Bytes>>> {
        while !self.is_ended {
            let Some(message) = ready!(Pin::new(&mut self.websocket).poll_next(cx)) else { break };
            match message.map_err(broken)? {
                Message::Binary(bytes) => return Poll::Ready(Ok(Some(bytes))),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
                Message::Text(_) => return Poll::Ready(Err(invalid("a text message"))),
                Message::Close(frame) => {
                    self.is_ended = true;
                    let code = frame.map_or(CloseCode::Normal, |frame| frame.code);
                    if !matches!(code, CloseCode::Normal | CloseCode::Away | CloseCode::Status) {
                        let why = format!("the server closed the WebSocket with code {}", u16::from(code));
                        return Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionReset, why)));
                    }
                }
            }
        }
        Poll::Ready(Ok(None))
    }

    /// Ready when a message can be sent: earlier ones were flushed.
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.websocket).poll_ready(cx).map_err(broken)
    }

    /// Sends a binary message. What the socket does not accept is kept until a flush.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let message = Message::Binary(Bytes::copy_from_slice(bytes));
        Pin::new(&mut self.websocket).start_send(message).map_err(broken)
    }

    /// Flushes everything that was sent to the socket.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.websocket).poll_flush(cx).map_err(broken)
    }

    /// Sends the close frame. The server may continue to send.
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_closed {
            ready!(self.poll_ready(cx))?;
            self.is_closed = true;
            let farewell = CloseFrame { code: CloseCode::Normal, reason: "".into() };
            match Pin::new(&mut self.websocket).start_send(Message::Close(Some(farewell))) {
                // The server has closed, which was answered already.
                Ok(()) | Err(Error::Protocol(ProtocolError::SendAfterClosing)) => {}
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => return Poll::Ready(Ok(())),
                Err(error) => return Poll::Ready(Err(broken(error))),
            }
        }
        self.poll_flush(cx)
    }
}

pub(super) fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn broken(error: Error) -> io::Error {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, whose other errors have their own text")]
    match error {
        Error::Io(error) => error,
        // Without a close frame, the data may be truncated.
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => io::ErrorKind::UnexpectedEof.into(),
        // Both sides have closed.
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(ProtocolError::SendAfterClosing) => {
            io::ErrorKind::BrokenPipe.into()
        }
        other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
    }
}
