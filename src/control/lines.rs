//! Bytes into lines and back, so that no line can do harm: neither one without an end nor one that is
//! no text. What is wrong with a line is an item, not an error: on an error the framing would forget
//! what it has read already.

use std::io;

use bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder, LinesCodec, LinesCodecError};

/// Cuts bytes into lines of limited length.
#[derive(Debug)]
pub struct LineCodec(LinesCodec);

/// Why a line is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidLine {
    /// Over the limit; the rest of it is skipped.
    TooLong,
    /// No UTF-8.
    NotText,
}

impl LineCodec {
    /// Lines of at most `longest` bytes.
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
    fn what_stands_behind_a_bad_line_is_not_lost() {
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
