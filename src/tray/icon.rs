//! The tray icons as pixels: one set of sizes for each [`Face`].
//!
//! The icons differ in shape and colour, and each has its own background with a light rim, so that it is readable on
//! light and dark panels. `icons/render.sh` generates the files.

use crate::i18n::connection_status::Face;

/// One size of an icon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IconPixels {
    /// Width and height in pixels.
    pub side: u32,
    /// Red, green, blue and alpha of each pixel, row by row.
    pub rgba: Vec<u8>,
}

/// An icon in all its sizes, the smallest first.
pub fn pixels(face: Face) -> Vec<IconPixels> {
    files(face).into_iter().map(decode).collect()
}

macro_rules! files {
    ($name:literal) => {
        [
            include_bytes!(concat!("../../icons/16/", $name, ".png")).as_slice(),
            include_bytes!(concat!("../../icons/22/", $name, ".png")),
            include_bytes!(concat!("../../icons/24/", $name, ".png")),
            include_bytes!(concat!("../../icons/32/", $name, ".png")),
            include_bytes!(concat!("../../icons/48/", $name, ".png")),
            include_bytes!(concat!("../../icons/64/", $name, ".png")),
        ]
    };
}

fn files(face: Face) -> [&'static [u8]; 6] {
    match face {
        Face::Off => files!("off"),
        Face::Connecting => files!("connecting"),
        Face::On => files!("on"),
        Face::Cluster => files!("cluster"),
        Face::Degraded => files!("degraded"),
        Face::NetworkDown => files!("network-down"),
        Face::Error => files!("error"),
    }
}

fn decode(file: &[u8]) -> IconPixels {
    let picture = image::load_from_memory_with_format(file, image::ImageFormat::Png);
    let picture = picture.expect("the file is part of the program").into_rgba8();
    IconPixels { side: picture.width(), rgba: picture.into_raw() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_has_every_size_and_looks_different() {
        let faces =
            [Face::Off, Face::Connecting, Face::On, Face::Cluster, Face::Degraded, Face::NetworkDown, Face::Error];
        let icons: Vec<_> = faces.map(pixels).into();
        for icon in &icons {
            assert_eq!(icon.iter().map(|size| size.side).collect::<Vec<_>>(), [16, 22, 24, 32, 48, 64]);
            assert!(icon.iter().all(|size| size.rgba.len() == (size.side * size.side * 4) as usize));
        }
        for (place, icon) in icons.iter().enumerate() {
            assert!(!icons[..place].contains(icon), "{:?}", faces[place]);
        }
    }
}
