//! What a user interface could not do on this machine: files, passwords, pictures, the clipboard, the screens.

use std::io;
use std::path::PathBuf;

use super::{Locale, Localize, tr};
use crate::locale::one_line;
use crate::logs::TailError;

/// Why something was not done on this machine.
#[derive(Debug)]
pub enum MachineError {
    /// The system refused.
    System(io::Error),
    /// The system refused a file.
    File {
        /// Which.
        file: PathBuf,
        /// What it says.
        error: io::Error,
    },
    /// A reason that speaks for itself.
    Told(Box<dyn Localize + Send + Sync>),
    /// A task of ours broke off, which is our own mistake.
    BrokeOff(tokio::task::JoinError),
}

impl MachineError {
    /// It in a language.
    pub fn localize(&self, locale: Locale) -> String {
        match self {
            Self::System(error) => io(locale, error),
            Self::File { file, error } => {
                let file = one_line(&file.display().to_string());
                tr!(locale, "cause-at", place = file, why = io(locale, error))
            }
            Self::Told(error) => error.localize(locale),
            Self::BrokeOff(error) => one_line(&error.to_string()),
        }
    }
}

/// What the system says.
pub fn io(locale: Locale, error: &io::Error) -> String {
    crate::os::obstacle::of(error).localize(locale)
}

impl<E: Localize + Send + Sync + 'static> From<E> for MachineError {
    fn from(error: E) -> Self {
        Self::Told(Box::new(error))
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
        Self::BrokeOff(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named() {
        let denied = TailError { file: "/x".into(), source: io::ErrorKind::NotFound.into() };
        assert_eq!(MachineError::from(denied).localize(Locale::English), "/x: no such file");
    }
}
