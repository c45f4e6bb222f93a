//! The menu as a value: built from what is known, compared with the one before, drawn elsewhere.
//!
//! Its upper level always has the same entries in the same order, greyed out with the reason where
//! they cannot be used, so that an open menu keeps still while things change. An entry says what a
//! click on it does ([`Action`]); nothing is done here.

mod servers;
#[cfg(test)]
mod tests;

use super::known::{Engine, Home, Known, StartAtLogin};
use crate::i18n::{Locale, Localize, tr, words};
use crate::model::settings::{Language, Mode, Strategy};
use crate::model::{NodeId, Page, Snapshot};

/// The menu, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu(pub Vec<Entry>);

/// One line of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Something to read or to click on.
    Item {
        /// Its text.
        label: String,
        /// The mark before it, where it has one.
        mark: Option<Mark>,
        /// What a click does; none for an entry that is greyed out.
        action: Option<Action>,
    },
    /// A menu in the menu.
    Submenu {
        /// Its text.
        label: String,
        /// What is in it.
        entries: Vec<Entry>,
    },
    /// A line between groups.
    Line,
}

/// The mark before an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A switch that is on.
    Set,
    /// A switch that is off.
    Clear,
    /// The one of several that holds.
    Chosen,
    /// One of several that does not.
    Unchosen,
}

/// What a click asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Traffic through the last choice.
    Connect,
    /// No traffic.
    Disconnect,
    /// Traffic through this node.
    Node(NodeId),
    /// Load balancing.
    ClusterOn,
    /// The single node.
    ClusterOff,
    /// Another mode of the desktop's proxy.
    Mode(Mode),
    /// Another strategy.
    Strategy(Strategy),
    /// Load balancing over this group; empty for all nodes.
    Group(String),
    /// Nodes from the clipboard.
    Import,
    /// Nodes from QR codes on the screens.
    Scan,
    /// Lists of nodes from where they are kept.
    UpdateSubscriptions,
    /// The command that has a terminal use the gateway, to the clipboard.
    Copy(Shell),
    /// Another language.
    Language(Language),
    /// Start with the session.
    StartAtLogin,
    /// Do not.
    StartByHand,
    /// The window, on this page.
    Open(Page),
    /// Start an engine here.
    StartEngine,
    /// End the tray.
    Quit,
}

/// Whose command line it is.
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
    /// The menu for what is known.
    pub fn of(known: &Known, locale: Locale) -> Self {
        let standing = known.standing();
        let mut entries = vec![
            text(standing.line_with_rates(locale)),
            text(port(known, locale)),
            Entry::Line,
            switch(known, locale),
            Entry::Submenu { label: tr!(locale, "menu-mode"), entries: modes(known.snapshot(), locale) },
            load_balancing(known, locale),
            Entry::Submenu { label: tr!(locale, "menu-servers"), entries: servers::entries(known, locale) },
            Entry::Submenu { label: tr!(locale, "menu-strategy"), entries: strategies(known.snapshot(), locale) },
            Entry::Submenu { label: tr!(locale, "menu-group"), entries: servers::groups(known, locale) },
            Entry::Line,
            button(tr!(locale, "menu-import"), known.snapshot().map(|_| Action::Import)),
            button(tr!(locale, "menu-scan"), known.snapshot().map(|_| Action::Scan)),
        ];
        // Who has none is not shown what to do with them.
        if known.subscriptions > 0 {
            let update = known.snapshot().map(|_| Action::UpdateSubscriptions);
            entries.push(button(tr!(locale, "menu-update-subscriptions"), update));
        }
        entries.extend([
            Entry::Submenu { label: tr!(locale, "menu-terminal"), entries: terminals(known.snapshot(), locale) },
            Entry::Line,
            button(tr!(locale, "menu-settings"), Some(Action::Open(Page::Settings))),
            button(tr!(locale, "menu-activity"), Some(Action::Open(Page::Activity))),
            Entry::Submenu { label: tr!(locale, "menu-language"), entries: languages(known, locale) },
            start_at_login(&known.start_at_login, locale),
            quit(&known.engine, locale),
        ]);
        Self(entries)
    }
}

/// Something to read.
fn text(label: String) -> Entry {
    button(label, None)
}

fn button(label: String, action: Option<Action>) -> Entry {
    Entry::Item { label, mark: None, action }
}

fn check(label: String, mark: Mark, action: Option<Action>) -> Entry {
    Entry::Item { label, mark: Some(mark), action }
}

impl Mark {
    fn where_equal<T: PartialEq>(one: &T, other: &T) -> Self {
        if one == other { Self::Chosen } else { Self::Unchosen }
    }
}

/// An entry that cannot be used, with the reason.
fn cannot(locale: Locale, label: String, why: String) -> String {
    tr!(locale, "menu-cannot", entry = label, why = why)
}

