//! Splits bytes into lines of bounded length, and back. A line that is too long or is not UTF-8 is an item of the
//! stream, not an error: after an error, `Framed` would drop what it has already read.

use std::io;

use bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder, LinesCodec, LinesCodecError};

/// A codec for lines of bounded length.
#[derive(Debug)]
pub struct LineCodec(LinesCodec);

/// Why a line was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidLine {
    /// Longer than the limit; the rest of it is skipped.
    TooLong,
    /// Not UTF-8.
    NotText,
}

impl LineCodec {
    /// Accepts lines of at most `longest` bytes.
    pub fn up_to(longest: usize) -> Self {
        Self(LinesCodec::new_with_max_length(longest))
    }
}

impl Decoder for LineCodec {
    type Item = Result<String, InvalidLine>;
    type Error = io::Error;

    fn decode(&mut self, buffer: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        as_item(self.0.decode(buffer))
    }

    fn decode_eof(&mut self, buffer: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        as_item(self.0.decode_eof(buffer))
    }
}

impl Encoder<String> for LineCodec {
    type Error = io::Error;

    fn encode(&mut self, line: String, buffer: &mut BytesMut) -> io::Result<()> {
        self.0.encode(line, buffer).map_err(io::Error::other)
    }
}

fn as_item(line: Result<Option<String>, LinesCodecError>) -> io::Result<Option<Result<String, InvalidLine>>> {
    match line {
        Ok(line) => Ok(line.map(Ok)),
        Err(LinesCodecError::MaxLineLengthExceeded) => Ok(Some(Err(InvalidLine::TooLong))),
        Err(LinesCodecError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
            Ok(Some(Err(InvalidLine::NotText)))
        }
        Err(LinesCodecError::Io(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_after_an_invalid_line_are_kept() {
        let mut lines = LineCodec::up_to(4);
        let mut buffer = BytesMut::from(&b"toolong\n\xff\nok\r\nend"[..]);
        let mut next = || lines.decode(&mut buffer).unwrap();
        assert_eq!(next(), Some(Err(InvalidLine::TooLong)));
        assert_eq!(next(), Some(Err(InvalidLine::NotText)));
        assert_eq!(next(), Some(Ok("ok".into())));
        assert_eq!(next(), None);
        assert_eq!(lines.decode_eof(&mut buffer).unwrap(), Some(Ok("end".into())));
    }
}
