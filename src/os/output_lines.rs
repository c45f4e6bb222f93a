//! The lines that another program writes: whatever it writes, and however much.

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// The most of a line that is kept, in bytes; the rest of it is read and dropped.
const LONGEST: usize = 4 * 1024;

/// The next line without its line break, cut where it is too long, with what is no UTF-8 replaced. None
/// at the end of the output, or where it can no longer be read.
pub async fn next_line(output: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = Vec::new();
    let mut is_begun = false;
    loop {
        let available = output.fill_buf().await.ok()?;
        if available.is_empty() {
            return is_begun.then(|| shown(&line));
        }
        is_begun = true;
        let end = available.iter().position(|byte| *byte == b'\n');
        let piece = &available[..end.unwrap_or(available.len())];
        line.extend_from_slice(&piece[..piece.len().min(LONGEST - line.len())]);
        let used = piece.len() + usize::from(end.is_some());
        output.consume(used);
        if end.is_some() {
            return Some(shown(&line));
        }
    }
}

fn shown(line: &[u8]) -> String {
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
    async fn any_bytes_are_lines() {
        assert_eq!(lines(b"one\r\n\n\xff\xfe two\nlast").await, ["one", "", "\u{fffd}\u{fffd} two", "last"]);
    }

    #[tokio::test]
    async fn a_long_line_is_cut_and_the_next_one_is_whole() {
        let output = [vec![b'x'; 1 << 20], b"\nnext\n".to_vec()].concat();
        let lines = lines(&output).await;
        assert_eq!((lines[0].len(), &*lines[1]), (LONGEST, "next"));
    }
}
