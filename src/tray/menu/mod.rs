//! The tray menu as a value: built from the state, compared with the previous menu, drawn by [`panel`](super::panel).
//!
//! The top level always has the same entries in the same order, disabled with the reason if they cannot be used, so that
//! the lines of an open menu do not move while the state changes. An entry carries the action of a click ([`MenuAction`]),
//! which is performed elsewhere.

mod nodes;
#[cfg(test)]
mod tests;

use self::nodes::shortened;
use super::state::{EngineHost, SiteFix, StartAtLogin, TrayState, TrayUpdate};
use crate::control::replica::EngineStatus;
use crate::i18n::{Locale, Localize, labels, tr};
use crate::model::settings::{Language, Mode, Strategy};
use crate::model::site_check::FailedHost;
use crate::model::{NodeId, Page, Snapshot, Target};

/// The menu's entries, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu(pub Vec<MenuEntry>);

/// An entry of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuEntry {
    /// Text, or an entry to click.
    Item {
        /// Its text.
        label: String,
        /// The check mark or radio mark, if it has one.
        mark: Option<ItemMark>,
        /// The action of a click; `None` for a disabled entry.
        action: Option<MenuAction>,
    },
    /// A submenu.
    Submenu {
        /// Its text.
        label: String,
        /// Its entries.
        entries: Vec<MenuEntry>,
    },
    /// A line between groups.
    Separator,
}

/// The mark of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemMark {
    /// A check mark, set.
    Set,
    /// A check mark, not set.
    Clear,
    /// A radio mark, selected.
    Chosen,
    /// A radio mark, not selected.
    Unchosen,
}

/// The action of a menu entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuAction {
    /// Connect through the last choice.
    Connect,
    /// Disconnect.
    Disconnect,
    /// Connect through this node.
    Node(NodeId),
    /// Turn load balancing on.
    ClusterOn,
    /// Turn load balancing off.
    ClusterOff,
    /// Set the mode of the desktop's proxy.
    Mode(Mode),
    /// Set the load balancing strategy.
    Strategy(Strategy),
    /// Balance over this group; empty for all nodes.
    Group(String),
    /// Import nodes from the clipboard.
    Import,
    /// Import nodes from QR codes on the screens.
    Scan,
    /// Update all subscriptions.
    UpdateSubscriptions,
    /// Cancel that update.
    StopUpdate,
    /// Try this site through the nodes.
    Fix(String),
    /// Cancel that.
    StopFix,
    /// Copy the command that makes a terminal use the gateway.
    Copy(Shell),
    /// Set the language.
    Language(Language),
    /// Start at login.
    StartAtLogin,
    /// Do not start at login.
    StartByHand,
    /// Open the window on this page.
    Open(Page),
    /// Start an engine in this process.
    StartEngine,
    /// Quit the tray.
    Quit,
}

/// A shell, whose syntax a command uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// sh, bash, zsh.
    Sh,
    /// fish.
    Fish,
    /// PowerShell.
    Power,
}

impl Menu {
    /// The menu for a state.
    pub fn of(state: &TrayState, locale: Locale) -> Self {
        let status = state.connection_status();
        let mut entries = vec![
            text(status.line_with_rates(locale)),
            text(port(state, locale)),
            MenuEntry::Separator,
            switch(state, locale),
            MenuEntry::Submenu { label: tr!(locale, "menu-mode"), entries: modes(state.snapshot(), locale) },
            load_balancing(state, locale),
            MenuEntry::Submenu { label: tr!(locale, "menu-nodes"), entries: nodes::entries(state, locale) },
            MenuEntry::Submenu { label: tr!(locale, "menu-strategy"), entries: strategies(state.snapshot(), locale) },
            MenuEntry::Submenu { label: tr!(locale, "menu-group"), entries: nodes::groups(state, locale) },
            failed_sites(state, locale),
            MenuEntry::Separator,
            button(tr!(locale, "menu-import"), state.snapshot().map(|_| MenuAction::Import)),
            button(tr!(locale, "menu-scan"), state.snapshot().map(|_| MenuAction::Scan)),
        ];
        // Without subscriptions there is nothing to update.
        if state.has_subscriptions() {
            entries.push(update(state, locale));
        }
        entries.extend([
            MenuEntry::Submenu { label: tr!(locale, "menu-terminal"), entries: terminals(state.snapshot(), locale) },
            MenuEntry::Separator,
            button(tr!(locale, "menu-settings"), Some(MenuAction::Open(Page::Settings))),
            button(tr!(locale, "menu-activity"), Some(MenuAction::Open(Page::Activity))),
            MenuEntry::Submenu { label: tr!(locale, "menu-language"), entries: languages(state, locale) },
            start_at_login(&state.start_at_login, locale),
        ]);
        if let Some(version) = state.snapshot().and_then(|snapshot| snapshot.release.as_ref()) {
            entries.push(text(labels::release(locale, version)));
        }
        entries.push(quit(state, locale));
        Self(entries)
    }
}

