//! Pictures: decoded within limits and converted to greyscale.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageError, ImageReader, Limits, RgbaImage};

use super::search::texts;
#[cfg(feature = "desktop")]
use super::search::without_duplicates;
use crate::locale::messages;
#[cfg(feature = "desktop")]
use crate::os::screenshot::{Picture, PixelBuffer};

/// Maximum number of pixels: four of the largest screens on the market.
const MAX_PIXELS: u64 = 4 * 7_680 * 4_320;

/// Maximum side length in pixels.
const MAX_SIDE: u32 = 65_535;

/// Maximum memory for decoding a picture in bytes: the maximum number of pixels at four bytes each.
const MAX_MEMORY: u64 = MAX_PIXELS * 4;

messages! {
    /// Why a picture cannot be read.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum PictureError {
        /// Not a PNG, JPEG, GIF, BMP or WebP.
        NoPicture = "picture-none",
        /// It is corrupt.
        Damaged = "picture-damaged",
        /// It has more pixels than any screen.
        TooLarge = "picture-too-large",
    }
}

/// The texts of all QR codes in a picture file, without duplicates.
///
/// # Errors
/// Not a picture, or too large.
pub fn texts_in_file(bytes: &[u8]) -> Result<Vec<String>, PictureError> {
    let reader = || ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| PictureError::NoPicture);
    if reader()?.format().is_none() {
        return Err(PictureError::NoPicture);
    }
    let (width, height) = reader()?.into_dimensions().map_err(|error| wrong(&error))?;
    check(width, height)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = reader()?;
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| wrong(&error))?;
    Ok(if picture.color().has_alpha() {
        texts_on_either_ground(&picture.into_rgba8())
    } else {
        texts(picture.into_luma8())
    })
}

/// The texts of all QR codes in RGBA pixels, one byte per channel, row by row.
///
/// # Errors
/// Too large, or too few bytes for its size.
pub fn texts_in_pixels(width: u32, height: u32, rgba: Vec<u8>) -> Result<Vec<String>, PictureError> {
    check(width, height)?;
    let picture = RgbaImage::from_raw(width, height, rgba).ok_or(PictureError::Damaged)?;
    Ok(texts_on_either_ground(&picture))
}

/// The texts of all QR codes in several pictures, without duplicates.
///
/// # Errors
/// One of them is not a picture, or too large.
#[cfg(feature = "desktop")]
pub fn texts_in_pictures(pictures: Vec<Picture>) -> Result<Vec<String>, PictureError> {
    let mut all = Vec::new();
    for picture in pictures {
        let texts = match picture {
            Picture::Pixels(PixelBuffer { width, height, rgba }) => texts_in_pixels(width, height, rgba),
            Picture::File(bytes) => texts_in_file(&bytes),
        };
        all.extend(texts?);
    }
    Ok(without_duplicates(all))
}

fn check(width: u32, height: u32) -> Result<(), PictureError> {
    let fits = u64::from(width) * u64::from(height) <= MAX_PIXELS && width.max(height) <= MAX_SIDE;
    if fits { Ok(()) } else { Err(PictureError::TooLarge) }
}

fn wrong(error: &ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        ImageError::Unsupported(_) => PictureError::NoPicture,
        ImageError::Decoding(_) | ImageError::Encoding(_) | ImageError::Parameter(_) | ImageError::IoError(_) => {
            PictureError::Damaged
        }
    }
}

/// Transparent pixels are read as white, like paper; if that finds nothing, as black.
fn texts_on_either_ground(picture: &RgbaImage) -> Vec<String> {
    let is_opaque = picture.as_raw().chunks_exact(4).all(|pixel| pixel[3] == u8::MAX);
    let seen = texts(on(picture, 255));
    if is_opaque || !seen.is_empty() { seen } else { texts(on(picture, 0)) }
}

fn on(picture: &RgbaImage, ground: u32) -> GrayImage {
    let grey = DynamicImage::ImageRgba8(picture.clone()).into_luma8();
    let (width, height) = grey.dimensions();
    let mut pixels = grey.into_raw();
    for (shade, pixel) in pixels.iter_mut().zip(picture.as_raw().chunks_exact(4)) {
        let opacity = u32::from(pixel[3]);
        *shade = ((u32::from(*shade) * opacity + ground * (255 - opacity)) / 255) as u8;
    }
    GrayImage::from_raw(width, height, pixels).expect("a byte a pixel, as before")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::Code;

    #[test]
    fn other_files_are_not_pictures() {
        assert_eq!(texts_in_file(b""), Err(PictureError::NoPicture));
        assert_eq!(texts_in_file(b"ss://x"), Err(PictureError::NoPicture));
        let png = Code::of("x").unwrap().png();
        assert_eq!(texts_in_file(&png[..png.len() / 2]), Err(PictureError::Damaged));
        assert_eq!(texts_in_pixels(3, 3, vec![0; 5]), Err(PictureError::Damaged));
    }

    #[test]
    fn a_picture_that_decodes_to_gigabytes_is_refused_by_its_header() {
        // A PNG head (RFC 2083 section 4.1.1) of 60,000 by 60,000 pixels, and nothing behind it.
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([60_000_u32.to_be_bytes(), 60_000_u32.to_be_bytes()].concat());
        png.extend([8, 6, 0, 0, 0]);
        let sum = crc32fast::hash(&png[12..]);
        png.extend(sum.to_be_bytes());
        png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        assert_eq!(texts_in_file(&png), Err(PictureError::TooLarge));
        assert_eq!(texts_in_pixels(60_000, 60_000, Vec::new()), Err(PictureError::TooLarge));
    }

    #[test]
    fn a_code_is_found_on_either_background() {
        let code = Code::of("ss://through").unwrap();
        for ink in [0, 255] {
            let side = code.side() as u32 * 4 + 32;
            let picture = RgbaImage::from_fn(side, side, |x, y| {
                let module = |pixel: u32| (pixel as usize / 4).checked_sub(4).filter(|module| *module < code.side());
                let is_dark = module(x).zip(module(y)).is_some_and(|(x, y)| code.is_dark(x, y));
                image::Rgba([ink, ink, ink, if is_dark { 255 } else { 0 }])
            });
            assert_eq!(texts_in_pixels(side, side, picture.into_raw()).unwrap(), ["ss://through"]);
        }
    }
}
