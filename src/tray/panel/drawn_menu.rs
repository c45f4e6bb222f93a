//! Windows and macOS: the menu as the system holds it, through `muda`.
//!
//! A menu is changed in place where only texts, marks and actions differ, so that an open one stays open.
//! The system has one kind of mark: it stands for a switch that is on, and for the one of several that
//! holds. An entry's id is its place in the menu, counted through the submenus.

use tray_icon::menu::{
    CheckMenuItem, ContextMenu, IsMenuItem, Menu as SystemMenu, MenuItem, PredefinedMenuItem, Submenu,
};

use super::super::menu::{ItemMark, Menu, MenuAction, MenuEntry};

/// A menu that the system holds.
pub(super) struct DrawnMenu {
    menu: SystemMenu,
    entries: Vec<DrawnEntry>,
    actions: Vec<Option<MenuAction>>,
}

enum DrawnEntry {
    Separator(PredefinedMenuItem),
    Item(MenuItem),
    Check(CheckMenuItem),
    Submenu(Submenu, Vec<DrawnEntry>),
}

impl DrawnMenu {
    /// Makes the menu.
    pub(super) fn new(menu: &Menu) -> Self {
        let (system, mut actions) = (SystemMenu::new(), Vec::new());
        let entries: Vec<_> = menu.0.iter().map(|entry| drawn(entry, &mut actions)).collect();
        for entry in &entries {
            // Each is new and belongs to no other menu yet, which is all that can go wrong.
            let _added = system.append(entry.item());
        }
        Self { menu: system, entries, actions }
    }

    /// The menu for the icon.
    pub(super) fn for_icon(&self) -> Box<dyn ContextMenu> {
        Box::new(self.menu.clone())
    }

    /// Whether a menu differs from this one in texts, marks and actions only.
    pub(super) fn has_shape_of(&self, menu: &Menu) -> bool {
        have_shape_of(&self.entries, &menu.0)
    }

    /// Has the entries show what those of a menu of the same shape say.
    pub(super) fn show(&mut self, menu: &Menu) {
        self.actions.clear();
        show(&self.entries, &menu.0, &mut self.actions);
    }

    /// What a click on the entry with this id does.
    pub(super) fn action(&self, id: &str) -> Option<&MenuAction> {
        let place: usize = id.parse().ok()?;
        self.actions.get(place)?.as_ref()
    }
}

impl DrawnEntry {
    fn item(&self) -> &dyn IsMenuItem {
        match self {
            Self::Separator(separator) => separator,
            Self::Item(item) => item,
            Self::Check(item) => item,
            Self::Submenu(submenu, _) => submenu,
        }
    }
}

fn drawn(entry: &MenuEntry, actions: &mut Vec<Option<MenuAction>>) -> DrawnEntry {
    match entry {
        MenuEntry::Separator => DrawnEntry::Separator(PredefinedMenuItem::separator()),
        MenuEntry::Submenu { label, entries } => {
            let submenu = Submenu::new(plain(label), true);
            let entries: Vec<_> = entries.iter().map(|entry| drawn(entry, actions)).collect();
            for entry in &entries {
                let _added = submenu.append(entry.item());
            }
            DrawnEntry::Submenu(submenu, entries)
        }
        MenuEntry::Item { label, mark, action } => {
            let (id, is_enabled) = (actions.len().to_string(), action.is_some());
            actions.push(action.clone());
            match mark {
                None => DrawnEntry::Item(MenuItem::with_id(id, plain(label), is_enabled, None)),
                Some(mark) => {
                    DrawnEntry::Check(CheckMenuItem::with_id(id, plain(label), is_enabled, is_marked(*mark), None))
                }
            }
        }
    }
}

fn have_shape_of(drawn: &[DrawnEntry], entries: &[MenuEntry]) -> bool {
    let has_shape_of = |(drawn, entry): (&DrawnEntry, &MenuEntry)| match (drawn, entry) {
        (DrawnEntry::Separator(_), MenuEntry::Separator)
        | (DrawnEntry::Item(_), MenuEntry::Item { mark: None, .. })
        | (DrawnEntry::Check(_), MenuEntry::Item { mark: Some(_), .. }) => true,
        (DrawnEntry::Submenu(_, drawn), MenuEntry::Submenu { entries, .. }) => have_shape_of(drawn, entries),
        (DrawnEntry::Separator(_) | DrawnEntry::Item(_) | DrawnEntry::Check(_) | DrawnEntry::Submenu(..), _) => false,
    };
    drawn.len() == entries.len() && drawn.iter().zip(entries).all(has_shape_of)
}

