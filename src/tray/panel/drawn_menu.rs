//! Windows and macOS: the native menu, through `muda`.
//!
//! If only texts, marks and actions have changed, the menu is updated in place, so that an open one stays open. There is
//! only one kind of mark, a check mark, which is used for switches and for choices. An entry's id is its index in the menu,
//! counted through the submenus.

use tray_icon::menu::{
    CheckMenuItem, ContextMenu, IsMenuItem, Menu as SystemMenu, MenuItem, PredefinedMenuItem, Submenu,
};

use super::super::menu::{ItemMark, Menu, MenuAction, MenuEntry};

/// A native menu, with the actions of its entries by id.
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
    /// Creates the native menu.
    pub(super) fn new(menu: &Menu) -> Self {
        let (system, mut actions) = (SystemMenu::new(), Vec::new());
        let entries: Vec<_> = menu.0.iter().map(|entry| drawn(entry, &mut actions)).collect();
        for entry in &entries {
            // Fails only for an entry that belongs to a menu already; these are new.
            let _added = system.append(entry.item());
        }
        Self { menu: system, entries, actions }
    }

    /// The native menu, to be attached to the icon.
    pub(super) fn for_icon(&self) -> Box<dyn ContextMenu> {
        Box::new(self.menu.clone())
    }

    /// Whether a menu differs from this one only in texts, marks and actions.
    pub(super) fn has_shape_of(&self, menu: &Menu) -> bool {
        have_shape_of(&self.entries, &menu.0)
    }

    /// Updates the entries to those of a menu of the same shape.
    pub(super) fn update(&mut self, menu: &Menu) {
        self.actions.clear();
        update(&self.entries, &menu.0, &mut self.actions);
    }

    /// The action of the entry with this id.
    pub(super) fn action(&self, id: &str) -> Option<&MenuAction> {
        let index: usize = id.parse().ok()?;
        self.actions.get(index)?.as_ref()
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

fn update(drawn: &[DrawnEntry], entries: &[MenuEntry], actions: &mut Vec<Option<MenuAction>>) {
    for (drawn, entry) in drawn.iter().zip(entries) {
        match (drawn, entry) {
            (DrawnEntry::Submenu(submenu, drawn), MenuEntry::Submenu { label, entries }) => {
                submenu.set_text(plain(label));
                update(drawn, entries, actions);
            }
            (DrawnEntry::Item(item), MenuEntry::Item { label, action, .. }) => {
                item.set_text(plain(label));
                item.set_enabled(action.is_some());
                actions.push(action.clone());
            }
            (DrawnEntry::Check(item), MenuEntry::Item { label, mark, action }) => {
                item.set_text(plain(label));
                item.set_enabled(action.is_some());
                // The system changes the mark on a click.
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

/// Escapes ampersands, which would mark access keys.
fn plain(label: &str) -> String {
    label.replace('&', "&&")
}

/// On Windows only: on macOS a menu must be created on the main thread, and tests run on others.
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
            item("a status line", None, None),
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
    fn the_selected_entry_is_checked() {
        let mut drawn = DrawnMenu::new(&menu(ItemMark::Chosen, ItemMark::Unchosen));
        assert_eq!(marks(&drawn), [true, false]);
        let other = menu(ItemMark::Unchosen, ItemMark::Chosen);
        assert!(drawn.has_shape_of(&other));
        drawn.update(&other);
        assert_eq!(marks(&drawn), [false, true]);
    }

    #[test]
    fn a_switch_is_checked_while_it_is_on() {
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
            drawn.update(&first);
        }
    }

    #[test]
    fn other_entries_have_another_shape() {
        let drawn = DrawnMenu::new(&menu(ItemMark::Set, ItemMark::Clear));
        let mut longer = menu(ItemMark::Set, ItemMark::Clear);
        longer.0.push(MenuEntry::Separator);
        assert!(!drawn.has_shape_of(&longer));
        let mut unmarked = menu(ItemMark::Set, ItemMark::Clear);
        unmarked.0[2] = MenuEntry::Submenu { label: "mode".into(), entries: vec![item("one", None, None)] };
        assert!(!drawn.has_shape_of(&unmarked));
    }
}
