//! QR codes: encoding a text as a code, and finding all codes in a picture.
//!
//! Pure: where a picture comes from (a file, the clipboard, a screen) and what a text means is up to the caller.
//! Pictures are untrusted: their size is checked before they are decoded, and the search is bounded. A code may be
//! rotated, slanted, mirrored, inverted, small, or one of several. Codes are drawn as PNG and as lines for a terminal,
//! with the quiet zone that readers need.

mod finder_patterns;
mod grid;
mod picture;
mod print;
mod search;
mod shades;

#[cfg(feature = "desktop")]
pub use self::picture::texts_in_pictures;
pub use self::picture::{PictureError, texts_in_file, texts_in_pixels};
pub use self::print::{Code, TooLong};
