//! Windows: in colours, in the size that the panel shows or the next larger one.

use tray_icon::{Error, Icon, TrayIcon, TrayIconBuilder};

use super::super::super::icon;
use crate::i18n::connection_status::StatusIcon;
use crate::os::display;

/// Sets the first image of an icon before it is built.
pub(in super::super) fn first(builder: TrayIconBuilder, status: StatusIcon) -> TrayIconBuilder {
    match image(status) {
        Some(image) => builder.with_icon(image),
        None => builder,
    }
}

/// Replaces the image of an icon.
pub(in super::super) fn replace(icon: &TrayIcon, status: StatusIcon) -> Result<(), Error> {
    icon.set_icon(image(status))
}

fn image(status: StatusIcon) -> Option<Icon> {
    let (mut sizes, wanted) = (icon::pixels(status), display::panel_icon_side());
    let index = sizes.iter().position(|size| size.side >= wanted).unwrap_or(sizes.len() - 1);
    let size = sizes.swap_remove(index);
    Icon::from_rgba(size.rgba, size.side, size.side).ok()
}
