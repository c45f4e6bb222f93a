//! The icon in the panel and its menu: the only place that talks to a panel.
//!
//! A [`PanelView`] is drawn whole; what a person does comes back as [`TrayEvent`]. On Linux the panel is
//! spoken to over D-Bus (StatusNotifierItem and com.canonical.dbusmenu), which needs no toolkit and
//! no display; on Windows and macOS the icon belongs to the main thread and its event loop. Both
//! have the same signatures: [`run`] gives the session a [`PanelHandle`] and returns what it returned.

#[cfg(not(target_os = "linux"))]
mod drawn_menu;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

#[cfg(target_os = "linux")]
pub use self::linux::{PanelHandle, run};
#[cfg(not(target_os = "linux"))]
pub use self::others::{PanelHandle, run};
use super::menu::{Menu, MenuAction};
use crate::i18n::standing::Face;

/// What the panel shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelView {
    /// The icon.
    pub face: Face,
    /// The line that a pointer over the icon shows.
    pub tip: String,
    /// The menu.
    pub menu: Menu,
}

/// What comes from the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrayEvent {
    /// An entry was chosen.
    Chosen(MenuAction),
    /// The menu is about to be looked at.
    Opened,
    /// No panel shows the icon.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "elsewhere there always is one"))]
    PanelGone,
    /// One does again.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "elsewhere there always is one"))]
    PanelBack,
}

/// There is no panel, and none can appear.
#[derive(Debug, thiserror::Error)]
#[error("the icon cannot be shown: {0}")]
pub struct PanelError(pub String);

/// Events that wait to be handled: users are slower than this.
const QUEUED_EVENTS: usize = 64;
