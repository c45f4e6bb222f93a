//! Reads the last lines of the log, and lines appended to it. Works without an engine: the log matters most when the
//! engine has crashed. This module never waits; the caller polls.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::files::{self, LogFileName};

/// Number of bytes at the end of a file in which the last lines are searched.
const SEARCHED: u64 = 1 << 20;

/// A log file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", .file.display())]
pub struct TailError {
    /// The file.
    pub file: PathBuf,
    /// The error of the system.
    #[source]
    pub source: io::Error,
}

/// The log, with a reading position.
#[derive(Debug)]
pub struct Tail {
    folder: PathBuf,
    name: LogFileName,
    file: BufReader<File>,
    /// The beginning of an incomplete line.
    partial: Vec<u8>,
}

impl Tail {
    /// Opens the log in a folder and returns its last lines; none if there is no log.
    ///
    /// # Errors
    /// The newest file cannot be read.
    pub fn open(folder: &Path, lines: usize) -> Result<Option<(Self, Vec<String>)>, TailError> {
        let Some(name) = files::list(folder).pop() else { return Ok(None) };
        let file = open(folder, name)?;
        let mut tail = Self { folder: folder.to_owned(), name, file, partial: Vec::new() };
        let last = tail.last(lines).map_err(|source| tail.error(source))?;
        Ok(Some((tail, last)))
    }

    /// The lines that were appended since the last call.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn more(&mut self) -> Result<Vec<String>, TailError> {
        let mut lines = self.complete_lines().map_err(|source| self.error(source))?;
        // Later files; the rest of the old one has been read above.
        for next in files::list(&self.folder).into_iter().filter(|next| *next > self.name).collect::<Vec<_>>() {
            (self.name, self.file) = (next, open(&self.folder, next)?);
            self.partial.clear();
            lines.extend(self.complete_lines().map_err(|source| self.error(source))?);
        }
        Ok(lines)
    }

    fn last(&mut self, lines: usize) -> io::Result<Vec<String>> {
        let length = self.file.get_ref().metadata()?.len();
        let from = length.saturating_sub(SEARCHED);
        self.file.seek(SeekFrom::Start(from))?;
        let mut all = self.complete_lines()?;
        // The first line is incomplete if reading started within it.
        let cut = usize::from(from > 0).min(all.len());
        let skipped = all.len().saturating_sub(lines).max(cut);
        Ok(all.split_off(skipped))
    }

    fn complete_lines(&mut self) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            self.file.read_until(b'\n', &mut self.partial)?;
            if self.partial.last() != Some(&b'\n') {
                return Ok(lines);
            }
            lines.push(String::from_utf8_lossy(&self.partial).trim_end().to_owned());
            self.partial.clear();
        }
    }

    fn error(&self, source: io::Error) -> TailError {
        TailError { file: self.folder.join(self.name.to_string()), source }
    }
}

fn open(folder: &Path, name: LogFileName) -> Result<BufReader<File>, TailError> {
    let file = folder.join(name.to_string());
    File::open(&file).map(BufReader::new).map_err(|source| TailError { file, source })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sluice.2026-01-02.log");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn last(folder: &Path, lines: usize) -> Vec<String> {
        Tail::open(folder, lines).unwrap().unwrap().1
    }

    #[test]
    fn the_newest_day_is_chosen() {
        let (folder, path) = file(b"");
        std::fs::write(folder.path().join("sluice.2025-12-31.log"), b"").unwrap();
        std::fs::write(folder.path().join("zzz.txt"), b"").unwrap();
        let (tail, _) = Tail::open(folder.path(), 1).unwrap().unwrap();
        assert_eq!(folder.path().join(tail.name.to_string()), path);
        assert!(Tail::open(&folder.path().join("nowhere"), 1).unwrap().is_none());
    }

    #[test]
    fn the_tail_is_the_last_complete_lines() {
        let (folder, _) = file(b"one\ntwo\nthree\nhalf");
        assert_eq!(last(folder.path(), 2), ["two", "three"]);
        assert_eq!(last(folder.path(), 9), ["one", "two", "three"]);
        assert!(last(folder.path(), 0).is_empty());
    }

    #[test]
    fn appended_lines_are_complete_across_days() {
        let (folder, path) = file(b"one\nha");
        let (mut tail, _) = Tail::open(folder.path(), 9).unwrap().unwrap();
        assert!(tail.more().unwrap().is_empty());
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(b"lf\nlast of the day\n").unwrap();
        std::fs::write(folder.path().join("sluice.2026-01-03.log"), b"morning\n").unwrap();
        std::fs::write(folder.path().join("sluice.2026-01-03.2.log"), b"noon\n").unwrap();
        assert_eq!(tail.more().unwrap(), ["half", "last of the day", "morning", "noon"]);
        assert!(tail.more().unwrap().is_empty());
    }

    #[test]
    fn a_huge_file_is_not_read_whole() {
        let (folder, _) = file("0123456789abcde\n".repeat(200_000).as_bytes());
        let lines = last(folder.path(), usize::MAX);
        assert!(lines.len() < 66_000 && lines.iter().all(|line| line == "0123456789abcde"));
    }
}
