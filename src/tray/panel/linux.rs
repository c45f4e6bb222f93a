//! StatusNotifierItem and com.canonical.dbusmenu, through `ksni`.
//!
//! It compares the menu with the one before: where only texts and marks differ, an open menu changes
//! in place. A panel that restarts is told of the icon again.

use ksni::menu::{CheckmarkItem, RadioGroup, RadioItem, StandardItem, SubMenu};
use ksni::{Category, Handle, MenuItem, OfflineReason, ToolTip, Tray, TrayMethods};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::super::icon;
use super::super::menu::{ItemMark, MenuAction, MenuEntry};
use super::{PanelError, PanelView, QUEUED_EVENTS, TrayEvent};
use crate::i18n::standing::Face;

/// The icon and its menu.
pub struct PanelHandle(Handle<StatusItem>);

/// Shows a first view and runs the session with it.
///
/// # Errors
/// There is no session bus.
pub fn run<S: Future>(
    runtime: Runtime,
    first: PanelView,
    session: impl FnOnce(PanelHandle, mpsc::Receiver<TrayEvent>) -> S,
) -> Result<S::Output, PanelError> {
    runtime.block_on(async {
        let (sender, tray_events) = mpsc::channel(QUEUED_EVENTS);
        let icon = StatusItem { pixels: pixels(first.face), view: first, sender };
        // A panel may start after us: its absence is told, and no reason to give up.
        let handle = icon.assume_sni_available(true).spawn().await;
        let handle = handle.map_err(|error| PanelError(error.to_string()))?;
        Ok(session(PanelHandle(handle), tray_events).await)
    })
}

impl PanelHandle {
    /// Shows another view.
    pub async fn draw(&self, view: PanelView) {
        let change = |icon: &mut StatusItem| {
            if icon.view.face != view.face {
                icon.pixels = pixels(view.face);
            }
            icon.view = view;
        };
        // None: the bus has gone, and with it everybody who could look.
        let _shown = self.0.update(change).await;
    }

    /// Takes the icon away.
    pub async fn close(self) {
        self.0.shutdown().await;
    }
}

struct StatusItem {
    view: PanelView,
    pixels: Vec<ksni::Icon>,
    sender: mpsc::Sender<TrayEvent>,
}

impl StatusItem {
    fn emit(&self, event: TrayEvent) {
        // Full: so many clicks wait that one more is a mistake.
        let _sent = self.sender.try_send(event);
    }
}

impl Tray for StatusItem {
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
        ToolTip { title: "Sluice".into(), description: self.view.tip.clone(), ..ToolTip::default() }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.view.menu.0.iter().map(item).collect()
    }

    fn menu_about_to_show(&mut self) {
        self.emit(TrayEvent::Opened);
    }

    fn watcher_online(&self) {
        self.emit(TrayEvent::PanelBack);
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::debug!(?reason, "no panel");
        self.emit(TrayEvent::PanelGone);
        true
    }
}

fn item(entry: &MenuEntry) -> MenuItem<StatusItem> {
    match entry {
        MenuEntry::Separator => MenuItem::Separator,
        MenuEntry::Submenu { label, entries } => {
            let submenu = entries.iter().map(item).collect();
            SubMenu { label: plain(label), submenu, ..SubMenu::default() }.into()
        }
        MenuEntry::Item { label, mark, action } => marked(plain(label), *mark, action.as_ref()),
    }
}

fn marked(label: String, mark: Option<ItemMark>, action: Option<&MenuAction>) -> MenuItem<StatusItem> {
    let (enabled, activate) = (action.is_some(), choice(action));
    let checkmark = |checked, label, activate| -> MenuItem<StatusItem> {
        CheckmarkItem { label, enabled, checked, activate, ..CheckmarkItem::default() }.into()
    };
    // Each a group of its own, in which the first is selected or none: their order is the menu's matter.
    let radio = |selected, label, activate: Chosen| -> MenuItem<StatusItem> {
        let options = vec![RadioItem { label, enabled, ..RadioItem::default() }];
        RadioGroup { selected, select: Box::new(move |icon, _first| activate(icon)), options }.into()
    };
    match mark {
        None => StandardItem { label, enabled, activate, ..StandardItem::default() }.into(),
        Some(ItemMark::Set) => checkmark(true, label, activate),
        Some(ItemMark::Clear) => checkmark(false, label, activate),
        Some(ItemMark::Chosen) => radio(0, label, activate),
        Some(ItemMark::Unchosen) => radio(1, label, activate),
    }
}

/// What happens on a click.
type Chosen = Box<dyn Fn(&mut StatusItem) + Send>;

fn choice(action: Option<&MenuAction>) -> Chosen {
    let action = action.cloned();
    Box::new(move |icon| {
        if let Some(action) = &action {
            icon.emit(TrayEvent::Chosen(action.clone()));
        }
    })
}

/// An underscore would mark the letter behind it as a key.
fn plain(label: &str) -> String {
    label.replace('_', "__")
}

/// As the bus wants them: alpha first.
fn pixels(face: Face) -> Vec<ksni::Icon> {
    let turned = |mut size: icon::IconPixels| {
        size.rgba.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
        let side = i32::try_from(size.side).expect("an icon is small");
        ksni::Icon { width: side, height: side, data: size.rgba }
    };
    icon::pixels(face).into_iter().map(turned).collect()
}
