//! `logs`: the end of the log, and what is written to it. Needs no engine: a log is most wanted
//! where the engine has just died.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::ending::Failed;
use super::out::{Format, Out};
use crate::i18n::{Locale, tr};
use crate::logs::{PREFIX, SUFFIX};
use crate::os::paths::Paths;

/// Bytes from the end that are looked through for the last lines.
const LOOKED_THROUGH: u64 = 1 << 20;

/// How often a file is looked at for more.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) fn show(paths: &Paths, out: &mut Out, follow: bool, lines: usize) -> Result<(), Failed> {
    let locale = out.locale;
    let none = || Failed::Told(tr!(locale, "cli-no-log", folder = paths.logs().display().to_string()));
    let newest = newest(paths.logs()).ok_or_else(none)?;
    let mut file = open(&newest, locale)?;
    for line in tail(&mut file, lines)? {
        print(out, &line)?;
    }
    if follow { self::follow(paths.logs(), newest, file, out) } else { Ok(()) }
}

/// The newest log file: their names hold the day and sort by it.
fn newest(folder: &Path) -> Option<PathBuf> {
    let is_log = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(PREFIX) && name.ends_with(SUFFIX)
    };
    std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).filter(is_log).max()
}

fn open(path: &Path, locale: Locale) -> Result<BufReader<File>, Failed> {
    let told = |error: std::io::Error| {
        Failed::Told(tr!(locale, "cli-unreadable", file = path.display().to_string(), why = error.to_string()))
    };
    File::open(path).map(BufReader::new).map_err(told)
}

/// The last lines; the file stands at its end after it.
fn tail(file: &mut BufReader<File>, lines: usize) -> Result<Vec<String>, Failed> {
    let length = file.get_ref().metadata()?.len();
    let from = length.saturating_sub(LOOKED_THROUGH);
    file.seek(SeekFrom::Start(from))?;
    let mut all = Vec::new();
    while let Some(line) = next_line(file, &mut Vec::new())? {
        all.push(line);
    }
    // The first one is cut where the look began in its middle.
    let cut = usize::from(from > 0).min(all.len());
    let skipped = all.len().saturating_sub(lines).max(cut);
    Ok(all.split_off(skipped))
}

fn follow(folder: &Path, mut path: PathBuf, mut file: BufReader<File>, out: &mut Out) -> Result<(), Failed> {
    let mut half = Vec::new();
    loop {
        while let Some(line) = next_line(&mut file, &mut half)? {
            print(out, &line)?;
        }
        sleep(PAUSE);
        // A new day has a new file; what is left in the old one has been read by now.
        if let Some(next) = newest(folder).filter(|next| *next != path) {
            file = open(&next, out.locale)?;
            path = next;
            half.clear();
        }
    }
}

/// The next whole line. What there is of an unfinished one is kept in `half`.
fn next_line(file: &mut BufReader<File>, half: &mut Vec<u8>) -> Result<Option<String>, Failed> {
    file.read_until(b'\n', half)?;
    if half.last() != Some(&b'\n') {
        return Ok(None);
    }
    let line = String::from_utf8_lossy(half).trim_end().to_owned();
    half.clear();
    Ok(Some(line))
}

fn print(out: &mut Out, line: &str) -> Result<(), Failed> {
    match out.format {
        Format::Json => out.json(&json!({ "line": line })),
        Format::Text(_) => out.text(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sluice.2026-01-02.log");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn the_newest_day_is_chosen() {
        let (folder, path) = file(b"");
        std::fs::write(folder.path().join("sluice.2025-12-31.log"), b"").unwrap();
        std::fs::write(folder.path().join("zzz.txt"), b"").unwrap();
        assert_eq!(newest(folder.path()), Some(path));
        assert_eq!(newest(&folder.path().join("nowhere")), None);
    }

    #[test]
    fn the_tail_is_the_last_whole_lines() {
        let (_folder, path) = file(b"one\ntwo\nthree\nhalf");
        let last = |lines| tail(&mut open(&path, Locale::English).unwrap(), lines).unwrap();
        assert_eq!(last(2), ["two", "three"]);
        assert_eq!(last(9), ["one", "two", "three"]);
        assert!(last(0).is_empty());
    }

    #[test]
    fn a_huge_file_is_not_read_whole() {
        let (_folder, path) = file("0123456789abcde\n".repeat(200_000).as_bytes());
        let lines = tail(&mut open(&path, Locale::English).unwrap(), usize::MAX).unwrap();
        assert!(lines.len() < 66_000 && lines.iter().all(|line| line == "0123456789abcde"));
    }
}
