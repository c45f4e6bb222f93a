//! macOS: a template, which the system draws in the colour of the menu bar's text.
//! <https://developer.apple.com/documentation/appkit/nsimage/istemplate>

use tray_icon::{Error, Icon, TrayIcon, TrayIconBuilder};

use super::super::super::icon;
use crate::i18n::connection_status::StatusIcon;

/// Sets the first image of an icon before it is built.
pub(in super::super) fn first(builder: TrayIconBuilder, status: StatusIcon) -> TrayIconBuilder {
    match image(status) {
        Some(image) => builder.with_icon_templated(image),
        None => builder,
    }
}

/// Replaces the image of an icon.
pub(in super::super) fn replace(icon: &TrayIcon, status: StatusIcon) -> Result<(), Error> {
    icon.set_icon_templated(image(status))
}

fn image(status: StatusIcon) -> Option<Icon> {
    let template = icon::template(status);
    Icon::from_rgba(template.rgba, template.side, template.side).ok()
}