fn port(known: &Known, locale: Locale) -> String {
    match known.snapshot() {
        Some(snapshot) if snapshot.gateway.listening => tr!(locale, "menu-port", address = &*snapshot.gateway.addr),
        Some(_) | None => tr!(locale, "menu-port-closed"),
    }
}

/// The first thing to do: connect, disconnect, or have an engine again.
fn switch(known: &Known, locale: Locale) -> Entry {
    let snapshot = match &known.engine {
        Engine::Running { snapshot, .. } => snapshot,
        Engine::Gone => return button(tr!(locale, "menu-start-engine"), Some(Action::StartEngine)),
        Engine::Awaited => return text(tr!(locale, "menu-connect")),
    };
    if snapshot.active {
        return button(tr!(locale, "menu-disconnect"), Some(Action::Disconnect));
    }
    let connect = tr!(locale, "menu-connect");
    if snapshot.nodes == 0 {
        return text(cannot(locale, connect, tr!(locale, "menu-why-no-node")));
    }
    let has_choice = snapshot.cluster.on || known.settings.node.is_some();
    if !has_choice {
        return text(cannot(locale, connect, tr!(locale, "menu-why-none-chosen")));
    }
    button(connect, Some(Action::Connect))
}

fn load_balancing(known: &Known, locale: Locale) -> Entry {
    let label = tr!(locale, "menu-load-balancing");
    match known.snapshot() {
        Some(snapshot) if snapshot.cluster.on => check(label, Mark::Set, Some(Action::ClusterOff)),
        Some(snapshot) if snapshot.nodes == 0 => {
            check(cannot(locale, label, tr!(locale, "menu-why-no-node")), Mark::Clear, None)
        }
        Some(_) => check(label, Mark::Clear, Some(Action::ClusterOn)),
        None => check(label, Mark::Clear, None),
    }
}

fn modes(snapshot: Option<&Snapshot>, locale: Locale) -> Vec<Entry> {
    let current = snapshot.map(|snapshot| snapshot.mode);
    let entry = |mode| {
        let action = current.map(|_| Action::Mode(mode));
        check(words::mode_name(locale, mode), Mark::where_equal(&current, &Some(mode)), action)
    };
    [Mode::Manual, Mode::Pac, Mode::Global].map(entry).into()
}

fn strategies(snapshot: Option<&Snapshot>, locale: Locale) -> Vec<Entry> {
    let current = snapshot.map(|snapshot| snapshot.cluster.strategy);
    let entry = |strategy| {
        let action = current.map(|_| Action::Strategy(strategy));
        check(words::strategy(locale, strategy), Mark::where_equal(&current, &Some(strategy)), action)
    };
    Strategy::ALL.map(entry).into()
}

fn terminals(snapshot: Option<&Snapshot>, locale: Locale) -> Vec<Entry> {
    let is_open = snapshot.is_some_and(|snapshot| snapshot.gateway.listening);
    let entry = |(name, shell): (&str, Shell)| match is_open {
        true => button(name.to_owned(), Some(Action::Copy(shell))),
        false => text(cannot(locale, name.to_owned(), tr!(locale, "menu-why-port-closed"))),
    };
    [("sh, bash, zsh", Shell::Sh), ("fish", Shell::Fish), ("PowerShell", Shell::Power)].map(entry).into()
}

/// Each language is called as its speakers call it.
fn languages(known: &Known, locale: Locale) -> Vec<Entry> {
    let entry = |(name, language): (String, Language)| {
        let action = known.snapshot().map(|_| Action::Language(language));
        check(name, Mark::where_equal(&known.settings.language, &language), action)
    };
    let system = tr!(locale, "menu-language-system");
    let names =
        [(system, Language::System), ("English".into(), Language::English), ("简体中文".into(), Language::Chinese)];
    names.map(entry).into()
}

fn start_at_login(now: &StartAtLogin, locale: Locale) -> Entry {
    let label = tr!(locale, "menu-start-at-login");
    match now {
        StartAtLogin::On => check(label, Mark::Set, Some(Action::StartByHand)),
        StartAtLogin::Off => check(label, Mark::Clear, Some(Action::StartAtLogin)),
        StartAtLogin::Unknown { why } => check(cannot(locale, label, why.localize(locale)), Mark::Clear, None),
    }
}

fn quit(engine: &Engine, locale: Locale) -> Entry {
    let label = match engine {
        Engine::Running { home: Home::Elsewhere, .. } => tr!(locale, "menu-quit-tray"),
        Engine::Running { home: Home::Here, .. } | Engine::Awaited | Engine::Gone => tr!(locale, "menu-quit"),
    };
    button(label, Some(Action::Quit))
}
