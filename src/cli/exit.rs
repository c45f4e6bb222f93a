//! How a command ends: its error, the one line that reports it, and the exit code.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::messages;
use crate::control::ClientError;
use crate::i18n::labels::one_line;
use crate::i18n::machine::{self, MachineError};
use crate::i18n::{Locale, Localize, tr};
use crate::model::Fault;
use crate::os::paths::PathsError;

/// The command failed.
pub(super) const FAILED: u8 = 1;

/// The command line is wrong.
pub(super) const USAGE: u8 = 2;

/// No engine is running.
pub(super) const NOT_RUNNING: u8 = 3;

/// Why a command failed.
#[derive(Debug)]
pub(super) enum CliError {
    /// The engine reported an error, or there is none.
    Engine(ClientError),
    /// An error that the engine would report in the same way.
    Fault(Fault),
    /// The operating system, or something else on this machine, reported an error.
    Machine(MachineError),
    /// A message in the user's language.
    Message(String),
    /// The command line is wrong.
    Usage(String),
    /// The reader of the output has closed the pipe, as in `sluice nodes | head -1`; not a failure.
    BrokenPipe,
}

impl CliError {
    /// An error with its causes, in one line.
    pub(super) fn of(error: &dyn std::error::Error) -> Self {
        let mut line = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors repeat their cause.
            if !line.ends_with(&text) {
                line = format!("{line}: {text}");
            }
            cause = error.source();
        }
        Self::Message(line)
    }

    /// A file that could not be read.
    pub(super) fn unreadable(locale: Locale, file: &Path, why: String) -> Self {
        Self::Message(tr!(locale, "cli-unreadable", file = file.display().to_string(), why = why))
    }

    /// A file that could not be written.
    pub(super) fn unwritable(locale: Locale, file: &Path, error: &io::Error) -> Self {
        let why = machine::io(locale, error);
        Self::Message(tr!(locale, "cli-unwritable", file = file.display().to_string(), why = why))
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        Self::Engine(error)
    }
}

impl From<PathsError> for CliError {
    fn from(error: PathsError) -> Self {
        Self::Fault((&error).into())
    }
}

impl From<MachineError> for CliError {
    fn from(error: MachineError) -> Self {
        Self::Machine(error)
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::BrokenPipe } else { Self::Machine(error.into()) }
    }
}

/// Prints the error, if there is one, and returns the exit code.
pub(super) fn exit_code(locale: Locale, result: Result<ExitCode, CliError>) -> ExitCode {
    let (code, line) = match result {
        Ok(code) => return code,
        Err(CliError::BrokenPipe) => return ExitCode::SUCCESS,
        Err(CliError::Message(line)) => (FAILED, line),
        Err(CliError::Fault(fault)) => (FAILED, fault.localize(locale)),
        Err(CliError::Machine(error)) => (FAILED, error.localize(locale)),
        Err(CliError::Usage(line)) => (USAGE, line),
        Err(CliError::Engine(error)) => (code_of(&error), messages::client_error(locale, &error)),
    };
    print_error(&line);
    code.into()
}

fn code_of(error: &ClientError) -> u8 {
    match error {
        ClientError::NotRunning | ClientError::Ended => NOT_RUNNING,
        ClientError::Fault(_)
        | ClientError::NoAnswer
        | ClientError::Paths(_)
        | ClientError::Broken(_)
        | ClientError::NotUnderstood(_) => FAILED,
    }
}

/// Writes one line to stderr; a failure to do so is ignored.
pub(super) fn print_error(line: &str) {
    let line = one_line(line);
    let _unwritten = writeln!(io::stderr().lock(), "sluice: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FaultCode;

    #[test]
    fn each_error_has_its_exit_code() {
        let code = |error| format!("{:?}", exit_code(Locale::English, error));
        let expected = |number: u8| format!("{:?}", ExitCode::from(number));
        assert_eq!(code(Ok(ExitCode::SUCCESS)), expected(0));
        assert_eq!(code(Err(CliError::BrokenPipe)), expected(0));
        assert_eq!(code(Err(CliError::Message("x".into()))), expected(1));
        assert_eq!(code(Err(ClientError::Fault(Fault::new(FaultCode::NoNode, "")).into())), expected(1));
        assert_eq!(code(Err(CliError::Usage("x".into()))), expected(2));
        assert_eq!(code(Err(ClientError::NotRunning.into())), expected(3));
    }

    #[test]
    fn causes_are_in_one_line_without_repetition() {
        let line_of = |error: &dyn std::error::Error| {
            let CliError::Message(line) = CliError::of(error) else { panic!("no message") };
            line
        };
        let cause = io::Error::other("disk full");
        let error = PathsError::Create { folder: "/x".into(), source: cause };
        assert_eq!(line_of(&error), "file error: cannot create /x: disk full");
    }
}