/// An entry that only shows text.
fn text(label: String) -> MenuEntry {
    button(label, None)
}

fn button(label: String, action: Option<MenuAction>) -> MenuEntry {
    MenuEntry::Item { label, mark: None, action }
}

fn check(label: String, mark: ItemMark, action: Option<MenuAction>) -> MenuEntry {
    MenuEntry::Item { label, mark: Some(mark), action }
}

impl ItemMark {
    fn where_equal<T: PartialEq>(one: &T, other: &T) -> Self {
        if one == other { Self::Chosen } else { Self::Unchosen }
    }
}

/// The label of a disabled entry, with the reason.
fn cannot(locale: Locale, label: String, why: String) -> String {
    tr!(locale, "menu-cannot", entry = label, why = why)
}

/// The port, and the doors that have no working node.
fn port(state: &TrayState, locale: Locale) -> String {
    let Some(snapshot) = state.snapshot().filter(|snapshot| snapshot.gateway.listening) else {
        return tr!(locale, "menu-port-closed");
    };
    let port = tr!(locale, "menu-port", address = &*snapshot.gateway.addr);
    let unserved = snapshot.doors.iter().filter(|view| view.is_unserved());
    let names: Vec<_> = unserved.map(|view| labels::one_line(&view.door.name)).collect();
    if names.is_empty() {
        return port;
    }
    tr!(locale, "menu-port-doors", port = port, doors = shortened(&names.join(", ")))
}

/// The first entry: connect, disconnect, or start an engine.
fn switch(state: &TrayState, locale: Locale) -> MenuEntry {
    let snapshot = match &state.replica.status {
        EngineStatus::Running(snapshot) => snapshot,
        EngineStatus::Unavailable(_) => {
            return button(tr!(locale, "menu-start-engine"), Some(MenuAction::StartEngine));
        }
        EngineStatus::Connecting => return text(tr!(locale, "menu-connect")),
    };
    if snapshot.active {
        return button(tr!(locale, "menu-disconnect"), Some(MenuAction::Disconnect));
    }
    let connect = tr!(locale, "menu-connect");
    if snapshot.nodes == 0 {
        return text(cannot(locale, connect, tr!(locale, "menu-why-no-node")));
    }
    let has_choice = snapshot.cluster.on || state.settings().node.is_some();
    if !has_choice {
        return text(cannot(locale, connect, tr!(locale, "menu-why-none-chosen")));
    }
    button(connect, Some(MenuAction::Connect))
}

fn load_balancing(state: &TrayState, locale: Locale) -> MenuEntry {
    let label = tr!(locale, "menu-load-balancing");
    match state.snapshot() {
        Some(snapshot) if snapshot.cluster.on => check(label, ItemMark::Set, Some(MenuAction::ClusterOff)),
        Some(snapshot) if snapshot.nodes == 0 => {
            check(cannot(locale, label, tr!(locale, "menu-why-no-node")), ItemMark::Clear, None)
        }
        Some(_) => check(label, ItemMark::Clear, Some(MenuAction::ClusterOn)),
        None => check(label, ItemMark::Clear, None),
    }
}

fn modes(snapshot: Option<&Snapshot>, locale: Locale) -> Vec<MenuEntry> {
    let current = snapshot.map(|snapshot| snapshot.mode);
    let entry = |mode| {
        let action = current.map(|_| MenuAction::Mode(mode));
        check(labels::mode_name(locale, mode), ItemMark::where_equal(&current, &Some(mode)), action)
    };
    [Mode::Manual, Mode::Pac, Mode::Global].map(entry).into()
}

