//! Errors of a user interface's own work on this computer: files, passwords, pictures, the clipboard, the screens.

use std::io;
use std::path::PathBuf;

use super::{Locale, Localize, tr};
use crate::locale::one_line;
use crate::logs::TailError;

/// Why something failed on this computer.
#[derive(Debug)]
pub enum MachineError {
    /// An error of the operating system.
    System(io::Error),
    /// An error of the operating system with a file.
    File {
        /// The file.
        file: PathBuf,
        /// The error.
        error: io::Error,
    },
    /// A reason with a message of its own.
    Reason(Box<dyn Localize + Send + Sync>),
    /// A task panicked, which is a bug.
    Panicked(tokio::task::JoinError),
}

impl MachineError {
    /// The message in a language.
    pub fn localize(&self, locale: Locale) -> String {
        match self {
            Self::System(error) => io(locale, error),
            Self::File { file, error } => {
                let file = one_line(&file.display().to_string());
                tr!(locale, "cause-at", place = file, why = io(locale, error))
            }
            Self::Reason(error) => error.localize(locale),
            Self::Panicked(error) => one_line(&error.to_string()),
        }
    }
}

/// The message of an operating system error.
pub fn io(locale: Locale, error: &io::Error) -> String {
    crate::os::system_error::of(error).localize(locale)
}

impl<E: Localize + Send + Sync + 'static> From<E> for MachineError {
    fn from(error: E) -> Self {
        Self::Reason(Box::new(error))
    }
}

impl From<io::Error> for MachineError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl From<TailError> for MachineError {
    fn from(TailError { file, source }: TailError) -> Self {
        Self::File { file, error: source }
    }
}

impl From<tokio::task::JoinError> for MachineError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Panicked(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_the_file() {
        let denied = TailError { file: "/x".into(), source: io::ErrorKind::NotFound.into() };
        assert_eq!(MachineError::from(denied).localize(Locale::English), "/x: no such file");
    }
}
