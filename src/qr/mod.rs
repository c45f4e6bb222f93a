//! QR codes: a text as a code, and all texts that are in a picture.
//!
//! Bytes in, bytes out: where a picture comes from (a file, the clipboard, a screen) and what a text
//! means is for others to know. A picture comes from anywhere, so its size is looked at before it is
//! unpacked, what is tried to find a code in it is bounded, and a code may be turned, at a slant, mirrored, light on
//! dark, small, or one of several.
//! Codes are printed as a PNG and as lines for a terminal, with the margin that readers want.

mod corners;
mod grid;
mod picture;
mod print;
mod search;
mod shades;

#[cfg(feature = "desktop")]
pub use self::picture::texts_in_pictures;
pub use self::picture::{PictureError, texts_in_file, texts_in_pixels};
pub use self::print::{Code, TooLong};