fn strategies(snapshot: Option<&Snapshot>, locale: Locale) -> Vec<MenuEntry> {
    let current = snapshot.map(|snapshot| snapshot.cluster.strategy);
    let entry = |strategy| {
        let action = current.map(|_| MenuAction::Strategy(strategy));
        check(labels::strategy(locale, strategy), ItemMark::where_equal(&current, &Some(strategy)), action)
    };
    Strategy::ALL.map(entry).into()
}

/// Updates the subscriptions, or cancels the running update.
fn update(state: &TrayState, locale: Locale) -> MenuEntry {
    let (label, action) = match state.update {
        TrayUpdate::Idle => (tr!(locale, "menu-update-subscriptions"), MenuAction::UpdateSubscriptions),
        TrayUpdate::Running => (tr!(locale, "menu-stop-update"), MenuAction::StopUpdate),
    };
    button(label, state.snapshot().map(|_| action))
}

/// The hosts that failed last: a click tries one through the nodes.
fn failed_sites(state: &TrayState, locale: Locale) -> MenuEntry {
    let entry = |host: &FailedHost| {
        let target = Target::from_host(&host.host, host.port).map_or_else(String::new, |target| target.to_string());
        let site = if host.port == 443 { host.host.clone() } else { target };
        button(shortened(&labels::one_line(&site)), Some(MenuAction::Fix(site)))
    };
    let mut entries = match (state.fix, state.failed_hosts.as_slice()) {
        (SiteFix::Running, _) => vec![button(tr!(locale, "menu-stop-fix"), Some(MenuAction::StopFix))],
        (SiteFix::Idle, []) => vec![text(tr!(locale, "menu-no-failed-host"))],
        (SiteFix::Idle, hosts) => hosts.iter().map(entry).collect(),
    };
    entries.push(MenuEntry::Separator);
    entries.push(button(tr!(locale, "menu-other-site"), Some(MenuAction::Open(Page::Connections))));
    MenuEntry::Submenu { label: tr!(locale, "fix-title"), entries }
}

fn terminals(snapshot: Option<&Snapshot>, locale: Locale) -> Vec<MenuEntry> {
    let is_open = snapshot.is_some_and(|snapshot| snapshot.gateway.listening);
    let entry = |(name, shell): (&str, Shell)| match is_open {
        true => button(name.to_owned(), Some(MenuAction::Copy(shell))),
        false => text(cannot(locale, name.to_owned(), tr!(locale, "menu-why-port-closed"))),
    };
    [("sh, bash, zsh", Shell::Sh), ("fish", Shell::Fish), ("PowerShell", Shell::Power)].map(entry).into()
}

/// Each language in its own name.
fn languages(state: &TrayState, locale: Locale) -> Vec<MenuEntry> {
    let entry = |language| {
        let name = match language {
            Language::System => tr!(locale, "menu-language-system"),
            Language::Fixed(language) => language.own_name().to_owned(),
        };
        let action = state.snapshot().map(|_| MenuAction::Language(language));
        check(name, ItemMark::where_equal(&state.settings().language, &language), action)
    };
    Language::all().map(entry).collect()
}

fn start_at_login(now: &StartAtLogin, locale: Locale) -> MenuEntry {
    let label = tr!(locale, "menu-start-at-login");
    match now {
        StartAtLogin::On => check(label, ItemMark::Set, Some(MenuAction::StartByHand)),
        StartAtLogin::Off => check(label, ItemMark::Clear, Some(MenuAction::StartAtLogin)),
        StartAtLogin::Unknown { why } => check(cannot(locale, label, why.localize(locale)), ItemMark::Clear, None),
    }
}

fn quit(state: &TrayState, locale: Locale) -> MenuEntry {
    let label = match (state.host, &state.replica.status) {
        (EngineHost::External, EngineStatus::Running(_)) => tr!(locale, "menu-quit-tray"),
        (EngineHost::External, EngineStatus::Connecting | EngineStatus::Unavailable(_))
        | (EngineHost::InProcess, _) => tr!(locale, "menu-quit"),
    };
    button(label, Some(MenuAction::Quit))
}
