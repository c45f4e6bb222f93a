//! Encodes a text as a QR code: modules, a PNG, or lines for a terminal.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use qrcode::render::unicode::Dense1x2;
use qrcode::{Color, EcLevel, QrCode};

use crate::locale::{Locale, Localize, display, tr};

/// Width of the quiet zone in modules (ISO/IEC 18004 section 6.3.8).
const QUIET_ZONE: u32 = 4;

/// Module size in pixels: large enough for a camera in front of any screen.
const MODULE_PIXELS: u32 = 8;

/// The text is too long for a QR code: the limit is 2953 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl Localize for TooLong {
    fn localize(&self, locale: Locale) -> String {
        tr!(locale, "code-too-long")
    }
}

display!(TooLong);

/// A QR code.
#[derive(Clone)]
pub struct Code(QrCode);

impl Code {
    /// Encodes a text as the smallest code with error correction level M, or L if it is too long for that.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn of(text: &str) -> Result<Self, TooLong> {
        let with = |level| QrCode::with_error_correction_level(text, level);
        with(EcLevel::M).or_else(|_| with(EcLevel::L)).map(Self).map_err(|_| TooLong)
    }

    /// Number of modules per side, without the quiet zone.
    pub fn side(&self) -> usize {
        self.0.width()
    }

    /// Whether the module in this column and row, from 0, is dark.
    ///
    /// # Panics
    /// The module does not exist.
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        self.0[(column, row)] == Color::Dark
    }

    /// The code as a PNG, with its quiet zone.
    pub fn png(&self) -> Vec<u8> {
        let side = u32::try_from(self.side()).expect("a code has 177 modules a side at most");
        let pixels = (side + 2 * QUIET_ZONE) * MODULE_PIXELS;
        let picture = GrayImage::from_fn(pixels, pixels, |x, y| {
            let module = |pixel: u32| (pixel / MODULE_PIXELS).checked_sub(QUIET_ZONE).filter(|module| *module < side);
            let is_dark = module(x).zip(module(y)).is_some_and(|(x, y)| self.is_dark(x as usize, y as usize));
            Luma([if is_dark { 0 } else { 255 }])
        });
        let mut png = Vec::new();
        picture.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).expect("memory takes any picture");
        png
    }

    /// The code as lines of half blocks, two rows of modules per line, with its quiet zone. The light modules are
    /// drawn: print the lines white on black.
    pub fn lines(&self) -> String {
        let mut renderer = self.0.render::<Dense1x2>();
        renderer.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).module_dimensions(1, 1).build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::{texts_in_file, texts_in_pixels};

    #[test]
    fn a_printed_code_round_trips() {
        for text in ["ss://x", "ssr://ü 东京", &"long ".repeat(560)] {
            let png = Code::of(text).unwrap().png();
            assert_eq!(texts_in_file(&png).unwrap(), [text]);
        }
        assert_eq!(Code::of(&"x".repeat(2_954)).map(drop), Err(TooLong));
    }

    #[test]
    fn the_lines_of_a_terminal_are_the_same_code() {
        let text = "ss://YWVzLTI1Ni1nY206dGVzdA@127.0.0.1:8388#Tokyo";
        let lines = Code::of(text).unwrap().lines();
        // Each character is two modules above one another, drawn here as 3 by 3 pixels each.
        let mut rows: Vec<Vec<bool>> = Vec::new();
        for line in lines.lines() {
            let halves = |lit: [char; 2]| line.chars().map(|half| lit.contains(&half)).collect();
            rows.extend([halves(['█', '▀']), halves(['█', '▄'])]);
        }
        let side = rows[0].len();
        let pixel = |x: usize, y: usize| if rows[y / 3][x / 3] { [255, 255, 255, 255] } else { [0, 0, 0, 255] };
        let rgba: Vec<u8> = (0..side * rows.len() * 9).flat_map(|at| pixel(at % (side * 3), at / (side * 3))).collect();
        let (width, height) = (side as u32 * 3, rows.len() as u32 * 3);
        assert_eq!(texts_in_pixels(width, height, rgba).unwrap(), [text]);
    }
}
