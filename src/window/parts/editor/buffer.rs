//! The text of an editor, with its caret, its rows and its undo history. Offsets are in bytes, on grapheme boundaries.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

use super::caret::{Caret, CaretMove};
use super::history::{EditHistory, EditKind, TextChange};
use super::rows::{RowMeasure, TextRows};

/// The text of an editor.
#[derive(Debug)]
pub(super) struct TextBuffer {
    text: String,
    rows: TextRows,
    pub(super) caret: Caret,
    /// The text that an input method is still composing (preedit).
    composed: Option<Range<usize>>,
    history: EditHistory,
    /// Incremented by every change of the text.
    revision: u64,
}

impl TextBuffer {
    pub(super) fn of(text: &str, measure: &mut RowMeasure<'_>) -> Self {
        let (text, rows) = (text.to_owned(), TextRows::of(text, measure));
        let (caret, history) = (Caret::default(), EditHistory::default());
        Self { text, rows, caret, composed: None, history, revision: 0 }
    }

    /// A number that every change of the text increments.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn rows(&self) -> &TextRows {
        &self.rows
    }

    pub(super) fn selected(&self) -> &str {
        &self.text[self.caret.range()]
    }

    /// Wraps all lines again, after the width or the font has changed.
    pub(super) fn measure(&mut self, measure: &mut RowMeasure<'_>) {
        self.rows = TextRows::of(&self.text, measure);
    }

    /// Adopts a text that was changed elsewhere, as one edit that can be undone. The caret stays where it is.
    pub(super) fn sync(&mut self, text: &str, measure: &mut RowMeasure<'_>) {
        self.end_composition();
        let same = |(one, other): &(u8, u8)| one == other;
        let mut start = self.text.bytes().zip(text.bytes()).take_while(same).count();
        while !(self.text.is_char_boundary(start) && text.is_char_boundary(start)) {
            start -= 1;
        }
        let (old, new) = (&self.text[start..], &text[start..]);
        let mut rest = old.bytes().rev().zip(new.bytes().rev()).take_while(same).count();
        while !(old.is_char_boundary(old.len() - rest) && new.is_char_boundary(new.len() - rest)) {
            rest -= 1;
        }
        let range = start..self.text.len() - rest;
        let caret = self.caret;
        self.edit(range, &text[start..text.len() - rest], EditKind::Other, measure);
        let kept = |offset: usize| floor_boundary(&self.text, offset.min(self.text.len()));
        self.caret = Caret { head: kept(caret.head), anchor: kept(caret.anchor) };
    }

    /// Replaces bytes and moves the caret to the end of the new ones.
    pub(super) fn edit(&mut self, range: Range<usize>, with: &str, kind: EditKind, measure: &mut RowMeasure<'_>) {
        self.end_composition();
        let removed = self.text[range.clone()].to_owned();
        let before = self.caret;
        self.replace(range.clone(), with, measure);
        self.caret = Caret::at(range.start + with.len());
        self.history.record(kind, TextChange { at: range.start, removed, inserted: with.to_owned(), before });
    }

    /// Shows the text that an input method is composing, in offset of the previous one or of the selection.
    pub(super) fn set_composition(&mut self, with: &str, measure: &mut RowMeasure<'_>) {
        let range = match self.composed.take() {
            Some(composed) => composed,
            None => {
                self.insert("", EditKind::Other, measure);
                self.caret.range()
            }
        };
        self.replace(range.clone(), with, measure);
        let end = range.start + with.len();
        self.caret = Caret::at(end);
        self.composed = (!with.is_empty()).then_some(range.start..end);
    }

    /// Ends the composition: its text stays, and can be undone.
    pub(super) fn end_composition(&mut self) {
        if let Some(range) = self.composed.take() {
            let (at, inserted) = (range.start, self.text[range].to_owned());
            let change = TextChange { at, removed: String::new(), inserted, before: Caret::at(at) };
            self.history.record(EditKind::Other, change);
        }
    }

    pub(super) fn composed(&self) -> Option<Range<usize>> {
        self.composed.clone()
    }

    /// Replaces the selection.
    pub(super) fn insert(&mut self, with: &str, kind: EditKind, measure: &mut RowMeasure<'_>) {
        self.edit(self.caret.range(), with, kind, measure);
    }

    fn replace(&mut self, range: Range<usize>, with: &str, measure: &mut RowMeasure<'_>) {
        self.text.replace_range(range.clone(), with);
        self.rows.update(&self.text, range, with.len(), measure);
        self.revision += 1;
    }

    /// Undoes the last step; returns whether there was one.
    pub(super) fn undo(&mut self, measure: &mut RowMeasure<'_>) -> bool {
        self.end_composition();
        let Some(change) = self.history.undo() else { return false };
        let TextChange { at, removed, inserted, before } = change;
        self.replace(at..at + inserted.len(), &removed, measure);
        self.caret = before;
        true
    }

    /// Redoes the last undone step; returns whether there was one.
    pub(super) fn redo(&mut self, measure: &mut RowMeasure<'_>) -> bool {
        self.end_composition();
        let Some(change) = self.history.redo() else { return false };
        let TextChange { at, removed, inserted, .. } = change;
        self.replace(at..at + removed.len(), &inserted, measure);
        self.caret = Caret::at(at + inserted.len());
        true
    }

    pub(super) fn move_to(&mut self, offset: usize, how: CaretMove) {
        self.caret = match how {
            CaretMove::Collapse => Caret::at(offset),
            CaretMove::Extend => Caret { head: offset, ..self.caret },
        };
    }

    pub(super) fn select(&mut self, range: Range<usize>) {
        self.caret = Caret { anchor: range.start, head: range.end };
    }

    pub(super) fn select_all(&mut self) {
        self.select(0..self.text.len());
    }

    /// The start of the grapheme before an offset.
    pub(super) fn prev_grapheme(&self, offset: usize) -> usize {
        let mut cursor = GraphemeCursor::new(offset, self.text.len(), true);
        cursor.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    /// The end of the grapheme after an offset.
    pub(super) fn next_grapheme(&self, offset: usize) -> usize {
        let mut cursor = GraphemeCursor::new(offset, self.text.len(), true);
        cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }

    /// The start of the word before an offset, on the same line; without one, the start of the line, then the line before.
    pub(super) fn prev_word(&self, offset: usize) -> usize {
        let line = self.line_at(offset);
        match self.text[line.start..offset].unicode_word_indices().next_back() {
            Some((at, _)) => line.start + at,
            None if offset > line.start => line.start,
            None => self.prev_grapheme(offset),
        }
    }

    /// The end of the word after an offset, on the same line; without one, the end of the line, then the next line.
    pub(super) fn next_word(&self, offset: usize) -> usize {
        let line = self.line_at(offset);
        match self.text[offset..line.end].unicode_word_indices().next() {
            Some((at, word)) => offset + at + word.len(),
            None if offset < line.end => line.end,
            None => self.next_grapheme(offset),
        }
    }

    /// The word at an offset, or the spaces or punctuation there.
    pub(super) fn word_at(&self, offset: usize) -> Range<usize> {
        let line = self.line_at(offset);
        let words = self.text[line.clone()].split_word_bound_indices();
        let mut around = words.map(|(at, word)| line.start + at..line.start + at + word.len());
        around.rfind(|word| word.start <= offset).unwrap_or(offset..offset)
    }

    /// The line at an offset, without its line break.
    pub(super) fn line_at(&self, offset: usize) -> Range<usize> {
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[offset..].find('\n').map_or(self.text.len(), |at| offset + at);
        start..end
    }
}

