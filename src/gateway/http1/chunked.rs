//! Chunked bodies (RFC 9112, section 7.1), decoded strictly. Extensions and trailers are dropped.

use super::MessageError;

/// Maximum number of bytes of extensions and trailers in one body.
const OVERHEAD_LIMIT: usize = 16 * 1024;

/// Finds the data in a chunked body that arrives in pieces of any size.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::gateway) struct ChunkedDecoder {
    state: ChunkState,
    overhead: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChunkState {
    /// In the size, after this many digits.
    Size {
        digits: u8,
        size: u64,
    },
    /// After the size.
    Extension {
        size: u64,
    },
    /// After the CR of the size line.
    SizeLf {
        size: u64,
    },
    /// In the data, with this many bytes missing.
    Data {
        missing: u64,
    },
    /// After the data.
    DataCr,
    DataLf,
    /// At the beginning of a line after the last chunk.
    Trailer,
    /// Within such a line.
    TrailerLine,
    TrailerLf,
    /// After the CR of the empty line.
    EndLf,
    End,
}

impl Default for ChunkState {
    fn default() -> Self {
        Self::Size { digits: 0, size: 0 }
    }
}

/// The next part of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum ChunkPiece {
    /// This many bytes of data follow the consumed bytes.
    Data(usize),
    /// All bytes were consumed, and the body continues.
    NeedsMore,
    /// The body has ended; what follows is not part of it.
    End,
}

impl ChunkedDecoder {
    /// Reads `input` up to the next data: the number of consumed bytes, and what follows them.
    ///
    /// # Errors
    /// It is malformed, or its extensions or trailers are too long.
    pub(in crate::gateway) fn advance(&mut self, input: &[u8]) -> Result<(usize, ChunkPiece), MessageError> {
        for (used, byte) in input.iter().enumerate() {
            if let ChunkState::Data { missing } = self.state {
                let length = usize::try_from(missing).unwrap_or(usize::MAX).min(input.len() - used);
                let missing = missing - length as u64;
                self.state = if missing > 0 { ChunkState::Data { missing } } else { ChunkState::DataCr };
                return Ok((used, ChunkPiece::Data(length)));
            }
            if self.state == ChunkState::End {
                return Ok((used, ChunkPiece::End));
            }
            self.state = self.next(*byte)?;
        }
        let end = if self.state == ChunkState::End { ChunkPiece::End } else { ChunkPiece::NeedsMore };
        Ok((input.len(), end))
    }

    fn next(&mut self, byte: u8) -> Result<ChunkState, MessageError> {
        use ChunkState as S;
        match (self.state, byte) {
            (S::Size { digits, size }, byte) if byte.is_ascii_hexdigit() && digits < 16 => {
                let digit = char::from(byte).to_digit(16).expect("a hexadecimal digit");
                Ok(S::Size { digits: digits + 1, size: size << 4 | u64::from(digit) })
            }
            (S::Size { digits: 1.., size } | S::Extension { size }, b'\r') => Ok(S::SizeLf { size }),
            (S::Size { digits: 1.., size }, b';' | b' ' | b'\t') => Ok(S::Extension { size }),
            (S::Extension { size }, byte) if byte != b'\n' => self.overhead(S::Extension { size }),
            (S::SizeLf { size: 0 }, b'\n') => Ok(S::Trailer),
            (S::SizeLf { size }, b'\n') => Ok(S::Data { missing: size }),
            (S::DataCr, b'\r') => Ok(S::DataLf),
            (S::DataLf, b'\n') => Ok(S::default()),
            (S::Trailer, b'\r') => Ok(S::EndLf),
            (S::TrailerLine, b'\r') => Ok(S::TrailerLf),
            (S::Trailer | S::TrailerLine, byte) if byte != b'\n' => self.overhead(S::TrailerLine),
            (S::TrailerLf, b'\n') => Ok(S::Trailer),
            (S::EndLf, b'\n') => Ok(S::End),
            (_state, _byte) => Err(MessageError::Malformed),
        }
    }

    fn overhead(&mut self, next: ChunkState) -> Result<ChunkState, MessageError> {
        self.overhead += 1;
        if self.overhead > OVERHEAD_LIMIT { Err(MessageError::TooLong) } else { Ok(next) }
    }
}
