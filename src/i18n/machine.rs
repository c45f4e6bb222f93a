//! What a user interface could not do on this machine, and the sentences about it: files, passwords, pictures,
//! the clipboard, the screens.

use std::io;
use std::path::PathBuf;

use super::troubles::obstacle;
use super::words::one_line;
use super::{Locale, tr};
use crate::logs::TailError;
#[cfg(feature = "desktop")]
use crate::os::{clipboard::ClipboardError, screenshot::ScreenshotError};
use crate::qr::{PictureError, TooLong};
use crate::seal::SealError;

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
    /// A file with a password does not open, or a text cannot be sealed.
    Seal(SealError),
    /// A picture cannot be looked at.
    Picture(PictureError),
    /// A text fits into no code.
    TooLong,
    /// The clipboard is of no use.
    #[cfg(feature = "desktop")]
    Clipboard(ClipboardError),
    /// The screens cannot be seen.
    #[cfg(feature = "desktop")]
    Screen(ScreenshotError),
    /// A task of ours broke off, which is our own mistake.
    BrokeOff(tokio::task::JoinError),
}

/// Why something was not done on this machine.
pub fn error(locale: Locale, error: &MachineError) -> String {
    match error {
        MachineError::System(error) => io(locale, error),
        MachineError::File { file, error } => {
            let file = one_line(&file.display().to_string());
            tr!(locale, "fault-detail", what = file, detail = io(locale, error))
        }
        MachineError::Seal(error) => seal(locale, *error),
        MachineError::Picture(error) => picture(locale, error),
        MachineError::TooLong => tr!(locale, "code-too-long"),
        #[cfg(feature = "desktop")]
        MachineError::Clipboard(ClipboardError::None) => tr!(locale, "clipboard-none"),
        #[cfg(feature = "desktop")]
        MachineError::Clipboard(ClipboardError::Other(why)) => {
            tr!(locale, "clipboard-unusable", why = one_line(why))
        }
        #[cfg(feature = "desktop")]
        MachineError::Screen(ScreenshotError::None) => tr!(locale, "screen-none"),
        #[cfg(feature = "desktop")]
        MachineError::Screen(ScreenshotError::NoLeave) => tr!(locale, "screen-no-leave"),
        #[cfg(feature = "desktop")]
        MachineError::Screen(ScreenshotError::Other(why)) => tr!(locale, "screen-unusable", why = one_line(why)),
        MachineError::BrokeOff(error) => one_line(&error.to_string()),
    }
}

/// What the system says.
pub fn io(locale: Locale, error: &io::Error) -> String {
    obstacle(locale, &crate::os::obstacle::of(error))
}

/// Why a file with a password does not open.
pub fn seal(locale: Locale, error: SealError) -> String {
    match error {
        SealError::Password => tr!(locale, "seal-password"),
        SealError::Damaged => tr!(locale, "seal-damaged"),
        SealError::Unknown => tr!(locale, "seal-unknown"),
        SealError::Empty => tr!(locale, "key-empty"),
    }
}

/// Why a picture cannot be looked at.
pub fn picture(locale: Locale, error: &PictureError) -> String {
    match error {
        PictureError::NoPicture => tr!(locale, "picture-none"),
        PictureError::Damaged => tr!(locale, "picture-damaged"),
        PictureError::TooLarge => tr!(locale, "picture-too-large"),
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

impl From<SealError> for MachineError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<PictureError> for MachineError {
    fn from(error: PictureError) -> Self {
        Self::Picture(error)
    }
}

impl From<TooLong> for MachineError {
    fn from(TooLong: TooLong) -> Self {
        Self::TooLong
    }
}

#[cfg(feature = "desktop")]
impl From<ClipboardError> for MachineError {
    fn from(error: ClipboardError) -> Self {
        Self::Clipboard(error)
    }
}

#[cfg(feature = "desktop")]
impl From<ScreenshotError> for MachineError {
    fn from(error: ScreenshotError) -> Self {
        Self::Screen(error)
    }
}

impl From<tokio::task::JoinError> for MachineError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::BrokeOff(error)
    }
}

#[cfg(test)]
mod tests {
    use super::super::reasons::tests::check;
    use super::*;

    #[test]
    fn each_refusal_is_explained_in_both_languages() {
        for error in [SealError::Password, SealError::Damaged, SealError::Unknown, SealError::Empty] {
            check(|locale| seal(locale, error), &error.to_string());
        }
        for error in [PictureError::NoPicture, PictureError::Damaged, PictureError::TooLarge] {
            check(|locale| picture(locale, &error), &error.to_string());
        }
        check(|locale| error(locale, &TooLong.into()), &TooLong.to_string());
        let denied = || MachineError::from(TailError { file: "/x".into(), source: io::ErrorKind::NotFound.into() });
        check(|locale| error(locale, &denied()).replace('：', ": "), "/x: no such file");
    }
}
