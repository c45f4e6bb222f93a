//! The search for codes in a greyscale picture, in time bounded by the number of pixels.
//!
//! Every pixel is checked for finder patterns. Where three of them can belong to one code, its modules are sampled and
//! decoded by `rqrr`, which never sees the picture. This is done twice at each size, with a local and a global
//! threshold: a screenshot has many shades side by side, a photo of paper few. The search is repeated at half the size
//! as long as a code could fit, which removes camera noise and makes large modules small.

use image::GrayImage;

use super::finder_patterns::{FinderPattern, finder_patterns};
use super::grid::PatternTriple;
use super::shades::Shades;

/// Smallest side of a picture with a code in it, in pixels: 21 modules.
const MIN_SIDE: u32 = 21;

/// Limits of the attempts per picture, whatever it contains: combinations of three finder patterns, and decodings.
/// Screenshots need some dozens of the former and a few of the latter.
const MAX_TRIPLES: usize = 5_000;
const MAX_READINGS: usize = 200;

/// All texts in a picture, without duplicates.
pub(super) fn texts(picture: GrayImage) -> Vec<String> {
    let mut search = Search { triples: MAX_TRIPLES, readings: MAX_READINGS, texts: Vec::new() };
    let mut picture = picture;
    while picture.width().min(picture.height()) >= MIN_SIDE {
        search.scan(&Shades::by_place(&picture));
        search.scan(&Shades::by_all(&picture));
        picture = halved(&picture);
    }
    without_duplicates(search.texts)
}

/// Removes duplicates, keeping the first.
pub(super) fn without_duplicates(texts: Vec<String>) -> Vec<String> {
    let mut once = Vec::new();
    for text in texts {
        if !once.contains(&text) {
            once.push(text);
        }
    }
    once
}

/// The results so far, and the remaining attempts.
struct Search {
    triples: usize,
    readings: usize,
    texts: Vec<String>,
}

impl Search {
    fn scan(&mut self, shades: &Shades<'_>) {
        let mut patterns = finder_patterns(shades);
        // The finder patterns of a decoded code belong to no other code.
        while let Some([one, two, three]) = self.first_code(shades, &patterns) {
            patterns.retain(|pattern| ![one, two, three].contains(pattern));
        }
    }

    /// The finder patterns of the first code that can be decoded.
    fn first_code(&mut self, shades: &Shades<'_>, patterns: &[FinderPattern]) -> Option<[FinderPattern; 3]> {
        for middle in patterns {
            for (at, one) in patterns.iter().enumerate() {
                for other in &patterns[at + 1..] {
                    if self.read(shades, [middle, one, other]) {
                        return Some([*middle, *one, *other]);
                    }
                }
            }
        }
        None
    }

    fn read(&mut self, shades: &Shades<'_>, [middle, one, other]: [&FinderPattern; 3]) -> bool {
        let Some(triple) = PatternTriple::of(middle, one, other).filter(|_| self.triples > 0) else { return false };
        self.triples -= 1;
        let text = triple.text(shades, &mut self.readings);
        let is_code = text.is_some();
        self.texts.extend(text.filter(|text| !text.is_empty()));
        is_code
    }
}

/// The picture at half the size: each pixel is the average of four.
fn halved(picture: &GrayImage) -> GrayImage {
    let (width, height, row) = (picture.width() / 2, picture.height() / 2, picture.width() as usize);
    let mut shades = Vec::with_capacity(width as usize * height as usize);
    for rows in picture.as_raw().chunks_exact(2 * row) {
        let (upper, lower) = rows.split_at(row);
        let fours = upper.chunks_exact(2).zip(lower.chunks_exact(2));
        shades.extend(fours.map(|(upper, lower)| {
            let sum: u16 = upper.iter().chain(lower).map(|shade| u16::from(*shade)).sum();
            (sum / 4) as u8
        }));
    }
    GrayImage::from_raw(width, height, shades).expect("a byte a pixel")
}

#[cfg(test)]
mod tests {
    use image::imageops::{FilterType, overlay};
    use image::{DynamicImage, Luma};
    use proptest::prelude::*;

    use super::*;
    use crate::qr::{Code, texts_in_file};

    const LINK: &str =
        "ss://Y2hhY2hhMjAtaWV0Zi1wb2x5MTMwNTpleGFtcGxl@example.com:8388/?plugin=obfs-local%3Bobfs%3Dhttp#Tokyo";

    fn code(text: &str) -> DynamicImage {
        image::load_from_memory(&Code::of(text).unwrap().png()).unwrap()
    }

    #[test]
    fn small_codes_are_found_in_a_large_dark_picture() {
        let small = code(LINK);
        let modules = small.width() / 8;
        let side = (modules as f32 * 1.5).round() as u32;
        let small = small.resize_exact(side, side, FilterType::Lanczos3);
        let mut screen = GrayImage::from_pixel(1_600, 1_200, Luma([30]));
        overlay(&mut screen, &small.to_luma8(), 901, 777);
        assert_eq!(texts(screen), [LINK]);
    }

