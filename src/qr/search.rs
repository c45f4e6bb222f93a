//! The search for codes in shades of grey: at a glance, and closer where that is called for.
//!
//! The reader (`rqrr`) finds a code by its corners, whichever way it is turned, once it is dark on light
//! and has about three pixels a module. So each look is taken at the picture and at its negative, and the
//! closer look goes over it piece by piece, each enlarged and then parted into dark and light by its own
//! shades: three and four times, since which of the two meets the grid of a code of 1.5 pixels a module
//! is up to chance.

use std::thread;

use image::imageops::FilterType;
use image::{DynamicImage, GrayImage};
use rqrr::PreparedImage;

/// Pictures of up to so many pixels are always looked at closely; larger ones where a glance shows
/// nothing.
const SMALL: u32 = 1_000_000;

/// Side of the pieces of a closer look, and from one to the next, in pixels: what they have in common
/// holds a whole code of 120 modules at 1.5 pixels each.
const PIECE: u32 = 512;
const STEP: u32 = 320;

/// How many times a piece is enlarged.
const ENLARGED: [u32; 2] = [4, 3];

/// Shades between the darkest and the lightest pixel of a piece that may hold a code.
const LEAST_CONTRAST: u8 = 48;

/// All texts in a picture, each once.
pub(super) fn texts(picture: GrayImage) -> Vec<String> {
    let picture = DynamicImage::ImageLuma8(picture);
    let mut found = look(&picture);
    found.extend(look(&DynamicImage::ImageLuma8(parted(picture.to_luma8()))));
    if found.is_empty() || picture.width() * picture.height() <= SMALL {
        found.extend(look_closely(&picture));
    }
    once(found)
}

/// Each text once, where it is first.
pub(super) fn once(texts: Vec<String>) -> Vec<String> {
    let mut once = Vec::new();
    for text in texts {
        if !once.contains(&text) {
            once.push(text);
        }
    }
    once
}

/// The texts of codes that are dark on light or light on dark.
fn look(picture: &DynamicImage) -> Vec<String> {
    let mut texts = read(picture);
    let mut negative = picture.clone();
    negative.invert();
    texts.extend(read(&negative));
    texts
}

fn read(picture: &DynamicImage) -> Vec<String> {
    let (width, shades) = (picture.width() as usize, picture.as_bytes());
    let mut prepared =
        PreparedImage::prepare_from_greyscale(width, picture.height() as usize, |x, y| shades[y * width + x]);
    let grids = prepared.detect_grids();
    grids.iter().filter_map(|grid| Some(grid.decode().ok()?.1)).filter(|text| !text.is_empty()).collect()
}

/// Looks at all pieces, on as many threads as there are processors: it is a matter of a second.
fn look_closely(picture: &DynamicImage) -> Vec<String> {
    let starts = |length: u32| (0..length.saturating_sub(PIECE - STEP).max(1)).step_by(STEP as usize);
    let pieces: Vec<_> = starts(picture.height()).flat_map(|y| starts(picture.width()).map(move |x| (x, y))).collect();
    let threads = thread::available_parallelism().map_or(1, Into::into);
    let share = pieces.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> = pieces
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().flat_map(|&at| enlarge(picture, at)).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("looking at a picture does not panic")).collect()
    })
}

fn enlarge(picture: &DynamicImage, (x, y): (u32, u32)) -> Vec<String> {
    let piece = picture.crop_imm(x, y, PIECE, PIECE);
    let shades = piece.as_bytes();
    let (darkest, lightest) = (shades.iter().min().copied(), shades.iter().max().copied());
    if darkest.zip(lightest).is_none_or(|(dark, light)| light - dark < LEAST_CONTRAST) {
        return Vec::new();
    }
    let looks = ENLARGED.into_iter().map(|times| {
        let (width, height) = (piece.width() * times, piece.height() * times);
        let large = piece.resize_exact(width, height, FilterType::Lanczos3);
        look(&DynamicImage::ImageLuma8(parted(large.into_luma8())))
    });
    looks.flatten().collect()
}

