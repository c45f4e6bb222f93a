//! Windows and macOS, through `xcap`.

use xcap::Monitor;

use super::{Picture, PixelBuffer, ScreenshotError};

pub(super) async fn take() -> Result<Vec<Picture>, ScreenshotError> {
    tokio::task::spawn_blocking(all).await.map_err(ScreenshotError::of)?
}

fn all() -> Result<Vec<Picture>, ScreenshotError> {
    let monitors = Monitor::all().map_err(ScreenshotError::of)?;
    monitors.iter().map(|monitor| one(monitor).map(Picture::Pixels)).collect()
}

fn one(monitor: &Monitor) -> Result<PixelBuffer, ScreenshotError> {
    let picture = monitor.capture_image().map_err(ScreenshotError::of)?;
    Ok(PixelBuffer { width: picture.width(), height: picture.height(), rgba: picture.into_raw() })
}