    #[test]
    fn inverted_rotated_and_mirrored_codes_are_found() {
        let mut dark = code(LINK);
        dark.invert();
        assert_eq!(texts(dark.to_luma8()), [LINK]);
        assert_eq!(texts(code(LINK).rotate90().to_luma8()), [LINK]);
        assert_eq!(texts(code(LINK).fliph().to_luma8()), [LINK]);
    }

    #[test]
    fn all_codes_are_found_without_duplicates() {
        let (one, two) = (code("ss://one").to_luma8(), code("ss://two").to_luma8());
        let mut both = GrayImage::from_pixel(one.width() * 2, one.height() * 2, Luma([255]));
        for (picture, x, y) in [(&one, 0, 0), (&two, one.width(), 0), (&one, 0, one.height())] {
            overlay(&mut both, picture, x.into(), y.into());
        }
        let mut found = texts(both);
        found.sort();
        assert_eq!(found, ["ss://one", "ss://two"]);
    }

    #[test]
    fn nothing_is_found_in_pictures_without_codes() {
        for (width, height) in [(0, 0), (1, 1), (3, 700), (600, 1)] {
            assert_eq!(texts(GrayImage::new(width, height)), [""; 0], "{width} by {height}");
        }
        let noise = GrayImage::from_fn(200, 200, |x, y| Luma([((x * 37) ^ (y * 91) ^ (x * y)) as u8]));
        assert_eq!(texts(noise), [""; 0]);
        assert!(texts_in_file(include_bytes!("../../icons/48/on.png")).unwrap().is_empty());
    }

    /// A picture that took hours: each pattern may form a code with each pair of the others.
    #[test]
    fn a_picture_full_of_patterns_takes_bounded_time() {
        let ring = |at: u32| at.min(6 - at.min(6));
        let pattern = |x: u32, y: u32| [0, 2, 3].contains(&ring(x).min(ring(y))) && x < 7 && y < 7;
        let picture = GrayImage::from_fn(81, 81, |x, y| Luma([if pattern(x % 9, y % 9) { 0 } else { 255 }]));
        let mut search = Search { triples: MAX_TRIPLES, readings: MAX_READINGS, texts: Vec::new() };
        search.scan(&Shades::by_all(&picture));
        assert_eq!((search.triples, search.texts.len()), (0, 0));
        assert_eq!(texts(picture), [""; 0]);
    }

    #[test]
    fn many_codes_in_one_picture_are_found() {
        let mut sheet = GrayImage::from_pixel(900, 900, Luma([255]));
        let mut wanted = Vec::new();
        for at in 0..25 {
            let text = format!("ss://{at:02}");
            let small = code(&text).resize_exact(116, 116, FilterType::Nearest);
            overlay(&mut sheet, &small.to_luma8(), i64::from(at % 5 * 170), i64::from(at / 5 * 170));
            wanted.push(text);
        }
        let mut found = texts(sheet);
        found.sort();
        assert_eq!(found, wanted);
    }

    /// As from a camera that is held at an angle, beside a lamp.
    #[test]
    fn slanted_and_unevenly_lit_codes_are_found() {
        let flat = code(LINK).to_luma8();
        let side = flat.width() as f32;
        let slanted = GrayImage::from_fn(flat.width(), flat.height(), |x, y| {
            let (x, y) = (x as f32 / side, y as f32 / side);
            let far = 1.0 - 0.1 * x - 0.06 * y;
            let at = |to: f32| (to / far * side * 0.84) as u32;
            let shade = flat.get_pixel_checked(at(x + 0.04 * y), at(y + 0.03 * x)).map_or(255, |pixel| pixel.0[0]);
            Luma([(f32::from(shade) * (0.9 - 0.6 * x)) as u8 + 20])
        });
        assert_eq!(texts(slanted), [LINK]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

        /// Any content, at any size.
        #[test]
        fn no_picture_panics(width in 1u32..90, shades in prop::collection::vec(prop_oneof![Just(0u8), Just(255), any::<u8>()], 1..6_000)) {
            let height = shades.len() as u32 / width;
            let picture = GrayImage::from_raw(width, height, shades[..(width * height) as usize].to_vec()).unwrap();
            texts(picture);
        }

        /// A partly covered code is decoded correctly or not at all.
        #[test]
        fn a_damaged_code_is_never_another_text(x in 0u32..260, y in 0u32..260, size in 1u32..90, shade: u8) {
            let mut picture = code("ss://x").to_luma8();
            for (x, y) in (x..x + size).flat_map(|x| (y..y + size).map(move |y| (x, y))) {
                if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
                    *pixel = Luma([shade]);
                }
            }
            let found = texts(picture);
            prop_assert!(found.is_empty() || found == ["ss://x"], "{found:?}");
        }
    }
}