/// Parts shades into dark and light where the two differ most from one another and least within
/// themselves (N. Otsu, A threshold selection method from gray-level histograms, 1979).
fn parted(mut picture: GrayImage) -> GrayImage {
    let mut counts = [0_u64; 256];
    picture.as_raw().iter().for_each(|shade| counts[usize::from(*shade)] += 1);
    let limit = parting(&counts);
    picture.iter_mut().for_each(|shade| *shade = if usize::from(*shade) <= limit { 0 } else { 255 });
    picture
}

/// The last shade that counts as dark.
fn parting(counts: &[u64; 256]) -> usize {
    let weigh = |counts: &[u64]| counts.iter().enumerate().map(|(shade, count)| shade as u64 * count).sum::<u64>();
    let (all, weight) = (counts.iter().sum::<u64>(), weigh(counts));
    let (mut best, mut limit) = (0.0, 127);
    let (mut dark, mut dark_weight) = (0, 0);
    for (shade, count) in counts.iter().enumerate() {
        dark += count;
        dark_weight += shade as u64 * count;
        let light = all - dark;
        if dark == 0 || light == 0 {
            continue;
        }
        let apart = dark_weight as f64 / dark as f64 - (weight - dark_weight) as f64 / light as f64;
        let variance = dark as f64 * light as f64 * apart * apart;
        if variance > best {
            (best, limit) = (variance, shade);
        }
    }
    limit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::{Code, texts_in_file};

    const LINK: &str =
        "ss://Y2hhY2hhMjAtaWV0Zi1wb2x5MTMwNTpleGFtcGxl@example.com:8388/?plugin=obfs-local%3Bobfs%3Dhttp#Tokyo";

    fn code(text: &str) -> DynamicImage {
        image::load_from_memory(&Code::of(text).unwrap().png()).unwrap()
    }

    #[test]
    fn small_codes_are_seen_in_a_large_dark_picture() {
        let small = code(LINK);
        let modules = small.width() / 8;
        let side = (modules as f32 * 1.5).round() as u32;
        let small = small.resize_exact(side, side, FilterType::Lanczos3);
        let mut screen = GrayImage::from_pixel(1_600, 1_200, image::Luma([30]));
        image::imageops::overlay(&mut screen, &small.to_luma8(), 901, 777);
        assert_eq!(texts(screen), [LINK]);
    }

    #[test]
    fn a_code_may_be_light_on_dark_turned_and_mirrored() {
        let mut dark = code(LINK);
        dark.invert();
        assert_eq!(texts(dark.to_luma8()), [LINK]);
        assert_eq!(texts(code(LINK).rotate90().to_luma8()), [LINK]);
        assert_eq!(texts(code(LINK).fliph().to_luma8()), [LINK]);
    }

    #[test]
    fn several_codes_are_all_seen_and_one_twice_is_one() {
        let (one, two) = (code("ss://one").to_luma8(), code("ss://two").to_luma8());
        let mut both = GrayImage::from_pixel(one.width() * 2, one.height() * 2, image::Luma([255]));
        for (picture, x, y) in [(&one, 0, 0), (&two, one.width(), 0), (&one, 0, one.height())] {
            image::imageops::overlay(&mut both, picture, x.into(), y.into());
        }
        let mut found = texts(both);
        found.sort();
        assert_eq!(found, ["ss://one", "ss://two"]);
    }

    #[test]
    fn where_there_is_nothing_nothing_is_seen() {
        for (width, height) in [(0, 0), (1, 1), (3, 700), (600, 1)] {
            assert_eq!(texts(GrayImage::new(width, height)), [""; 0], "{width} by {height}");
        }
        let noise = GrayImage::from_fn(200, 200, |x, y| image::Luma([((x * 37) ^ (y * 91) ^ (x * y)) as u8]));
        assert_eq!(texts(noise), [""; 0]);
        assert!(texts_in_file(include_bytes!("../../icons/48/on.png")).unwrap().is_empty());
    }
}
