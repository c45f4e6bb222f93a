//! The log files. A new one is started each day and whenever one is full, and old ones are removed, so that the log
//! cannot fill the disk.
//!
//! Several processes of one user may append to the same files. Each checks the real size before it writes and moves on
//! to the newest file that has room.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Start of the file names, which have the form `sluice.2026-11-26.log`, or `sluice.2026-11-26.2.log` for further files
/// of a day.
const PREFIX: &str = "sluice";

/// End of the file names.
const SUFFIX: &str = "log";

/// The limits of the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retention {
    /// Maximum size of a file in bytes.
    pub(super) file: u64,
    /// Maximum size of all files in bytes.
    pub(super) total: u64,
    /// Maximum number of days.
    pub(super) days: usize,
}

/// At `info` a day takes some kilobytes; a file of this size still opens in any editor.
pub(super) const RETENTION: Retention = Retention { file: 8 << 20, total: 64 << 20, days: 7 };

/// The name of a log file. Names sort by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LogFileName {
    day: Date,
    /// From 1.
    number: u32,
}

impl LogFileName {
    fn parse(name: &str) -> Option<Self> {
        let inner = name.strip_prefix(PREFIX)?.strip_prefix('.')?.strip_suffix(SUFFIX)?.strip_suffix('.')?;
        let (day, number) = match inner.split_once('.') {
            Some((day, number)) => (day, number.parse().ok().filter(|number| *number > 1)?),
            None => (inner, 1),
        };
        Some(Self { day: day.parse().ok()?, number })
    }
}

impl fmt::Display for LogFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            1 => write!(f, "{PREFIX}.{}.{SUFFIX}", self.day),
            number => write!(f, "{PREFIX}.{}.{number}.{SUFFIX}", self.day),
        }
    }
}

/// The log files in a folder, oldest first; empty if it cannot be read.
pub(super) fn list(folder: &Path) -> Vec<LogFileName> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.filter_map(|entry| LogFileName::parse(entry.file_name().to_str()?)).collect();
    names.sort();
    names
}

/// Appends to the newest log file in a folder, within [`Retention`].
#[derive(Debug)]
pub(super) struct RotatingFile {
    folder: PathBuf,
    retention: Retention,
    today: fn() -> Date,
    name: LogFileName,
    file: File,
}

impl RotatingFile {
    /// Opens the current file, creating the folder if needed.
    pub(super) fn open(folder: &Path, retention: Retention) -> io::Result<Self> {
        Self::open_on(folder, retention, utc_today)
    }

    fn open_on(folder: &Path, retention: Retention, today: fn() -> Date) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let (name, file) = newest_with_room(folder, retention, today())?;
        let this = Self { folder: folder.to_owned(), retention, today, name, file };
        this.prune();
        Ok(this)
    }

    fn rotate_if_needed(&mut self) -> io::Result<()> {
        let today = (self.today)();
        if self.name.day == today && self.file.metadata()?.len() < self.retention.file {
            return Ok(());
        }
        (self.name, self.file) = newest_with_room(&self.folder, self.retention, today)?;
        self.prune();
        Ok(())
    }

    /// Removes the oldest files until the rest is within the retention limits. The current file is kept.
    fn prune(&self) {
        let size = |name: &LogFileName| fs::metadata(self.folder.join(name.to_string())).map_or(0, |file| file.len());
        let mut names = list(&self.folder);
        names.retain(|name| *name < self.name);
        // Leaves space for the current file.
        let mut total = self.retention.file + names.iter().map(size).sum::<u64>();
        let mut days: Vec<_> = names.iter().map(|name| name.day).chain([self.name.day]).collect();
        days.dedup();
        let oldest_day = days[days.len().saturating_sub(self.retention.days)];
        for name in names {
            if total <= self.retention.total && name.day >= oldest_day {
                break;
            }
            total -= size(&name).min(total);
            if let Err(error) = fs::remove_file(self.folder.join(name.to_string())) {
                // Not logged, because this is the log's own writer.
                let _nowhere = writeln!(io::stderr(), "sluice: the old log file {name} cannot be removed: {error}");
            }
        }
    }
}

