//! The clipboard, as text.
//!
//! On X11 and Wayland what was copied is there for as long as the program that copied it: so the
//! connection is kept from the first use on. Every call may wait for another program; call it where
//! waiting harms nobody.

use std::sync::{Arc, Mutex, PoisonError};

use arboard::{Clipboard as Connection, Error};

/// The clipboard; clones share one connection.
#[derive(Clone, Default)]
pub struct Clipboard(Arc<Mutex<Option<Connection>>>);

/// Why the clipboard is of no use.
#[derive(Debug, thiserror::Error)]
#[error("the clipboard cannot be used: {0}")]
pub struct ClipboardError(#[from] Error);

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
