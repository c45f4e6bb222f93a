//! QR codes: a text as a code, and all texts that are in a picture.
//!
//! Bytes in, bytes out: where a picture comes from (a file, the clipboard, a screen) and what a text
//! means is for others to know. A picture comes from anywhere, so its size is looked at before it is
//! unpacked, and a code in it may be turned, mirrored, light on dark, small, or one of several.
//! Codes are printed as a PNG and as lines for a terminal, with the margin that readers want.

mod picture;
mod print;
mod search;

#[cfg(feature = "desktop")]
pub use self::picture::texts_in_pictures;
pub use self::picture::{PictureError, texts_in_file, texts_in_pixels};
pub use self::print::{Code, TooLong};