impl Write for RotatingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rotate_if_needed()?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn newest_with_room(folder: &Path, retention: Retention, today: Date) -> io::Result<(LogFileName, File)> {
    let newest = list(folder).into_iter().rfind(|name| name.day == today);
    let mut name = newest.unwrap_or(LogFileName { day: today, number: 1 });
    loop {
        let file = append(&folder.join(name.to_string()))?;
        if file.metadata()?.len() < retention.file {
            return Ok((name, file));
        }
        name.number = name.number.checked_add(1).ok_or(ErrorKind::StorageFull)?;
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The day in UTC, as the times in the log are.
fn utc_today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn new_year() -> Date {
        date(2026, 1, 1)
    }

    fn sizes(folder: &Path) -> Vec<u64> {
        list(folder).iter().map(|name| fs::metadata(folder.join(name.to_string())).unwrap().len()).collect()
    }

    #[test]
    fn names_are_parsed_and_sort_by_age() {
        let names =
            ["sluice.2025-12-31.log", "sluice.2026-01-01.log", "sluice.2026-01-01.2.log", "sluice.2026-01-01.10.log"];
        let parsed: Vec<_> = names.iter().map(|name| LogFileName::parse(name).unwrap()).collect();
        assert!(parsed.is_sorted());
        assert_eq!(parsed.iter().map(ToString::to_string).collect::<Vec<_>>(), names);
        for other in ["sluice.log", "sluice.2026-01-01.1.log", "sluice.2026-13-01.log", "other.2026-01-01.log", "x"] {
            assert_eq!(LogFileName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_busy_day_stays_within_the_limits() {
        let folder = tempfile::tempdir().unwrap();
        let retention = Retention { file: 1_000, total: 4_000, days: 7 };
        let mut log = RotatingFile::open_on(folder.path(), retention, new_year).unwrap();
        for line in 0..1_000 {
            log.write_all(format!("{line:099}\n").as_bytes()).unwrap();
        }
        let sizes = sizes(folder.path());
        assert!(sizes.iter().sum::<u64>() <= retention.total, "{sizes:?}");
        assert!(sizes.iter().all(|size| *size <= retention.file) && sizes.len() > 1, "{sizes:?}");
        let newest = list(folder.path()).pop().unwrap().to_string();
        let text = fs::read_to_string(folder.path().join(newest)).unwrap();
        assert!(text.ends_with(&format!("{:099}\n", 999)), "the newest lines are kept");
    }

    #[test]
    fn files_of_earlier_days_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        for day in 20..=31 {
            fs::write(folder.path().join(format!("sluice.2025-12-{day}.log")), "x").unwrap();
        }
        fs::write(folder.path().join("notes.txt"), "x").unwrap();
        RotatingFile::open_on(folder.path(), RETENTION, new_year).unwrap();
        let names = list(folder.path());
        assert_eq!(names.len(), RETENTION.days);
        assert_eq!(names[0].to_string(), "sluice.2025-12-26.log");
        assert!(folder.path().join("notes.txt").exists());
    }

    #[test]
    fn processes_share_the_newest_file_with_room() {
        let folder = tempfile::tempdir().unwrap();
        let retention = Retention { file: 100, total: 1_000, days: 7 };
        let mut engine = RotatingFile::open_on(folder.path(), retention, new_year).unwrap();
        let mut window = RotatingFile::open_on(folder.path(), retention, new_year).unwrap();
        for _ in 0..3 {
            engine.write_all(&[b'e'; 60]).unwrap();
            window.write_all(&[b'w'; 60]).unwrap();
        }
        assert_eq!(sizes(folder.path()), [120, 120, 120]);
    }

    #[cfg(unix)]
    #[test]
    fn a_log_file_is_private() {
        let folder = tempfile::tempdir().unwrap();
        RotatingFile::open(folder.path(), RETENTION).unwrap().write_all(b"x\n").unwrap();
        let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}