/// The last character boundary at or before an offset.
fn floor_boundary(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_measure<T>(run: impl FnOnce(&mut RowMeasure<'_>) -> T) -> T {
        run(&mut RowMeasure { width: 80.0, cell: 1.0, letter: &mut |_| 2.0 })
    }

    fn buffer(text: &str) -> TextBuffer {
        with_measure(|measure| TextBuffer::of(text, measure))
    }

    fn type_in(buffer: &mut TextBuffer, text: &str, at: f64) {
        with_measure(|measure| buffer.insert(text, EditKind::Typed { at }, measure));
    }

    #[test]
    fn typing_without_a_pause_is_one_undo_step() {
        let mut buffer = buffer("one\n");
        buffer.move_to(4, CaretMove::Collapse);
        for (nth, letter) in ["t", "w", "o"].into_iter().enumerate() {
            type_in(&mut buffer, letter, nth as f64 * 0.1);
        }
        type_in(&mut buffer, "!", 60.0);
        assert_eq!(buffer.text(), "one\ntwo!");
        assert!(with_measure(|measure| buffer.undo(measure)));
        assert_eq!(buffer.text(), "one\ntwo");
        assert!(with_measure(|measure| buffer.undo(measure)));
        assert_eq!((buffer.text(), buffer.caret), ("one\n", Caret::at(4)));
        assert!(with_measure(|measure| buffer.redo(measure)));
        assert_eq!((buffer.text(), buffer.caret), ("one\ntwo", Caret::at(7)));
    }

    #[test]
    fn a_change_made_elsewhere_keeps_the_caret_and_can_be_undone() {
        let mut buffer = buffer("a\n规则\nc\n");
        buffer.move_to(3, CaretMove::Collapse);
        buffer.move_to(5, CaretMove::Collapse);
        with_measure(|measure| buffer.sync("a\n规定\nc\nd\n", measure));
        assert_eq!((buffer.text(), buffer.caret), ("a\n规定\nc\nd\n", Caret::at(5)));
        assert!(with_measure(|measure| buffer.undo(measure)));
        assert_eq!(buffer.text(), "a\n规则\nc\n");
        buffer.select_all();
        with_measure(|measure| buffer.sync("", measure));
        assert_eq!(buffer.caret, Caret::at(0));
    }

    #[test]
    fn a_finished_composition_is_one_undo_step() {
        let mut buffer = buffer("ab");
        buffer.select(1..2);
        for composed in ["g", "gu", "规"] {
            with_measure(|measure| buffer.set_composition(composed, measure));
        }
        assert_eq!((buffer.text(), buffer.composed()), ("a规", Some(1..4)));
        with_measure(|measure| buffer.set_composition("", measure));
        type_in(&mut buffer, "规则", 0.0);
        assert_eq!((buffer.text(), buffer.composed()), ("a规则", None));
        assert!(with_measure(|measure| buffer.undo(measure)));
        assert_eq!(buffer.text(), "a");
        // The focus is lost during a composition: its text stays, and can be undone.
        with_measure(|measure| buffer.set_composition("x", measure));
        buffer.end_composition();
        assert!(with_measure(|measure| buffer.undo(measure)));
        assert!(with_measure(|measure| buffer.undo(measure)));
        assert_eq!(buffer.text(), "ab");
    }

    #[test]
    fn the_caret_moves_by_graphemes_words_and_lines() {
        let buffer = buffer("||ad.example.com^\ne\u{301}x 规则");
        let accented = 18;
        assert_eq!(buffer.next_grapheme(accented), accented + 3, "a letter and its combining accent are one grapheme");
        assert_eq!(buffer.prev_grapheme(accented + 3), accented);
        assert_eq!(buffer.prev_grapheme(0), 0);
        assert_eq!(buffer.next_grapheme(buffer.text().len()), buffer.text().len());
        assert_eq!(buffer.next_word(16), 17, "the end of the line if it has no further word");
        assert_eq!(buffer.next_word(17), 18);
        assert_eq!(buffer.prev_word(18), 17);
        assert_eq!(buffer.prev_word(1), 0);
        assert_eq!(buffer.line_at(21), 18..buffer.text().len());
        assert_eq!(&buffer.text()[buffer.word_at(21)], "e\u{301}x");
    }
}
