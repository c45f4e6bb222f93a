//! QR codes: the text of a code as a list of nodes; a code that is drawn in any size, rotated, slanted and damaged; and small
//! arbitrary pictures. An undamaged code of sufficient size is read as its text and as nothing else.

#![no_main]

mod roundtrip;

use libfuzzer_sys::fuzz_target;
use sluice::qr::{self, Code};

/// The greatest width of an arbitrary picture, in pixels.
const WIDEST: usize = 96;

// The input: how the code is drawn, the length of its text, the text, and its damage, which also serves as a picture and as a file.
fuzz_target!(|bytes: &[u8]| {
    let Some((drawing, [length, rest @ ..])) = bytes.split_first_chunk() else { return };
    let (text, rest) = rest.split_at(usize::from(*length).min(rest.len()));
    let (drawing, text) = (Drawing(*drawing), String::from_utf8_lossy(text));
    roundtrip::check(&text);
    if let Ok(code) = Code::of(&text) {
        let seen = texts(drawing.draw(&code, rest));
        let is_plain = rest.is_empty() && drawing.slant() == 0.0 && drawing.module() >= 5.0;
        assert!(!is_plain || text.is_empty() || seen == [&*text], "{text:?} became {seen:?}");
        seen.iter().for_each(|seen| roundtrip::check(seen));
    }
    let width = usize::from(drawing.0[1]) % WIDEST + 1;
    let shades = &rest[..rest.len().min(width * WIDEST)];
    let _any = texts((width, shades[..shades.len() / width * width].to_vec()));
    let _none = qr::texts_in_file(rest);
});

/// How a code is drawn.
struct Drawing([u8; 5]);

impl Drawing {
    fn turn(&self) -> f32 {
        f32::from(self.0[0]) * std::f32::consts::TAU / 256.0
    }

    /// Pixels per module.
    fn module(&self) -> f32 {
        1.0 + f32::from(self.0[1] % 128) / 20.0
    }

    fn slant(&self) -> f32 {
        f32::from(self.0[2] as i8) / 400.0
    }

    /// The shades of background and code.
    fn shades(&self) -> (u8, u8) {
        let (paper, ink) = (150 + self.0[3] % 100, self.0[4] % 90);
        if self.0[3] & 1 == 0 { (paper, ink) } else { (ink, paper) }
    }

    /// The width and shades of a picture of the code. Each pair of bytes in `damage` sets one pixel.
    fn draw(&self, code: &Code, damage: &[u8]) -> (usize, Vec<u8>) {
        let modules = code.side() as f32;
        let side = ((modules + 8.0) * self.module() * 1.5) as usize;
        let ((paper, ink), (sin, cos)) = (self.shades(), self.turn().sin_cos());
        let shade = |at: usize| {
            let from_middle = |at: usize| (at as f32 + 0.5 - side as f32 / 2.0) / self.module();
            let (x, y) = (from_middle(at % side), from_middle(at / side));
            let shrink = 1.0 + self.slant() * (x + y) / modules;
            let (x, y) = ((cos * x + sin * y) * shrink + modules / 2.0, (cos * y - sin * x) * shrink + modules / 2.0);
            let is_inside = (0.0..modules).contains(&x) && (0.0..modules).contains(&y);
            if is_inside && code.is_dark(x as usize, y as usize) { ink } else { paper }
        };
        let mut shades: Vec<u8> = (0..side * side).map(shade).collect();
        for pair in damage.chunks_exact(2) {
            let at = usize::from(pair[0]) * side / 256 * side + usize::from(pair[1]) * side / 256;
            shades[at] = pair[0] ^ pair[1];
        }
        (side, shades)
    }
}

fn texts((width, shades): (usize, Vec<u8>)) -> Vec<String> {
    let rgba = shades.iter().flat_map(|&shade| [shade, shade, shade, u8::MAX]).collect();
    qr::texts_in_pixels(width as u32, (shades.len() / width) as u32, rgba)
        .expect("the size matches the number of pixels")
}
