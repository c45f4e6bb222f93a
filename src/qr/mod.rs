//! QR codes: drawing a text as a code, and finding all codes in a picture.
//!
//! Bytes in, bytes out: where a picture comes from (a file, the clipboard, a screen) and what a text means is
//! the caller's business. Pictures are untrusted: their size is checked before they are decoded, and the search
//! is bounded. A code may be rotated, at a slant, mirrored, light on dark, small, or one of several.
//! Codes are drawn as PNG and as lines for a terminal, with the quiet zone that readers need.

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
