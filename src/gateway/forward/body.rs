//! Copies a body, from the framing of one connection to that of the other.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::io::{BODY_READ, fill};
use crate::gateway::http1::{BodyFraming, ChunkPiece, ChunkedDecoder, MessageError};

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyEncoding {
    /// Unchanged: its length is known, or the end of the connection ends it.
    Plain,
    /// In chunks.
    Chunked,
}

/// Why a body was not copied completely.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    /// It is incomplete or malformed.
    #[error("incomplete body: {0}")]
    Source(#[source] io::Error),
    /// It could not be written.
    #[error("cannot write: {0}")]
    Sink(#[source] io::Error),
}

impl From<MessageError> for CopyError {
    fn from(error: MessageError) -> Self {
        Self::Source(io::Error::other(error))
    }
}

/// Finds the data of a body in what has been read.
enum BodyReader {
    Length(u64),
    Chunked(ChunkedDecoder),
    UntilClose,
    Ended,
}

impl BodyReader {
    fn new(framing: BodyFraming) -> Self {
        match framing {
            BodyFraming::Empty => Self::Ended,
            BodyFraming::Length(length) => Self::Length(length),
            BodyFraming::Chunked => Self::Chunked(ChunkedDecoder::default()),
            BodyFraming::UntilClose => Self::UntilClose,
        }
    }

    /// The number of data bytes at the front of `input`: zero at the end of the body, none if more input is needed. The
    /// caller consumes all of them.
    fn available(&mut self, input: &mut BytesMut) -> Result<Option<usize>, MessageError> {
        match self {
            Self::Ended | Self::Length(0) => Ok(Some(0)),
            Self::Length(_) | Self::UntilClose if input.is_empty() => Ok(None),
            Self::UntilClose => Ok(Some(input.len())),
            Self::Length(missing) => {
                let length = usize::try_from(*missing).unwrap_or(usize::MAX).min(input.len());
                *missing -= length as u64;
                Ok(Some(length))
            }
            Self::Chunked(decoder) => {
                let (used, decoded) = decoder.advance(input)?;
                input.advance(used);
                match decoded {
                    ChunkPiece::Data(length) => Ok(Some(length)),
                    ChunkPiece::NeedsMore => Ok(None),
                    ChunkPiece::End => {
                        *self = Self::Ended;
                        Ok(Some(0))
                    }
                }
            }
        }
    }

    /// How many bytes to read at once.
    fn read_size(&self) -> usize {
        match self {
            Self::Length(missing) => usize::try_from(*missing).unwrap_or(BODY_READ).clamp(4 * 1024, BODY_READ),
            Self::Chunked(_) | Self::UntilClose | Self::Ended => BODY_READ,
        }
    }

    /// Records the end of the stream.
    fn close(&mut self) -> Result<(), CopyError> {
        match self {
            Self::UntilClose => {
                *self = Self::Ended;
                Ok(())
            }
            Self::Length(_) | Self::Chunked(_) | Self::Ended => {
                Err(CopyError::Source(io::ErrorKind::UnexpectedEof.into()))
            }
        }
    }
}

/// Writes `head` and then the body, which begins in `input` and continues in `from`.
///
/// # Errors
/// The body is incomplete, or could not be written.
pub(super) async fn copy_message(
    head: Vec<u8>,
    (from, input, framing): (&mut (impl AsyncRead + Unpin), &mut BytesMut, BodyFraming),
    (to, encoding): (&mut (impl AsyncWrite + Unpin), BodyEncoding),
) -> Result<(), CopyError> {
    let mut body = BodyReader::new(framing);
    // In one write with the first bytes of the body, if they have been read.
    let mut unsent = head;
    loop {
        match body.available(input)? {
            Some(0) => break,
            Some(length) => {
                let (start, end) = match encoding {
                    BodyEncoding::Plain => (String::new(), &b""[..]),
                    BodyEncoding::Chunked => (format!("{length:x}\r\n"), &b"\r\n"[..]),
                };
                let framed = start.as_bytes().chain(&input[..length]).chain(end);
                to.write_all_buf(&mut (&unsent[..]).chain(framed)).await.map_err(CopyError::Sink)?;
                input.advance(length);
            }
            None => {
                to.write_all(&unsent).await.map_err(CopyError::Sink)?;
                if fill(from, input, body.read_size()).await.map_err(CopyError::Source)? == 0 {
                    body.close()?;
                }
            }
        }
        unsent = Vec::new();
    }
    let end = match encoding {
        BodyEncoding::Plain => &b""[..],
        BodyEncoding::Chunked => b"0\r\n\r\n",
    };
    to.write_all_buf(&mut (&unsent[..]).chain(end)).await.map_err(CopyError::Sink)
}
