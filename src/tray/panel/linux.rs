//! The icon on Linux: StatusNotifierItem and com.canonical.dbusmenu, through `ksni`.
//!
//! `ksni` compares each menu with the previous one: if only labels and marks differ, an open menu is updated in place.
//! When a panel restarts, `ksni` registers the icon again.

use std::time::Duration;

use ksni::menu::{CheckmarkItem, RadioGroup, RadioItem, StandardItem, SubMenu};
use ksni::{Category, Handle, MenuItem, OfflineReason, ToolTip, Tray, TrayMethods};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::super::icon;
use super::super::menu::{ItemMark, MenuAction, MenuEntry};
use super::{PanelError, PanelView, QUEUED_EVENTS, TrayEvent};
use crate::i18n::connection_status::StatusIcon;

/// How long threads may take to end after the session has.
const END_LIMIT: Duration = Duration::from_secs(1);

/// The handle of the icon and its menu.
pub struct PanelHandle(Handle<StatusItem>);

/// Shows the icon and runs the session with it.
///
/// # Errors
/// There is no session bus.
pub fn run<S: Future>(
    runtime: Runtime,
    first: PanelView,
    session: impl FnOnce(PanelHandle, mpsc::Receiver<TrayEvent>) -> S,
) -> Result<S::Output, PanelError> {
    let output = runtime.block_on(async {
        let (sender, tray_events) = mpsc::channel(QUEUED_EVENTS);
        let icon = StatusItem { pixels: pixels(first.icon), view: first, sender };
        // The panel may start later: its absence is not an error but an event.
        let handle = icon.assume_sni_available(true).spawn().await;
        let handle = handle.map_err(|error| PanelError(error.to_string()))?;
        Ok(session(PanelHandle(handle), tray_events).await)
    });
    // A hanging program of the session, such as the notification daemon, may block a thread forever.
    runtime.shutdown_timeout(END_LIMIT);
    output
}

impl PanelHandle {
    /// Draws a view.
    pub async fn draw(&self, view: PanelView) {
        let change = |icon: &mut StatusItem| {
            if icon.view.icon != view.icon {
                icon.pixels = pixels(view.icon);
            }
            icon.view = view;
        };
        // `None`: the session bus has disconnected, and with it every panel.
        let _shown = self.0.update(change).await;
    }

    /// Removes the icon.
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
        // The queue is full: further clicks are dropped.
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
    // Each entry is a radio group of its own, with the first item selected or none, so that the menu can order entries
    // freely.
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

/// A click handler.
type Chosen = Box<dyn Fn(&mut StatusItem) + Send>;

fn choice(action: Option<&MenuAction>) -> Chosen {
    let action = action.cloned();
    Box::new(move |icon| {
        if let Some(action) = &action {
            icon.emit(TrayEvent::Chosen(action.clone()));
        }
    })
}

/// Escapes underscores, which would mark access keys.
fn plain(label: &str) -> String {
    label.replace('_', "__")
}

/// D-Bus expects ARGB byte order.
fn pixels(icon: StatusIcon) -> Vec<ksni::Icon> {
    let turned = |mut size: icon::IconPixels| {
        size.rgba.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
        let side = i32::try_from(size.side).expect("an icon is small");
        ksni::Icon { width: side, height: side, data: size.rgba }
    };
    icon::pixels(icon).into_iter().map(turned).collect()
}
