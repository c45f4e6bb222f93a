//! The clipboard: text, and pictures in it.
//!
//! On X11 and Wayland what was copied is there for as long as the program that copied it: so the
//! connection is kept from the first use on. Every call may wait for another program; call it where
//! waiting harms nobody.

use std::sync::{Arc, Mutex, PoisonError};

use arboard::{Clipboard as Connection, Error};

use super::screenshot::{Picture, Pixels};

/// The clipboard; clones share one connection.
#[derive(Clone, Default)]
pub struct Clipboard(Arc<Mutex<Option<Connection>>>);

/// What it holds.
pub enum Held {
    /// A text.
    Text(String),
    /// A picture.
    Picture(Picture),
}

/// Why the clipboard is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ClipboardError {
    /// This session has none: there is no desktop, or it cannot be reached.
    #[error("there is no clipboard here")]
    None,
    /// It is there, and something else is wrong; in the system's own words.
    #[error("the clipboard cannot be used: {0}")]
    Other(String),
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which few say something to a user")]
impl From<Error> for ClipboardError {
    fn from(error: Error) -> Self {
        match error {
            Error::ClipboardNotSupported => Self::None,
            // So the crate says that no X server answers.
            Error::Unknown { ref description } if description.contains("unreachable") => Self::None,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl Clipboard {
    /// The text in it; none where it holds something else or nothing.
    ///
    /// # Errors
    /// There is no clipboard, or its owner does not answer.
    pub fn read(&self) -> Result<Option<String>, ClipboardError> {
        match self.with(Connection::get_text) {
            Ok(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
            Err(Error::ContentNotAvailable | Error::ConversionFailure) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The picture in it; none where it holds something else or nothing.
    ///
    /// # Errors
    /// As of [`Clipboard::read`].
    pub fn picture(&self) -> Result<Option<Picture>, ClipboardError> {
        match self.with(Connection::get_image) {
            Ok(image) => {
                let size = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
                let (width, height) = (size(image.width), size(image.height));
                Ok(Some(Picture::Pixels(Pixels { width, height, rgba: image.bytes.into_owned() })))
            }
            Err(Error::ContentNotAvailable | Error::ConversionFailure) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The text in it, or else the picture; none where it holds neither.
    ///
    /// # Errors
    /// As of [`Clipboard::read`].
    pub fn held(&self) -> Result<Option<Held>, ClipboardError> {
        let text = self.read();
        if let Ok(Some(text)) = text {
            return Ok(Some(Held::Text(text)));
        }
        // Some that hold a picture give it to whoever asks for a text, which is no text then.
        match (self.picture(), text) {
            (Ok(None), Err(error)) => Err(error),
            (picture, _) => Ok(picture?.map(Held::Picture)),
        }
    }

    /// Puts a text into it.
    ///
    /// # Errors
    /// There is no clipboard.
    pub fn write(&self, text: &str) -> Result<(), ClipboardError> {
        Ok(self.with(|connection| connection.set_text(text))?)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Connection) -> Result<T, Error>) -> Result<T, Error> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *kept {
            Some(connection) => act(connection),
            none => act(none.insert(Connection::new()?)),
        }
    }
}
