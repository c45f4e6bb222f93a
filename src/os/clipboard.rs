//! The clipboard: text and pictures.
//!
//! On X11 and Wayland the content lives only as long as the program that copied it, so the connection is kept open from
//! the first use on. Every call may block on another program; call it from a thread that may block.

use std::sync::{Arc, Mutex, PoisonError};

use arboard::{Clipboard as Connection, Error};

use super::screenshot::{Picture, PixelBuffer};
use crate::locale::messages;

/// The clipboard; clones share one connection.
#[derive(Clone, Default)]
pub struct Clipboard(Arc<Mutex<Option<Connection>>>);

/// The content of the clipboard.
pub enum ClipboardContent {
    /// A text.
    Text(String),
    /// A picture.
    Picture(Picture),
}

messages! {
    /// Why the clipboard cannot be used.
    #[derive(Debug)]
    pub enum ClipboardError {
        /// There is no clipboard: no desktop session, or it cannot be reached.
        None = "clipboard-none",
        /// Any other error, with the system's message.
        Other(why: String) = "clipboard-unusable",
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum, few of whose variants matter to a user")]
impl From<Error> for ClipboardError {
    fn from(error: Error) -> Self {
        match error {
            Error::ClipboardNotSupported => Self::None,
            // The crate's message when no X server answers.
            Error::Unknown { ref description } if description.contains("unreachable") => Self::None,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl Clipboard {
    /// Reads the text; `None` if there is none.
    ///
    /// # Errors
    /// No clipboard, or its owner does not answer.
    pub fn read(&self) -> Result<Option<String>, ClipboardError> {
        match self.with(Connection::get_text) {
            Ok(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
            Err(Error::ContentNotAvailable | Error::ConversionFailure) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the picture; `None` if there is none.
    ///
    /// # Errors
    /// As for [`Clipboard::read`].
    pub fn picture(&self) -> Result<Option<Picture>, ClipboardError> {
        match self.with(Connection::get_image) {
            Ok(image) => {
                let size = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
                let (width, height) = (size(image.width), size(image.height));
                Ok(Some(Picture::Pixels(PixelBuffer { width, height, rgba: image.bytes.into_owned() })))
            }
            Err(Error::ContentNotAvailable | Error::ConversionFailure) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the text, or else the picture; `None` if there is neither.
    ///
    /// # Errors
    /// As for [`Clipboard::read`].
    pub fn content(&self) -> Result<Option<ClipboardContent>, ClipboardError> {
        let text = self.read();
        if let Ok(Some(text)) = text {
            return Ok(Some(ClipboardContent::Text(text)));
        }
        // Some programs offer a picture as text, which is then invalid.
        match (self.picture(), text) {
            (Ok(None), Err(error)) => Err(error),
            (picture, _) => Ok(picture?.map(ClipboardContent::Picture)),
        }
    }

    /// Copies a text.
    ///
    /// # Errors
    /// No clipboard.
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
