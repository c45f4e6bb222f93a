//! What keys and input methods do to the text of an editor: as everywhere on the system.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::accesskit::{Action, ActionData};
use eframe::egui::os::OperatingSystem;
use eframe::egui::{Event, Galley, Id, ImeEvent, Key, Modifiers};

use super::buffer::TextBuffer;
use super::caret::CaretMove;
use super::history::EditKind;
use super::rows::RowMeasure;

/// What an editor needs to know to take in a key.
pub(super) struct EditorInput<'a, 'm> {
    pub(super) buffer: &'a mut TextBuffer,
    pub(super) measure: &'a mut RowMeasure<'m>,
    /// Lays a row out.
    pub(super) lay: &'a dyn Fn(&str) -> Arc<Galley>,
    /// Where the caret goes in rows that are long enough, while it moves up and down.
    pub(super) wish: &'a mut Option<f32>,
    /// Rows that the keys for pages skip.
    pub(super) page: usize,
    /// The second that it is.
    pub(super) now: f64,
    pub(super) os: OperatingSystem,
    pub(super) id: Id,
}

impl EditorInput<'_, '_> {
    /// Takes in an event; what is to be copied, if anything is.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which an editor knows a few")]
    pub(super) fn on_event(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Copy => self.selected(),
            Event::Cut => {
                let cut = self.selected();
                self.buffer.insert("", EditKind::Other, self.measure);
                cut
            }
            Event::Paste(text) => {
                self.buffer.insert(&text.replace("\r\n", "\n"), EditKind::Other, self.measure);
                None
            }
            // What the Enter key does is said by the key.
            Event::Text(text) if text != "\n" && text != "\r" => self.typed(text),
            Event::Ime(event) => self.composed(event),
            Event::Key { key, pressed: true, modifiers, .. } => self.pressed(*key, *modifiers),
            Event::AccessKitActionRequest(request) => {
                if request.target_node == self.id.accesskit_id()
                    && request.action == Action::ReplaceSelectedText
                    && let Some(ActionData::Value(text)) = &request.data
                {
                    self.buffer.insert(text, EditKind::Other, self.measure);
                }
                None
            }
            _ => None,
        }
    }

    fn selected(&self) -> Option<String> {
        Some(self.buffer.selected()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn typed(&mut self, text: &str) -> Option<String> {
        *self.wish = None;
        self.buffer.insert(text, EditKind::Typed { at: self.now }, self.measure);
        None
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which an editor knows a few")]
    fn composed(&mut self, event: &ImeEvent) -> Option<String> {
        match event {
            // Some systems send these while nothing is composed.
            ImeEvent::Preedit { text, .. } | ImeEvent::Commit(text)
                if text.is_empty() && self.buffer.composed().is_none() => {}
            ImeEvent::Preedit { text, .. } | ImeEvent::Commit(text) if text == "\n" || text == "\r" => {}
            ImeEvent::Preedit { text, .. } => self.buffer.compose(text, self.measure),
            ImeEvent::Commit(text) => {
                if self.buffer.composed().is_some() {
                    self.buffer.compose("", self.measure);
                }
                self.buffer.insert(text, EditKind::Other, self.measure);
            }
            ImeEvent::DeleteSurrounding { before_chars, after_chars } => {
                let Range { start, end } = self.buffer.caret.range();
                let text = self.buffer.text();
                let before = text[..start].chars().rev().take(*before_chars).map(char::len_utf8).sum::<usize>();
                let after = text[end..].chars().take(*after_chars).map(char::len_utf8).sum::<usize>();
                self.buffer.edit(end..end + after, "", EditKind::Other, self.measure);
                self.buffer.edit(start - before..start, "", EditKind::Other, self.measure);
            }
            _ => {}
        }
        None
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which an editor knows a few")]
    fn pressed(&mut self, key: Key, modifiers: Modifiers) -> Option<String> {
        let (command, shift) = (modifiers.command, modifiers.shift);
        match key {
            Key::A if command => self.buffer.select_all(),
            Key::Z if command && !shift => drop(self.buffer.undo(self.measure)),
            Key::Y if command => drop(self.buffer.redo(self.measure)),
            Key::Z if command => drop(self.buffer.redo(self.measure)),
            Key::Enter => self.buffer.insert("\n", EditKind::Other, self.measure),
            Key::Backspace | Key::Delete | Key::H | Key::K | Key::U | Key::W => self.deleted(key, modifiers),
            _ => self.moved(key, modifiers),
        }
        if !matches!(key, Key::ArrowUp | Key::ArrowDown | Key::PageUp | Key::PageDown) {
            *self.wish = None;
        }
        None
    }

    /// Deletes the selection, or else what the key stands for.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which an editor knows a few")]
    fn deleted(&mut self, key: Key, modifiers: Modifiers) {
        let selection = self.buffer.caret.range();
        let place = self.buffer.caret.head;
        let by_word = modifiers.alt || modifiers.ctrl;
        let line = || self.buffer.line_around(place);
        let range = match key {
            Key::K if modifiers.ctrl => place..line().end,
            Key::U if modifiers.ctrl => line().start..place,
            Key::Backspace if modifiers.mac_cmd => line().start..place,
            Key::Delete if modifiers.mac_cmd => place..line().end,
            Key::Backspace | Key::Delete | Key::H | Key::W if !selection.is_empty() => {
                if matches!(key, Key::H | Key::W) && !modifiers.ctrl {
                    return;
                }
                selection
            }
            Key::Backspace if by_word => self.buffer.word_before(place)..place,
            Key::W if modifiers.ctrl => self.buffer.word_before(place)..place,
            Key::Delete if by_word => place..self.buffer.word_after(place),
            Key::Backspace => self.buffer.letter_before(place)..place,
            Key::H if modifiers.ctrl => self.buffer.letter_before(place)..place,
            Key::Delete => place..self.buffer.letter_after(place),
            _ => return,
        };
        self.buffer.edit(range, "", EditKind::Typed { at: self.now }, self.measure);
    }

    /// Moves the caret, where the key does.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which an editor knows a few")]
    fn moved(&mut self, key: Key, modifiers: Modifiers) {
        let key = match (self.os, modifiers.ctrl, key) {
            (OperatingSystem::Mac, true, Key::P) => Key::ArrowUp,
            (OperatingSystem::Mac, true, Key::N) => Key::ArrowDown,
            (OperatingSystem::Mac, true, Key::B) => Key::ArrowLeft,
            (OperatingSystem::Mac, true, Key::F) => Key::ArrowRight,
            (OperatingSystem::Mac, true, Key::A) => Key::Home,
            (OperatingSystem::Mac, true, Key::E) => Key::End,
            (_, _, key) => key,
        };
        let how = if modifiers.shift { CaretMove::Selecting } else { CaretMove::Alone };
        let (place, selection) = (self.buffer.caret.head, self.buffer.caret.range());
        let by_word = modifiers.alt || (modifiers.ctrl && self.os != OperatingSystem::Mac);
        let page = isize::try_from(self.page).unwrap_or(1);
        let to = match key {
            Key::ArrowLeft if modifiers.mac_cmd => self.buffer.line_around(place).start,
            Key::ArrowRight if modifiers.mac_cmd => self.buffer.line_around(place).end,
            Key::ArrowLeft if by_word => self.buffer.word_before(place),
            Key::ArrowRight if by_word => self.buffer.word_after(place),
            Key::ArrowLeft if how == CaretMove::Alone && !selection.is_empty() => selection.start,
            Key::ArrowRight if how == CaretMove::Alone && !selection.is_empty() => selection.end,
            Key::ArrowLeft => self.buffer.letter_before(place),
            Key::ArrowRight => self.buffer.letter_after(place),
            Key::ArrowUp if modifiers.command => 0,
            Key::ArrowDown if modifiers.command => self.buffer.text().len(),
            Key::ArrowUp => self.rows_away(-1),
            Key::ArrowDown => self.rows_away(1),
            Key::PageUp => self.rows_away(-page),
            Key::PageDown => self.rows_away(page),
            Key::Home if modifiers.command => 0,
            Key::End if modifiers.command => self.buffer.text().len(),
            Key::Home => self.buffer.line_around(place).start,
            Key::End => self.buffer.line_around(place).end,
            _ => return,
        };
        self.buffer.settle();
        self.buffer.move_to(to, how);
    }

    /// The place so many rows further down, as far to the right as the caret was when it began to move so.
    fn rows_away(&mut self, by: isize) -> usize {
        let (rows, place) = (self.buffer.rows(), self.buffer.caret.head);
        let row = rows.at(place);
        let Some(target) = row.checked_add_signed(by).filter(|row| *row < rows.count()) else {
            return if by < 0 { 0 } else { self.buffer.text().len() };
        };
        let text = &self.buffer.text()[rows.range(row)];
        let x = *self.wish.get_or_insert_with(|| x_of(&(self.lay)(text), text, place - rows.get(row).start));
        place_at(self.buffer, target, &(self.lay)(&self.buffer.text()[rows.range(target)]), x)
    }
}

/// How far to the right a place in a row is: `byte` of its text.
pub(super) fn x_of(galley: &Galley, text: &str, byte: usize) -> f32 {
    let column = text[..byte.min(text.len())].chars().count();
    galley.rows.first().map_or(0.0, |row| row.x_offset(column.into()))
}

/// The place in a row that is nearest to `x`. Behind the last letter of a row that its line goes on after, the caret
/// would be shown in the next row.
pub(super) fn place_at(buffer: &TextBuffer, row: usize, galley: &Galley, x: f32) -> usize {
    let range = buffer.rows().range(row);
    let text = &buffer.text()[range.clone()];
    let column = galley.rows.first().map_or(0, |row| row.char_at(x).0);
    let place = range.start + text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
    let goes_on = row + 1 < buffer.rows().count() && !buffer.rows().ends_line(row);
    if goes_on && place == range.end { buffer.letter_before(place) } else { place }
}