fn show(drawn: &[DrawnEntry], entries: &[MenuEntry], actions: &mut Vec<Option<MenuAction>>) {
    for (drawn, entry) in drawn.iter().zip(entries) {
        match (drawn, entry) {
            (DrawnEntry::Submenu(submenu, drawn), MenuEntry::Submenu { label, entries }) => {
                submenu.set_text(plain(label));
                show(drawn, entries, actions);
            }
            (DrawnEntry::Item(item), MenuEntry::Item { label, action, .. }) => {
                item.set_text(plain(label));
                item.set_enabled(action.is_some());
                actions.push(action.clone());
            }
            (DrawnEntry::Check(item), MenuEntry::Item { label, mark, action }) => {
                item.set_text(plain(label));
                item.set_enabled(action.is_some());
                // A click changes the system's mark by itself.
                item.set_checked(mark.is_some_and(is_marked));
                actions.push(action.clone());
            }
            (DrawnEntry::Separator(_) | DrawnEntry::Item(_) | DrawnEntry::Check(_) | DrawnEntry::Submenu(..), _) => {}
        }
    }
}

fn is_marked(mark: ItemMark) -> bool {
    match mark {
        ItemMark::Set | ItemMark::Chosen => true,
        ItemMark::Clear | ItemMark::Unchosen => false,
    }
}

/// An ampersand would mark the letter behind it as a key.
fn plain(label: &str) -> String {
    label.replace('&', "&&")
}

/// On Windows a menu may belong to any thread; on macOS to the main thread only, which no test has.
#[cfg(all(test, windows))]
mod tests {
    use super::*;
    use crate::model::Page;

    fn item(label: &str, mark: Option<ItemMark>, action: Option<MenuAction>) -> MenuEntry {
        MenuEntry::Item { label: label.into(), mark, action }
    }

    fn menu(first: ItemMark, second: ItemMark) -> Menu {
        let modes = vec![
            item("one & two", Some(first), Some(MenuAction::Connect)),
            item("three", Some(second), Some(MenuAction::Disconnect)),
        ];
        Menu(vec![
            item("a line to read", None, None),
            MenuEntry::Separator,
            MenuEntry::Submenu { label: "mode".into(), entries: modes },
            item("settings", None, Some(MenuAction::Open(Page::Settings))),
        ])
    }

    fn marks(drawn: &DrawnMenu) -> Vec<bool> {
        let DrawnEntry::Submenu(_, entries) = &drawn.entries[2] else { panic!("no submenu") };
        let mark = |entry: &DrawnEntry| match entry {
            DrawnEntry::Check(item) => item.is_checked(),
            DrawnEntry::Separator(_) | DrawnEntry::Item(_) | DrawnEntry::Submenu(..) => panic!("no mark"),
        };
        entries.iter().map(mark).collect()
    }

    #[test]
    fn the_one_of_several_that_holds_is_marked() {
        let mut drawn = DrawnMenu::new(&menu(ItemMark::Chosen, ItemMark::Unchosen));
        assert_eq!(marks(&drawn), [true, false]);
        let other = menu(ItemMark::Unchosen, ItemMark::Chosen);
        assert!(drawn.has_shape_of(&other));
        drawn.show(&other);
        assert_eq!(marks(&drawn), [false, true]);
    }

    #[test]
    fn a_switch_is_marked_while_it_is_on() {
        assert_eq!(marks(&DrawnMenu::new(&menu(ItemMark::Set, ItemMark::Clear))), [true, false]);
    }

    #[test]
    fn a_click_finds_its_action_before_and_after_a_change() {
        let first = menu(ItemMark::Set, ItemMark::Clear);
        let mut drawn = DrawnMenu::new(&first);
        for _ in 0..2 {
            let actions: Vec<_> = (0..5).map(|id| drawn.action(&id.to_string()).cloned()).collect();
            let expected = [
                None,
                Some(MenuAction::Connect),
                Some(MenuAction::Disconnect),
                Some(MenuAction::Open(Page::Settings)),
                None,
            ];
            assert_eq!(actions, expected);
            drawn.show(&first);
        }
    }

    #[test]
    fn another_entry_is_another_shape() {
        let drawn = DrawnMenu::new(&menu(ItemMark::Set, ItemMark::Clear));
        let mut longer = menu(ItemMark::Set, ItemMark::Clear);
        longer.0.push(MenuEntry::Separator);
        assert!(!drawn.has_shape_of(&longer));
        let mut unmarked = menu(ItemMark::Set, ItemMark::Clear);
        unmarked.0[2] = MenuEntry::Submenu { label: "mode".into(), entries: vec![item("one", None, None)] };
        assert!(!drawn.has_shape_of(&unmarked));
    }
}
