//! The log.
//!
//! It is written to files in the log folder, limited in days and bytes ([`files`]), by a separate thread so that a slow
//! disk blocks nothing; in the foreground also to stderr, in the format of the service manager's journal if that reads
//! it ([`journal`]). `SLUICE_LOG` is the filter (`info` by default; for example `sluice=debug,warn`). Secrets are never
//! logged, and host names only at debug. [`Tail`] reads the log, with or without a running engine.

mod files;
mod journal;
mod tail;

use std::env::{self, VarError};
use std::io::{self, IsTerminal};
use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::model::settings::{ExpectedValue, InvalidValue};
use crate::model::{Cause, Fault, FaultCode, display_as_fault};
use crate::os::{service_manager, system_error};

use self::files::RotatingFile;
use self::journal::JournalFormat;
pub use self::tail::{Tail, TailError};

/// The environment variable with the log filter.
const VARIABLE: &str = "SLUICE_LOG";

/// Whether to log to stderr too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// Files only.
    Quiet,
    /// Files and stderr: a program in the foreground.
    Stderr,
}

/// Why the log could not be started.
#[derive(Debug)]
pub enum LogsError {
    /// The variable is not a filter.
    Filter(ParseError),
    /// The variable is not valid UTF-8.
    NotText,
    /// The log file cannot be opened.
    File(io::Error),
    /// A logger is installed already.
    Twice(TryInitError),
}

display_as_fault!(LogsError);

impl From<&LogsError> for Fault {
    fn from(error: &LogsError) -> Self {
        match error {
            LogsError::Filter(_) | LogsError::NotText => InvalidValue::new(VARIABLE, ExpectedValue::LogFilter).into(),
            LogsError::File(error) => Self::of(FaultCode::Log, Cause::System(system_error::of(error))),
            LogsError::Twice(error) => Self::new(FaultCode::Log, error.to_string()),
        }
    }
}

/// Flushes the log when dropped: keep it until the end of `main`.
#[derive(Debug)]
pub struct Guard {
    _writer: WorkerGuard,
}

/// Starts the log of this process.
///
/// # Errors
/// An invalid filter, a folder that is not writable, or a second start.
pub fn start(folder: &Path, console: Console) -> Result<Guard, LogsError> {
    keep_files_private();
    let filter = filter(env::var(VARIABLE))?;
    let files = RotatingFile::open(folder, files::RETENTION).map_err(LogsError::File)?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let to_journal = console == Console::Stderr && service_manager::reads_stderr();
    let in_journal =
        to_journal.then(|| layer().with_ansi(false).with_writer(io::stderr).event_format(JournalFormat::default()));
    let on_stderr = (console == Console::Stderr && !to_journal)
        .then(|| layer().with_writer(io::stderr).with_ansi(is_terminal()).with_target(false));
    let in_files = layer().with_writer(writer).with_ansi(false);
    let whole = tracing_subscriber::registry().with(filter).with(in_files).with(on_stderr).with(in_journal);
    whole.try_init().map_err(LogsError::Twice)?;
    Ok(Guard { _writer: guard })
}

/// Sets the umask, so that new files are accessible to this user only.
#[cfg(unix)]
fn keep_files_private() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

#[cfg(windows)]
fn keep_files_private() {}

fn filter(variable: Result<String, VarError>) -> Result<EnvFilter, LogsError> {
    let text = match variable {
        Ok(text) if !text.trim().is_empty() => text,
        Ok(_) | Err(VarError::NotPresent) => "info".to_owned(),
        Err(VarError::NotUnicode(_)) => return Err(LogsError::NotText),
    };
    EnvFilter::try_new(text).map_err(LogsError::Filter)
}

fn is_terminal() -> bool {
    io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_parsed_or_refused() {
        assert_eq!(filter(Err(VarError::NotPresent)).unwrap().to_string(), "info");
        assert_eq!(filter(Ok(" ".into())).unwrap().to_string(), "info");
        assert!(filter(Ok("sluice=debug,warn".into())).unwrap().to_string().contains("sluice=debug"));
        assert!(filter(Ok("sluice=loud".into())).unwrap_err().to_string().contains("SLUICE_LOG"));
    }
}
