//! The tray icons as pixels: one set of sizes for each [`StatusIcon`].
//!
//! The icons differ in shape and colour, and each has its own background with a light rim, so that it is readable on
//! light and dark panels. `icons/render.sh` generates the files.

use crate::i18n::connection_status::StatusIcon;

/// One size of an icon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IconPixels {
    /// Width and height in pixels.
    pub side: u32,
    /// Red, green, blue and alpha of each pixel, row by row.
    pub rgba: Vec<u8>,
}

/// An icon in all its sizes, the smallest first.
#[cfg(any(not(target_os = "macos"), test))]
pub fn pixels(icon: StatusIcon) -> Vec<IconPixels> {
    files(icon).into_iter().map(decode).collect()
}

/// The icon for the menu bar of macOS: a shape, of which the system uses only the alpha channel. 22 points at the highest
/// resolution.
#[cfg(any(target_os = "macos", test))]
pub fn template(icon: StatusIcon) -> IconPixels {
    macro_rules! file {
        ($name:literal) => {
            include_bytes!(concat!("../../icons/template/", $name, ".png")).as_slice()
        };
    }
    decode(match icon {
        StatusIcon::Off => file!("off"),
        StatusIcon::Connecting => file!("connecting"),
        StatusIcon::On => file!("on"),
        StatusIcon::Cluster => file!("cluster"),
        StatusIcon::Degraded => file!("degraded"),
        StatusIcon::NetworkDown => file!("network-down"),
        StatusIcon::Error => file!("error"),
    })
}

#[cfg(any(not(target_os = "macos"), test))]
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

#[cfg(any(not(target_os = "macos"), test))]
fn files(icon: StatusIcon) -> [&'static [u8]; 6] {
    match icon {
        StatusIcon::Off => files!("off"),
        StatusIcon::Connecting => files!("connecting"),
        StatusIcon::On => files!("on"),
        StatusIcon::Cluster => files!("cluster"),
        StatusIcon::Degraded => files!("degraded"),
        StatusIcon::NetworkDown => files!("network-down"),
        StatusIcon::Error => files!("error"),
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

    const ALL: [StatusIcon; 7] = [
        StatusIcon::Off,
        StatusIcon::Connecting,
        StatusIcon::On,
        StatusIcon::Cluster,
        StatusIcon::Degraded,
        StatusIcon::NetworkDown,
        StatusIcon::Error,
    ];

    #[test]
    fn every_icon_has_every_size_and_differs_from_the_others() {
        let icons: Vec<_> = ALL.map(pixels).into();
        for icon in &icons {
            assert_eq!(icon.iter().map(|size| size.side).collect::<Vec<_>>(), [16, 22, 24, 32, 48, 64]);
            assert!(icon.iter().all(|size| size.rgba.len() == (size.side * size.side * 4) as usize));
        }
        for (place, icon) in icons.iter().enumerate() {
            assert!(!icons[..place].contains(icon), "{:?}", ALL[place]);
        }
    }

    #[test]
    fn the_templates_differ_in_shape_and_have_no_background() {
        let shapes = ALL.map(|icon| {
            let template = template(icon);
            assert_eq!(template.side, 44);
            template.rgba.chunks_exact(4).map(|pixel| pixel[3]).collect::<Vec<_>>()
        });
        for (place, shape) in shapes.iter().enumerate() {
            let ink = shape.iter().filter(|alpha| **alpha > 0).count();
            assert!((1..shape.len() / 2).contains(&ink), "{:?}: {ink}", ALL[place]);
            assert!(!shapes[..place].contains(shape), "{:?}", ALL[place]);
        }
    }
}
