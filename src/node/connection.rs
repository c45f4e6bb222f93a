//! A connection to a server: TCP, or a WebSocket over it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::websocket::bytes::WebSocketBytes;

/// A byte stream to and from a server.
pub(super) enum ServerConnection {
    Tcp(TcpStream),
    /// Boxed: it is rare and large.
    WebSocket(Box<WebSocketBytes>),
}

impl ServerConnection {
    /// The TCP socket, for its options.
    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Tcp(stream) => stream,
            Self::WebSocket(bytes) => bytes.socket(),
        }
    }
}

impl AsyncRead for ServerConnection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, to),
            Self::WebSocket(bytes) => Pin::new(bytes).poll_read(cx, to),
        }
    }
}

impl AsyncWrite for ServerConnection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::WebSocket(messages) => Pin::new(messages).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::WebSocket(bytes) => Pin::new(bytes).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::WebSocket(bytes) => Pin::new(bytes).poll_shutdown(cx),
        }
    }
}
