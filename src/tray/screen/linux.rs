//! StatusNotifierItem and com.canonical.dbusmenu, through `ksni`.
//!
//! It compares the menu with the one before: where only texts and marks differ, an open menu changes
//! in place. A panel that restarts is told of the icon again.

use ksni::menu::{CheckmarkItem, RadioGroup, RadioItem, StandardItem, SubMenu};
use ksni::{Category, Handle, MenuItem, OfflineReason, ToolTip, Tray, TrayMethods};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::super::icon;
use super::super::menu::{Action, Entry, Mark};
use super::{Felt, Picture, ScreenError, WAITING};
use crate::i18n::standing::Face;

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
        Entry::Item { label, mark, action } => marked(plain(label), *mark, action.as_ref()),
    }
}

fn marked(label: String, mark: Option<Mark>, action: Option<&Action>) -> MenuItem<Icon> {
    let (enabled, activate) = (action.is_some(), choice(action));
    let checkmark = |checked, label, activate| -> MenuItem<Icon> {
        CheckmarkItem { label, enabled, checked, activate, ..CheckmarkItem::default() }.into()
    };
    // Each a group of its own, in which the first is selected or none: their order is the menu's matter.
    let radio = |selected, label, activate: Chosen| -> MenuItem<Icon> {
        let options = vec![RadioItem { label, enabled, ..RadioItem::default() }];
        RadioGroup { selected, select: Box::new(move |icon, _first| activate(icon)), options }.into()
    };
    match mark {
        None => StandardItem { label, enabled, activate, ..StandardItem::default() }.into(),
        Some(Mark::Set) => checkmark(true, label, activate),
        Some(Mark::Clear) => checkmark(false, label, activate),
        Some(Mark::Chosen) => radio(0, label, activate),
        Some(Mark::Unchosen) => radio(1, label, activate),
    }
}

/// What happens on a click.
type Chosen = Box<dyn Fn(&mut Icon) + Send>;

fn choice(action: Option<&Action>) -> Chosen {
    let action = action.cloned();
    Box::new(move |icon| {
        if let Some(action) = &action {
            icon.feel(Felt::Chosen(action.clone()));
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
