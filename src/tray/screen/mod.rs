//! The icon in the panel and its menu, drawn: the only place that speaks with a panel.
//!
//! A [`Picture`] is drawn whole; what a person does comes back as [`Felt`]. On Linux the panel is
//! spoken to over D-Bus (StatusNotifierItem and com.canonical.dbusmenu), which needs no toolkit and
//! no display; on Windows and macOS the icon belongs to the main thread and its event loop. Both
//! have the same signatures: [`run`] gives the session a [`Screen`] and returns what it returned.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

#[cfg(target_os = "linux")]
pub use self::linux::{Screen, run};
#[cfg(not(target_os = "linux"))]
pub use self::others::{Screen, run};
use super::menu::{Action, Menu};
use crate::i18n::standing::Face;

/// What is to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The icon.
    pub face: Face,
    /// The line that a pointer over the icon shows.
    pub tip: String,
    /// The menu.
    pub menu: Menu,
}

/// What comes from the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Felt {
    /// An entry was chosen.
    Chosen(Action),
    /// The menu is about to be looked at.
    Opened,
    /// No panel shows the icon.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "elsewhere there always is one"))]
    PanelGone,
    /// One does again.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "elsewhere there always is one"))]
    PanelBack,
}

/// There is no panel to speak with, and none can come.
#[derive(Debug, thiserror::Error)]
#[error("the icon cannot be shown: {0}")]
pub struct ScreenError(pub String);

/// Things felt that wait to be handled; a hand is slower than this.
const WAITING: usize = 64;
