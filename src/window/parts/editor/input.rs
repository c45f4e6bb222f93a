//! Keyboard and input method events of an editor, with the shortcuts of the operating system.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::accesskit::{Action, ActionData};
use eframe::egui::os::OperatingSystem;
use eframe::egui::{Event, Galley, Id, ImeEvent, Key, Modifiers};

use super::buffer::TextBuffer;
use super::caret::CaretMove;
use super::history::EditKind;
use super::rows::RowMeasure;

/// The state that an input event changes, and what is needed to handle it.
pub(super) struct EditorInput<'a, 'm> {
    pub(super) buffer: &'a mut TextBuffer,
    pub(super) measure: &'a mut RowMeasure<'m>,
    /// Lays out the text of a row.
    pub(super) lay: &'a dyn Fn(&str) -> Arc<Galley>,
    /// The x coordinate that the caret returns to while it moves up and down across shorter rows.
    pub(super) preferred_x: &'a mut Option<f32>,
    /// Number of rows that Page Up and Page Down move by.
    pub(super) page: usize,
    /// The current time in seconds.
    pub(super) now: f64,
    pub(super) os: OperatingSystem,
    pub(super) id: Id,
}

impl EditorInput<'_, '_> {
    /// Handles an event; returns the text to copy, if any.
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum; the editor handles few of its variants")]
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
            // The Enter key is handled as a key.
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
        *self.preferred_x = None;
        self.buffer.insert(text, EditKind::Typed { at: self.now }, self.measure);
        None
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum; the editor handles few of its variants")]
    fn composed(&mut self, event: &ImeEvent) -> Option<String> {
        match event {
            // Some systems send these outside of a composition.
            ImeEvent::Preedit { text, .. } | ImeEvent::Commit(text)
                if text.is_empty() && self.buffer.composed().is_none() => {}
            ImeEvent::Preedit { text, .. } | ImeEvent::Commit(text) if text == "\n" || text == "\r" => {}
            ImeEvent::Preedit { text, .. } => self.buffer.set_composition(text, self.measure),
            ImeEvent::Commit(text) => {
                if self.buffer.composed().is_some() {
                    self.buffer.set_composition("", self.measure);
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

    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum; the editor handles few of its variants")]
    fn pressed(&mut self, key: Key, modifiers: Modifiers) -> Option<String> {
        let (command, shift) = (modifiers.command, modifiers.shift);
        match key {
            Key::A if command => self.buffer.select_all(),
            Key::Z if command && !shift => drop(self.buffer.undo(self.measure)),
            Key::Y if command => drop(self.buffer.redo(self.measure)),
            Key::Z if command => drop(self.buffer.redo(self.measure)),
            Key::Enter => self.buffer.insert("\n", EditKind::Other, self.measure),
            Key::Backspace | Key::Delete | Key::H | Key::K | Key::U | Key::W => self.delete(key, modifiers),
            _ => self.move_caret(key, modifiers),
        }
        if !matches!(key, Key::ArrowUp | Key::ArrowDown | Key::PageUp | Key::PageDown) {
            *self.preferred_x = None;
        }
        None
    }

    /// Deletes the selection, or what the key deletes without one.
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum; the editor handles few of its variants")]
    fn delete(&mut self, key: Key, modifiers: Modifiers) {
        let selection = self.buffer.caret.range();
        let offset = self.buffer.caret.head;
        let by_word = modifiers.alt || modifiers.ctrl;
        let line = || self.buffer.line_at(offset);
        let range = match key {
            Key::K if modifiers.ctrl => offset..line().end,
            Key::U if modifiers.ctrl => line().start..offset,
            Key::Backspace if modifiers.mac_cmd => line().start..offset,
            Key::Delete if modifiers.mac_cmd => offset..line().end,
            Key::Backspace | Key::Delete | Key::H | Key::W if !selection.is_empty() => {
                if matches!(key, Key::H | Key::W) && !modifiers.ctrl {
                    return;
                }
                selection
            }
            Key::Backspace if by_word => self.buffer.prev_word(offset)..offset,
            Key::W if modifiers.ctrl => self.buffer.prev_word(offset)..offset,
            Key::Delete if by_word => offset..self.buffer.next_word(offset),
            Key::Backspace => self.buffer.prev_grapheme(offset)..offset,
            Key::H if modifiers.ctrl => self.buffer.prev_grapheme(offset)..offset,
            Key::Delete => offset..self.buffer.next_grapheme(offset),
            _ => return,
        };
        self.buffer.edit(range, "", EditKind::Typed { at: self.now }, self.measure);
    }

    /// Moves the caret if the key is one that does.
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum; the editor handles few of its variants")]
    fn move_caret(&mut self, key: Key, modifiers: Modifiers) {
        let key = match (self.os, modifiers.ctrl, key) {
            (OperatingSystem::Mac, true, Key::P) => Key::ArrowUp,
            (OperatingSystem::Mac, true, Key::N) => Key::ArrowDown,
            (OperatingSystem::Mac, true, Key::B) => Key::ArrowLeft,
            (OperatingSystem::Mac, true, Key::F) => Key::ArrowRight,
            (OperatingSystem::Mac, true, Key::A) => Key::Home,
            (OperatingSystem::Mac, true, Key::E) => Key::End,
            (_, _, key) => key,
        };
        let how = if modifiers.shift { CaretMove::Extend } else { CaretMove::Collapse };
        let (offset, selection) = (self.buffer.caret.head, self.buffer.caret.range());
        let by_word = modifiers.alt || (modifiers.ctrl && self.os != OperatingSystem::Mac);
        let page = isize::try_from(self.page).unwrap_or(1);
        let to = match key {
            Key::ArrowLeft if modifiers.mac_cmd => self.buffer.line_at(offset).start,
            Key::ArrowRight if modifiers.mac_cmd => self.buffer.line_at(offset).end,
            Key::ArrowLeft if by_word => self.buffer.prev_word(offset),
            Key::ArrowRight if by_word => self.buffer.next_word(offset),
            Key::ArrowLeft if how == CaretMove::Collapse && !selection.is_empty() => selection.start,
            Key::ArrowRight if how == CaretMove::Collapse && !selection.is_empty() => selection.end,
            Key::ArrowLeft => self.buffer.prev_grapheme(offset),
            Key::ArrowRight => self.buffer.next_grapheme(offset),
            Key::ArrowUp if modifiers.command => 0,
            Key::ArrowDown if modifiers.command => self.buffer.text().len(),
            Key::ArrowUp => self.vertical_offset(-1),
            Key::ArrowDown => self.vertical_offset(1),
            Key::PageUp => self.vertical_offset(-page),
            Key::PageDown => self.vertical_offset(page),
            Key::Home if modifiers.command => 0,
            Key::End if modifiers.command => self.buffer.text().len(),
            Key::Home => self.buffer.line_at(offset).start,
            Key::End => self.buffer.line_at(offset).end,
            _ => return,
        };
        self.buffer.end_composition();
        self.buffer.move_to(to, how);
    }

    /// The offset `by` rows further down, at the preferred x coordinate.
    fn vertical_offset(&mut self, by: isize) -> usize {
        let (rows, offset) = (self.buffer.rows(), self.buffer.caret.head);
        let row = rows.at(offset);
        let Some(target) = row.checked_add_signed(by).filter(|row| *row < rows.count()) else {
            return if by < 0 { 0 } else { self.buffer.text().len() };
        };
        let text = &self.buffer.text()[rows.range(row)];
        let x = *self.preferred_x.get_or_insert_with(|| x_of(&(self.lay)(text), text, offset - rows.get(row).start));
        offset_at(self.buffer, target, &(self.lay)(&self.buffer.text()[rows.range(target)]), x)
    }
}

/// The x coordinate of a byte offset in the text of a row.
pub(super) fn x_of(galley: &Galley, text: &str, byte: usize) -> f32 {
    let column = text[..byte.min(text.len())].chars().count();
    galley.rows.first().map_or(0.0, |row| row.x_offset(column.into()))
}

/// The offset in a row that is nearest to `x`. At the end of a wrapped row it is before the last grapheme, since after it
/// the caret would be shown in the next row.
pub(super) fn offset_at(buffer: &TextBuffer, row: usize, galley: &Galley, x: f32) -> usize {
    let range = buffer.rows().range(row);
    let text = &buffer.text()[range.clone()];
    let column = galley.rows.first().map_or(0, |row| row.char_at(x).0);
    let offset = range.start + text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
    let continues = row + 1 < buffer.rows().count() && !buffer.rows().ends_line(row);
    if continues && offset == range.end { buffer.prev_grapheme(offset) } else { offset }
}
