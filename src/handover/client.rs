//! A client as a member sees it: at first the loopback connection from the gateway, then the client's own socket.

use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::HandedEnd;
use super::receiver::{ClientOffer, ExpectedOffer, HandoverReceiver, add};
use super::switch::{ClientSink, ClientSource, MemberSwitch};

/// A client. Dropping it resets it, unless it is closed.
pub struct MemberClient {
    /// None once both directions go to the client itself.
    loopback: Option<TcpStream>,
    client: Option<HandedClient>,
    switch: MemberSwitch,
    // Dropped last: it tells the gateway that the sockets are closed.
    expected: ExpectedOffer,
}

/// The client's own socket.
struct HandedClient {
    stream: TcpStream,
    slot: u32,
}

impl MemberClient {
    /// The client behind a connection that comes from this port of the gateway's.
    pub fn new(loopback: TcpStream, port: u16, receiver: &Arc<HandoverReceiver>) -> Self {
        let (loopback, expected) = (Some(loopback), receiver.expect(port));
        Self { loopback, client: None, switch: MemberSwitch::default(), expected }
    }

    /// What the gateway says of it.
    pub fn offer(&self) -> Arc<ClientOffer> {
        Arc::clone(&self.expected.offer)
    }

    /// Whether the client's own socket is here.
    #[cfg(test)]
    pub(crate) fn is_handed_over(&self) -> bool {
        self.client.is_some()
    }

    /// Closes it in good order, after both directions have ended.
    ///
    /// # Errors
    /// It is not connected any more.
    pub fn close(mut self) -> io::Result<()> {
        let client = self.client.as_ref().map(|client| &client.stream);
        for stream in client.into_iter().chain(&self.loopback) {
            SockRef::from(stream).set_linger(None)?;
        }
        self.expected.end = HandedEnd::Closed;
        Ok(())
    }

    /// Follows what the gateway has said.
    fn follow(&mut self, cx: &Context<'_>) -> io::Result<()> {
        let offer = &self.expected.offer;
        offer.register(cx);
        let mut state = offer.state();
        if self.client.is_none()
            && let (Some(stream), Some(slot)) = (state.client.take(), state.slot)
        {
            // However this process ends, nobody is to take a truncated stream for a complete one.
            stream.set_zero_linger()?;
            self.client = Some(HandedClient { stream, slot });
            self.switch.take();
        }
        if state.is_drained {
            self.switch.drained();
        }
        drop(state);
        self.sink()?;
        if self.switch.is_complete() {
            self.loopback = None;
        }
        Ok(())
    }

    fn loopback(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.loopback.as_mut().map(Pin::new).ok_or_else(no_client)
    }

    /// Where the server's bytes go.
    fn sink(&mut self) -> io::Result<ClientSink> {
        let sink = self.switch.sink();
        if sink != ClientSink::EndLoopback {
            return Ok(sink);
        }
        SockRef::from(&*self.loopback()?).shutdown(Shutdown::Write)?;
        Ok(self.switch.sink())
    }

    fn poll_read_client(&mut self, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Some(HandedClient { stream, slot }) = &mut self.client else { return Poll::Ready(Err(no_client())) };
        let before = to.filled().len();
        ready!(Pin::new(&mut *stream).poll_read(cx, to))?;
        let count = to.filled().len() - before;
        // While the gateway writes to the same socket, it may be told of a reset, and only the end is left for here.
        if count == 0 && self.switch.sink() != ClientSink::Client && stream.peer_addr().is_err() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if let Some(counters) = self.expected.counters(*slot) {
            add(&counters.up, count);
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for MemberClient {
    fn drop(&mut self) {
        if self.expected.end == HandedEnd::Broken
            && let Some(loopback) = &self.loopback
        {
            // A closed socket needs no reset.
            let _closed = loopback.set_zero_linger();
        }
    }
}

impl AsyncRead for MemberClient {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.follow(cx)?;
        if this.switch.source() == ClientSource::Loopback {
            let before = to.filled().len();
            ready!(this.loopback()?.poll_read(cx, to))?;
            if to.filled().len() > before || to.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            this.follow(cx)?;
            if !this.switch.loopback_ended() {
                return Poll::Ready(Ok(()));
            }
        }
        this.poll_read_client(cx, to)
    }
}

impl AsyncWrite for MemberClient {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.follow(cx)?;
        match (this.sink()?, &mut this.client) {
            (ClientSink::Client, Some(HandedClient { stream, slot })) => {
                let written = Pin::new(stream).poll_write(cx, bytes);
                let counters = this.expected.counters(*slot);
                if let Some(counters) = counters {
                    counters.blocked.store(written.is_pending().into(), Relaxed);
                }
                let count = ready!(written)?;
                if let Some(counters) = counters {
                    add(&counters.down, count);
                }
                Poll::Ready(Ok(count))
            }
            (ClientSink::Loopback, _) => this.loopback()?.poll_write(cx, bytes),
            (ClientSink::EndLoopback | ClientSink::Nowhere | ClientSink::Client, _) => Poll::Pending,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Sockets have nothing to flush.
        Poll::Ready(self.get_mut().follow(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.expected.offer.close();
        this.follow(cx)?;
        match (this.sink()?, &mut this.client) {
            (ClientSink::Client, Some(client)) => Pin::new(&mut client.stream).poll_shutdown(cx),
            (ClientSink::Loopback, _) => this.loopback()?.poll_shutdown(cx),
            (ClientSink::EndLoopback | ClientSink::Nowhere | ClientSink::Client, _) => Poll::Pending,
        }
    }
}

fn no_client() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
