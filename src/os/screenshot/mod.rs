//! Screenshots: one per screen, or one of all.
//!
//! X11 and Windows allow them; on Wayland the desktop's portal is used, which may ask the user; macOS asks for
//! permission once. Sluice never writes the pictures to disk.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::others as system;
use crate::locale::messages;

/// An RGBA picture, 8 bits per channel, row by row.
#[derive(Clone, PartialEq, Eq)]
pub struct PixelBuffer {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Four bytes per pixel.
    pub rgba: Vec<u8>,
}

/// A screenshot, in the form in which the system delivers it.
#[derive(Clone, PartialEq, Eq)]
pub enum Picture {
    /// Pixels.
    Pixels(PixelBuffer),
    /// The bytes of a picture file.
    File(Vec<u8>),
}

messages! {
    /// Why there is no screenshot.
    #[derive(Debug)]
    pub enum ScreenshotError {
        /// No screen, or it cannot be reached.
        None = "screen-none",
        /// The user refused permission.
        Denied = "screen-no-leave",
        /// Any other error, with the system's message.
        Other(why: String) = "screen-unusable",
    }
}

impl ScreenshotError {
    fn of(error: impl std::fmt::Display) -> Self {
        Self::Other(error.to_string())
    }
}

/// Takes a screenshot of every screen. May wait for the user's permission.
///
/// # Errors
/// No screen, or no permission.
pub async fn take() -> Result<Vec<Picture>, ScreenshotError> {
    system::take().await
}
