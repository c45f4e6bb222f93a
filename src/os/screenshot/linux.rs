//! X11: the pixels of the root window, by monitor. Wayland: the Screenshot portal of the desktop
//! (<https://flatpak.github.io/xdg-desktop-portal>), which writes a file that is removed once read.

use std::path::Path;

use ashpd::desktop::ResponseError;
use ashpd::desktop::screenshot::Screenshot;
use url::Url;
use x11rb::connection::Connection;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, ImageOrder, Screen, Visualtype};

use super::{Picture, PixelBuffer, ScreenshotError};

/// A part of a root window: left, top, width, height.
type Area = (i16, i16, u16, u16);

pub(super) async fn take() -> Result<Vec<Picture>, ScreenshotError> {
    // Under Wayland there is an X server too, but its root window is black.
    if std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty()) {
        return Ok(vec![through_the_portal().await?]);
    }
    let look = tokio::task::spawn_blocking(of_x11).await.map_err(ScreenshotError::of)?;
    Ok(look?.into_iter().map(Picture::Pixels).collect())
}

async fn through_the_portal() -> Result<Picture, ScreenshotError> {
    let request = Screenshot::request().interactive(false).modal(false).send().await.map_err(ScreenshotError::of)?;
    let taken = request.response().map_err(refused)?;
    let place = Url::parse(taken.uri().as_str()).map_err(ScreenshotError::of)?;
    let file = place.to_file_path().map_err(|()| ScreenshotError::of("the desktop names no file"))?;
    read_and_remove(&file).map(Picture::File).map_err(ScreenshotError::of)
}

fn refused(error: ashpd::Error) -> ScreenshotError {
    if matches!(error, ashpd::Error::Response(ResponseError::Cancelled)) {
        return ScreenshotError::Denied;
    }
    ScreenshotError::of(error)
}

fn read_and_remove(file: &Path) -> std::io::Result<Vec<u8>> {
    let bytes = std::fs::read(file)?;
    // The portal writes it to the user's pictures folder.
    std::fs::remove_file(file)?;
    Ok(bytes)
}

fn of_x11() -> Result<Vec<PixelBuffer>, ScreenshotError> {
    let (connection, _) = x11rb::connect(None).map_err(|_| ScreenshotError::None)?;
    let mut pictures = Vec::new();
    for screen in &connection.setup().roots {
        for area in monitors(&connection, screen) {
            pictures.push(part(&connection, screen, area)?);
        }
    }
    Ok(pictures)
}

/// The monitors of a root window; the whole window if the server lists none.
fn monitors(connection: &impl Connection, screen: &Screen) -> Vec<Area> {
    let whole = (0, 0, screen.width_in_pixels, screen.height_in_pixels);
    let reply = connection.randr_get_monitors(screen.root, true).ok().and_then(|cookie| cookie.reply().ok());
    let monitors = reply.map(|reply| reply.monitors).unwrap_or_default().into_iter();
    let areas: Vec<Area> = monitors.filter_map(|one| inside((one.x, one.y, one.width, one.height), whole)).collect();
    if areas.is_empty() { vec![whole] } else { areas }
}

/// The part of an area inside the root window: the server rejects anything else.
fn inside((x, y, width, height): Area, (_, _, right, bottom): Area) -> Option<Area> {
    let (x, y) = (x.max(0), y.max(0));
    let rest = |from: i16, length: u16, limit: u16| length.min(limit.saturating_sub(from.unsigned_abs()));
    let (width, height) = (rest(x, width, right), rest(y, height, bottom));
    (width > 0 && height > 0).then_some((x, y, width, height))
}

fn part(
    connection: &impl Connection,
    screen: &Screen,
    (x, y, width, height): Area,
) -> Result<PixelBuffer, ScreenshotError> {
    let cookie = connection
        .get_image(ImageFormat::Z_PIXMAP, screen.root, x, y, width, height, u32::MAX)
        .map_err(ScreenshotError::of)?;
    let image = cookie.reply().map_err(ScreenshotError::of)?;
    let setup = connection.setup();
    let strange = || ScreenshotError::of("its colours are of a kind that is not known");
    let format = setup.pixmap_formats.iter().find(|format| format.depth == image.depth).ok_or_else(strange)?;
    let visuals = screen.allowed_depths.iter().flat_map(|depth| &depth.visuals);
    let visual = visuals.into_iter().find(|visual| visual.visual_id == image.visual).ok_or_else(strange)?;
    let bytes = usize::from(format.bits_per_pixel / 8);
    let row = (usize::from(width) * bytes).next_multiple_of(usize::from(format.scanline_pad / 8).max(1));
    if !(2..=4).contains(&bytes) || image.data.len() < row * usize::from(height) {
        return Err(strange());
    }
    let colours = Colours::of(visual, setup.image_byte_order);
    let mut rgba = Vec::with_capacity(usize::from(width) * usize::from(height) * 4);
    for row in image.data.chunks_exact(row) {
        for pixel in row[..usize::from(width) * bytes].chunks_exact(bytes) {
            rgba.extend(colours.rgba(pixel));
        }
    }
    Ok(PixelBuffer { width: width.into(), height: height.into(), rgba })
}

/// How colours are stored in a pixel.
struct Colours {
    masks: [u32; 3],
    order: ImageOrder,
}

impl Colours {
    fn of(visual: &Visualtype, order: ImageOrder) -> Self {
        Self { masks: [visual.red_mask, visual.green_mask, visual.blue_mask], order }
    }

    fn rgba(&self, pixel: &[u8]) -> [u8; 4] {
        let join = |value: u32, byte: &u8| (value << 8) | u32::from(*byte);
        let value = if self.order == ImageOrder::MSB_FIRST {
            pixel.iter().fold(0, join)
        } else {
            pixel.iter().rev().fold(0, join)
        };
        let [red, green, blue] = self.masks.map(|mask| shade(value, mask));
        [red, green, blue, u8::MAX]
    }
}

/// The part of a value under a mask, scaled to 0..=255.
fn shade(value: u32, mask: u32) -> u8 {
    if mask == 0 {
        return 0;
    }
    let (part, most) = ((value & mask) >> mask.trailing_zeros(), mask >> mask.trailing_zeros());
    (u64::from(part) * 255 / u64::from(most)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_masks_are_applied() {
        let common = Colours { masks: [0xff_0000, 0xff00, 0xff], order: ImageOrder::LSB_FIRST };
        assert_eq!(common.rgba(&[1, 2, 3, 0]), [3, 2, 1, 255]);
        let turned = Colours { masks: [0xff_0000, 0xff00, 0xff], order: ImageOrder::MSB_FIRST };
        assert_eq!(turned.rgba(&[0, 3, 2, 1]), [3, 2, 1, 255]);
        let few = Colours { masks: [0xf800, 0x07e0, 0x001f], order: ImageOrder::LSB_FIRST };
        assert_eq!(few.rgba(&[0x1f, 0xf8]), [255, 0, 255, 255]);
    }

    #[test]
    fn a_monitor_beyond_the_root_window_is_clipped() {
        let whole = (0, 0, 100, 50);
        assert_eq!(inside((-5, 40, 60, 60), whole), Some((0, 40, 60, 10)));
        assert_eq!(inside((100, 0, 60, 60), whole), None);
    }
}
