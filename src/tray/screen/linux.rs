//! StatusNotifierItem and com.canonical.dbusmenu, through `ksni`.
//!
//! It compares the menu with the one before: where only texts and marks differ, an open menu changes
//! in place. A panel that restarts is told of the icon again.

use std::sync::Arc;

use ksni::menu::{CheckmarkItem, StandardItem, SubMenu};
use ksni::{Category, Handle, MenuItem, OfflineReason, ToolTip, Tray, TrayMethods};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::super::icon;
use super::super::menu::{Action, Entry, Mark};
use super::super::standing::Face;
use super::{Felt, Picture, ScreenError, WAITING};

/// The icon and its menu.
pub struct Screen(Handle<Icon>);

/// Shows a first picture and runs the session with it.
///
/// # Errors
/// There is no session bus.
pub fn run<S: Future>(
    runtime: Runtime,
    first: Picture,
    session: impl FnOnce(Screen, mpsc::Receiver<Felt>) -> S,
) -> Result<S::Output, ScreenError> {
    runtime.block_on(async {
        let (felt, feels) = mpsc::channel(WAITING);
        let icon = Icon { pixels: pixels(first.face), picture: first, felt };
        // A panel may start after us: its absence is told, and no reason to give up.
        let handle = icon.assume_sni_available(true).spawn().await;
        let handle = handle.map_err(|error| ScreenError(error.to_string()))?;
        Ok(session(Screen(handle), feels).await)
    })
}

impl Screen {
    /// Shows another picture.
    pub async fn draw(&self, picture: Picture) {
        let change = |icon: &mut Icon| {
            if icon.picture.face != picture.face {
                icon.pixels = pixels(picture.face);
            }
            icon.picture = picture;
        };
        // None: the bus has gone, and with it everybody who could look.
        let _shown = self.0.update(change).await;
    }

    /// Takes the icon away.
    pub async fn close(self) {
        self.0.shutdown().await;
    }
}

struct Icon {
    picture: Picture,
    pixels: Vec<ksni::Icon>,
    felt: mpsc::Sender<Felt>,
}

impl Icon {
    fn feel(&self, felt: Felt) {
        // Full: so many clicks wait that one more is a mistake.
        let _told = self.felt.try_send(felt);
    }
}

impl Tray for Icon {
    const MENU_ON_ACTIVATE: bool = true;

    fn id(&self) -> String {
        "sluice".into()
    }

    fn category(&self) -> Category {
        Category::Communications
    }

    fn title(&self) -> String {
        "Sluice".into()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.pixels.clone()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: "Sluice".into(), description: self.picture.tip.clone(), ..ToolTip::default() }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.picture.menu.0.iter().map(item).collect()
    }

    fn menu_about_to_show(&mut self) {
        self.feel(Felt::Opened);
    }

    fn watcher_online(&self) {
        self.feel(Felt::PanelBack);
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::debug!(?reason, "no panel");
        self.feel(Felt::PanelGone);
        true
    }
}

fn item(entry: &Entry) -> MenuItem<Icon> {
    match entry {
        Entry::Line => MenuItem::Separator,
        Entry::Submenu { label, entries } => {
            let submenu = entries.iter().map(item).collect();
            SubMenu { label: plain(label), submenu, ..SubMenu::default() }.into()
        }
        Entry::Item { label, mark: None, action } => {
            let (label, enabled, activate) = (plain(label), action.is_some(), choice(action.as_ref()));
            StandardItem { label, enabled, activate, ..StandardItem::default() }.into()
        }
        Entry::Item { label, mark: Some(mark), action } => {
            let (label, enabled, activate) = (plain(label), action.is_some(), choice(action.as_ref()));
            let checked = *mark == Mark::Set;
            CheckmarkItem { label, enabled, checked, activate, ..CheckmarkItem::default() }.into()
        }
    }
}

fn choice(action: Option<&Action>) -> Box<dyn Fn(&mut Icon) + Send> {
    let action = action.cloned().map(Arc::new);
    Box::new(move |icon| {
        if let Some(action) = &action {
            icon.feel(Felt::Chosen(Action::clone(action)));
        }
    })
}

/// An underscore would mark the letter behind it as a key.
fn plain(label: &str) -> String {
    label.replace('_', "__")
}

/// As the bus wants them: alpha first.
fn pixels(face: Face) -> Vec<ksni::Icon> {
    let turned = |mut size: icon::Pixels| {
        size.rgba.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
        let side = i32::try_from(size.side).expect("an icon is small");
        ksni::Icon { width: side, height: side, data: size.rgba }
    };
    icon::pixels(face).into_iter().map(turned).collect()
}
