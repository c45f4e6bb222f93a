//! Copy buffers, held only while they have data.
//!
//! Each worker thread keeps a few spare ones; a connection that waits for its peer holds none.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read};

use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

/// In bytes. Half the system calls of 32 KiB, and no slower than 128 KiB (measured on loopback).
const SIZE: usize = 64 * 1024;

/// Number of spare buffers per thread: one for each direction of a few connections that are blocked by a slow reader at
/// the same time.
const SPARE: usize = 8;

/// Whether a read that does not fill the buffer has emptied the socket, so that another one would only find that (see
/// epoll(7), question 9). tokio's own reads assume the same.
const SHORT_READ_EMPTIES: bool = cfg!(target_os = "linux");

thread_local! {
    static SPARES: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer with data that is still to be written.
pub(in crate::gateway) struct CopyBuffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl CopyBuffer {
    /// An empty buffer.
    fn take() -> Self {
        let spare = SPARES.with_borrow_mut(Vec::pop);
        Self { bytes: spare.unwrap_or_else(|| vec![0; SIZE].into_boxed_slice()), start: 0, end: 0 }
    }

    /// A buffer with a copy of `bytes`, larger than [`SIZE`] if necessary; `None` if there are none.
    pub(in crate::gateway) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        let mut buffer = Self::take();
        if bytes.len() > SIZE {
            buffer.bytes = bytes.into();
        } else {
            buffer.bytes[..bytes.len()].copy_from_slice(bytes);
        }
        buffer.end = bytes.len();
        Some(buffer)
    }

    /// Reads once without waiting: an empty buffer at the end of the stream, `None` if there is no data yet.
    ///
    /// # Errors
    /// The connection failed.
    pub(in crate::gateway) fn read_from(stream: &TcpStream) -> io::Result<Option<Self>> {
        let mut buffer = Self::take();
        let mut received = None;
        let read = stream.try_io(Interest::READABLE, || {
            let count = (&*SockRef::from(stream)).read(&mut buffer.bytes)?;
            received = Some(count);
            let is_empty_now = SHORT_READ_EMPTIES && 0 < count && count < buffer.bytes.len();
            // Makes tokio forget that there was data, unless more has arrived meanwhile.
            if is_empty_now { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        match (received, read) {
            (Some(count), _) => {
                buffer.end = count;
                Ok(Some(buffer))
            }
            // The readiness was stale; awaiting it again will wait.
            (None, Err(error)) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            (None, read) => read.map(|()| None),
        }
    }

    /// The data still to be written.
    pub(in crate::gateway) fn data(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Marks the first `count` bytes of the data as written.
    pub(in crate::gateway) fn written(&mut self, count: usize) {
        self.start += count;
    }

    /// Whether all is written.
    pub(in crate::gateway) fn is_done(&self) -> bool {
        self.start == self.end
    }
}

impl Drop for CopyBuffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        SPARES.with_borrow_mut(|spares| {
            if spares.len() < SPARE && bytes.len() == SIZE {
                spares.push(bytes);
            }
        });
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use futures_util::FutureExt;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_emptied_socket_is_not_read_again_before_there_is_more() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        for bytes in [&b"one"[..], b"three"] {
            peer.write_all(bytes).await.unwrap();
            stream.readable().await.unwrap();
            assert_eq!(CopyBuffer::read_from(&stream).unwrap().unwrap().data(), bytes);
            assert!(stream.readable().now_or_never().is_none());
        }
        peer.write_all(b"last").await.unwrap();
        drop(peer);
        let mut rest = Vec::<u8>::new();
        loop {
            stream.readable().await.unwrap();
            match CopyBuffer::read_from(&stream).unwrap() {
                Some(end) if end.is_done() => break,
                read => rest.extend(read.iter().flat_map(|read| read.data())),
            }
        }
        assert_eq!(rest, b"last");
    }
}
