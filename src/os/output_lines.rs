//! Reads lines from another program's output, which may be any bytes of any length.

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// Most bytes of a line that are kept; the rest is read and dropped.
const MAX_LINE: usize = 4 * 1024;

/// Reads the next line without its line break, truncated to [`MAX_LINE`], with invalid UTF-8 replaced. Returns `None`
/// at the end of the output, or on an error.
pub async fn next_line(output: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = Vec::new();
    let mut is_begun = false;
    loop {
        let available = output.fill_buf().await.ok()?;
        if available.is_empty() {
            return is_begun.then(|| decode(&line));
        }
        is_begun = true;
        let end = available.iter().position(|byte| *byte == b'\n');
        let piece = &available[..end.unwrap_or(available.len())];
        line.extend_from_slice(&piece[..piece.len().min(MAX_LINE - line.len())]);
        let used = piece.len() + usize::from(end.is_some());
        output.consume(used);
        if end.is_some() {
            return Some(decode(&line));
        }
    }
}

fn decode(line: &[u8]) -> String {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(mut output: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = next_line(&mut output).await {
            lines.push(line);
        }
        lines
    }

    #[tokio::test]
    async fn invalid_utf8_is_replaced() {
        assert_eq!(lines(b"one\r\n\n\xff\xfe two\nlast").await, ["one", "", "\u{fffd}\u{fffd} two", "last"]);
    }

    #[tokio::test]
    async fn a_long_line_is_truncated_and_the_next_one_is_complete() {
        let output = [vec![b'x'; 1 << 20], b"\nnext\n".to_vec()].concat();
        let lines = lines(&output).await;
        assert_eq!((lines[0].len(), &*lines[1]), (MAX_LINE, "next"));
    }
}
