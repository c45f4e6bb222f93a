//! How a verb ends: what goes wrong, the one line that says so, and the exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use super::words;
use crate::control::ClientError;
use crate::i18n::Locale;
use crate::i18n::machine::{self, MachineError};
use crate::i18n::words::{fault, one_line};
use crate::model::Fault;
use crate::os::paths::PathsError;

/// Something went wrong.
pub(super) const FAILED: u8 = 1;

/// What was asked for is not understood.
pub(super) const USAGE: u8 = 2;

/// No engine runs on these files.
pub(super) const NOT_RUNNING: u8 = 3;

/// Why a verb did not do what it should.
#[derive(Debug)]
pub(super) enum Failed {
    /// The engine did not, or there is none.
    Engine(ClientError),
    /// Something else did not.
    Fault(Fault),
    /// This machine did not.
    Machine(MachineError),
    /// In words.
    Told(String),
    /// It was asked for in a way that makes no sense.
    Usage(String),
    /// Nobody reads what is printed any more, which is no failure: `sluice nodes | head -1`.
    Unread,
}

impl Failed {
    /// An error with all that caused it, in one line.
    pub(super) fn of(error: &dyn std::error::Error) -> Self {
        let mut line = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors repeat their cause already.
            if !line.ends_with(&text) {
                line = format!("{line}: {text}");
            }
            cause = error.source();
        }
        Self::Told(line)
    }
}

impl From<ClientError> for Failed {
    fn from(error: ClientError) -> Self {
        Self::Engine(error)
    }
}

impl From<PathsError> for Failed {
    fn from(error: PathsError) -> Self {
        Self::Fault((&error).into())
    }
}

impl From<MachineError> for Failed {
    fn from(error: MachineError) -> Self {
        Self::Machine(error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Unread } else { Self::Machine(error.into()) }
    }
}

/// Says how it ended, where that is worth a line, and gives the exit code.
pub(super) fn exit_code(locale: Locale, result: Result<ExitCode, Failed>) -> ExitCode {
    let (code, line) = match result {
        Ok(code) => return code,
        Err(Failed::Unread) => return ExitCode::SUCCESS,
        Err(Failed::Told(line)) => (FAILED, line),
        Err(Failed::Fault(fault)) => (FAILED, self::fault(locale, &fault)),
        Err(Failed::Machine(error)) => (FAILED, machine::error(locale, &error)),
        Err(Failed::Usage(line)) => (USAGE, line),
        Err(Failed::Engine(error)) => (code_of(&error), words::client_error(locale, &error)),
    };
    complain(&line);
    code.into()
}

fn code_of(error: &ClientError) -> u8 {
    match error {
        ClientError::NotRunning | ClientError::Ended => NOT_RUNNING,
        ClientError::Fault(_) | ClientError::Paths(_) | ClientError::Broken(_) | ClientError::NotUnderstood(_) => {
            FAILED
        }
    }
}

/// Writes one line to stderr. Where even that fails there is nobody to tell.
pub(super) fn complain(line: &str) {
    let line = one_line(line);
    let _unsaid = writeln!(io::stderr().lock(), "sluice: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FaultCode;

    #[test]
    fn the_contract_of_exit_codes() {
        let code = |error| format!("{:?}", exit_code(Locale::English, error));
        let expected = |number: u8| format!("{:?}", ExitCode::from(number));
        assert_eq!(code(Ok(ExitCode::SUCCESS)), expected(0));
        assert_eq!(code(Err(Failed::Unread)), expected(0));
        assert_eq!(code(Err(Failed::Told("x".into()))), expected(1));
        assert_eq!(code(Err(ClientError::Fault(Fault::new(FaultCode::NoNode, "")).into())), expected(1));
        assert_eq!(code(Err(Failed::Usage("x".into()))), expected(2));
        assert_eq!(code(Err(ClientError::NotRunning.into())), expected(3));
    }

    #[test]
    fn causes_stand_in_one_line_and_once() {
        let told = |error: &dyn std::error::Error| {
            let Failed::Told(line) = Failed::of(error) else { panic!("not told") };
            line
        };
        let cause = io::Error::other("disk full");
        let error = PathsError::Create { folder: "/x".into(), source: cause };
        assert_eq!(told(&error), "the folder /x cannot be made: disk full");
    }
}
