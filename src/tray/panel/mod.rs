//! The icon in the panel and its menu: the only room that talks to a panel.
//!
//! A [`PanelView`] is drawn as a whole; clicks arrive as [`TrayEvent`]s. On Linux the panel is reached over D-Bus
//! (StatusNotifierItem and com.canonical.dbusmenu), which needs no toolkit and no display; on Windows and macOS the
//! icon belongs to the main thread and its event loop. Both have the same interface: [`run`] gives the session a
//! [`PanelHandle`] and returns what the session returned.

#[cfg(not(target_os = "linux"))]
mod drawn_menu;
#[cfg(not(target_os = "linux"))]
mod icon_image;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

#[cfg(target_os = "linux")]
pub use self::linux::{PanelHandle, run};
#[cfg(not(target_os = "linux"))]
pub use self::others::{PanelHandle, run};
use super::menu::{Menu, MenuAction};
use crate::i18n::connection_status::StatusIcon;

/// What the panel shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelView {
    /// The icon.
    pub icon: StatusIcon,
    /// The tooltip.
    pub tip: String,
    /// The menu.
    pub menu: Menu,
}

/// An event from the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrayEvent {
    /// A menu entry was clicked.
    Chosen(MenuAction),
    /// The menu is about to be opened.
    Opened,
    /// The system opens a link with this program.
    #[cfg_attr(target_os = "linux", expect(dead_code, reason = "there a link comes with a start"))]
    Link(String),
    /// No panel shows the icon.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "other systems always have a panel"))]
    PanelGone,
    /// A panel shows the icon again.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "other systems always have a panel"))]
    PanelBack,
}

/// There is no panel, and none can appear later.
#[derive(Debug, thiserror::Error)]
#[error("cannot show the icon: {0}")]
pub struct PanelError(pub String);

/// Most events that wait to be handled: users click more slowly.
const QUEUED_EVENTS: usize = 64;
