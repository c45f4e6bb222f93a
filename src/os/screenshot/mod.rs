//! What is on the screens right now, as pictures: one for each screen, or one of them all.
//!
//! On X11 and Windows a program may look; on Wayland the desktop's portal is asked, which may ask the
//! person; macOS asks for a permission once. The pictures are never written anywhere by us.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::others as system;

/// A picture of red, green, blue and opacity, a byte each, row by row.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

/// A screen's picture, in the form in which the system gives it.
#[derive(Clone, PartialEq, Eq)]
pub enum Picture {
    /// Pixels.
    Pixels(Pixels),
    /// The bytes of a picture file.
    File(Vec<u8>),
}

/// Why the screens cannot be seen.
#[derive(Debug, thiserror::Error)]
pub enum ScreenshotError {
    /// There is none, or it cannot be reached.
    #[error("there is no screen here")]
    None,
    /// The person who was asked said no.
    #[error("nobody gave leave to look at the screen")]
    NoLeave,
    /// Something else; in the system's own words.
    #[error("the screen cannot be looked at: {0}")]
    Other(String),
}

impl ScreenshotError {
    fn of(error: impl std::fmt::Display) -> Self {
        Self::Other(error.to_string())
    }
}

/// Takes a picture of every screen. May wait for a person who is asked for leave.
///
/// # Errors
/// There is no screen, or no leave.
pub async fn take() -> Result<Vec<Picture>, ScreenshotError> {
    system::take().await
}
