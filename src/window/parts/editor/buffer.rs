//! The text of an editor with its caret, its rows and what can be undone. Places are bytes, always between letters.

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
    /// What an input method has not made up its mind about.
    composed: Option<Range<usize>>,
    history: EditHistory,
    /// How often the text was changed.
    revision: u64,
}

impl TextBuffer {
    pub(super) fn of(text: &str, measure: &mut RowMeasure<'_>) -> Self {
        let (text, rows) = (text.to_owned(), TextRows::of(text, measure));
        let (caret, history) = (Caret::default(), EditHistory::default());
        Self { text, rows, caret, composed: None, history, revision: 0 }
    }

    /// How often the text was changed.
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

    /// Splits all lines anew: the rows have another width, or another font.
    pub(super) fn measure(&mut self, measure: &mut RowMeasure<'_>) {
        self.rows = TextRows::of(&self.text, measure);
    }

    /// Takes over a text that was changed elsewhere, as one edit that can be undone.
    pub(super) fn follow(&mut self, text: &str, measure: &mut RowMeasure<'_>) {
        self.settle();
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
        // Whoever reads on at one place is not taken to another one.
        let kept = |place: usize| floor_boundary(&self.text, place.min(self.text.len()));
        self.caret = Caret { head: kept(caret.head), anchor: kept(caret.anchor) };
    }

    /// Replaces bytes, with the caret behind what comes in their place.
    pub(super) fn edit(&mut self, range: Range<usize>, with: &str, kind: EditKind, measure: &mut RowMeasure<'_>) {
        self.settle();
        let removed = self.text[range.clone()].to_owned();
        let before = self.caret;
        self.replace(range.clone(), with, measure);
        self.caret = Caret::at(range.start + with.len());
        self.history.keep(kind, TextChange { at: range.start, removed, inserted: with.to_owned(), before });
    }

    /// Shows a text that an input method has not made up its mind about in place of the last one, or of the selection.
    pub(super) fn compose(&mut self, with: &str, measure: &mut RowMeasure<'_>) {
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

    /// Takes what was composed for text that was typed: it can be undone from now on.
    pub(super) fn settle(&mut self) {
        if let Some(range) = self.composed.take() {
            let (at, inserted) = (range.start, self.text[range].to_owned());
            let change = TextChange { at, removed: String::new(), inserted, before: Caret::at(at) };
            self.history.keep(EditKind::Other, change);
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
        self.rows.replaced(&self.text, range, with.len(), measure);
        self.revision += 1;
    }

    /// Takes back the last edit; whether there was one.
    pub(super) fn undo(&mut self, measure: &mut RowMeasure<'_>) -> bool {
        self.settle();
        let Some(change) = self.history.undo() else { return false };
        let TextChange { at, removed, inserted, before } = change;
        self.replace(at..at + inserted.len(), &removed, measure);
        self.caret = before;
        true
    }

    /// Makes the last edit again that was taken back; whether there was one.
    pub(super) fn redo(&mut self, measure: &mut RowMeasure<'_>) -> bool {
        self.settle();
        let Some(change) = self.history.redo() else { return false };
        let TextChange { at, removed, inserted, .. } = change;
        self.replace(at..at + removed.len(), &inserted, measure);
        self.caret = Caret::at(at + inserted.len());
        true
    }

    pub(super) fn move_to(&mut self, place: usize, how: CaretMove) {
        self.caret = match how {
            CaretMove::Alone => Caret::at(place),
            CaretMove::Selecting => Caret { head: place, ..self.caret },
        };
    }

    pub(super) fn select(&mut self, range: Range<usize>) {
        self.caret = Caret { anchor: range.start, head: range.end };
    }

    pub(super) fn select_all(&mut self) {
        self.select(0..self.text.len());
    }

    /// The place one letter before another.
    pub(super) fn letter_before(&self, place: usize) -> usize {
        let mut cursor = GraphemeCursor::new(place, self.text.len(), true);
        cursor.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    /// The place one letter behind another.
    pub(super) fn letter_after(&self, place: usize) -> usize {
        let mut cursor = GraphemeCursor::new(place, self.text.len(), true);
        cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }

    /// Where the word before a place begins: on the same line, or else at the end of the line before.
    pub(super) fn word_before(&self, place: usize) -> usize {
        let line = self.line_around(place);
        match self.text[line.start..place].unicode_word_indices().next_back() {
            Some((at, _)) => line.start + at,
            None if place > line.start => line.start,
            None => self.letter_before(place),
        }
    }

    /// Where the word behind a place ends: on the same line, or else at the beginning of the next line.
    pub(super) fn word_after(&self, place: usize) -> usize {
        let line = self.line_around(place);
        match self.text[place..line.end].unicode_word_indices().next() {
            Some((at, word)) => place + at + word.len(),
            None if place < line.end => line.end,
            None => self.letter_after(place),
        }
    }

    /// The word at a place, or what stands there in place of one.
    pub(super) fn word_around(&self, place: usize) -> Range<usize> {
        let line = self.line_around(place);
        let words = self.text[line.clone()].split_word_bound_indices();
        let mut around = words.map(|(at, word)| line.start + at..line.start + at + word.len());
        around.rfind(|word| word.start <= place).unwrap_or(place..place)
    }

    /// The line at a place, without its end.
    pub(super) fn line_around(&self, place: usize) -> Range<usize> {
        let start = self.text[..place].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[place..].find('\n').map_or(self.text.len(), |at| place + at);
        start..end
    }
}

/// The last place between two characters that is not behind another place.
fn floor_boundary(text: &str, mut place: usize) -> usize {
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
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
    fn what_is_typed_in_one_go_is_undone_in_one_go() {
        let mut buffer = buffer("one\n");
        buffer.move_to(4, CaretMove::Alone);
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
    fn a_change_from_elsewhere_keeps_the_caret_and_is_undone() {
        let mut buffer = buffer("a\n规则\nc\n");
        buffer.move_to(3, CaretMove::Alone);
        buffer.move_to(5, CaretMove::Alone);
        with_measure(|measure| buffer.follow("a\n规定\nc\nd\n", measure));
        assert_eq!((buffer.text(), buffer.caret), ("a\n规定\nc\nd\n", Caret::at(5)));
        assert!(with_measure(|measure| buffer.undo(measure)));
        assert_eq!(buffer.text(), "a\n规则\nc\n");
        buffer.select_all();
        with_measure(|measure| buffer.follow("", measure));
        assert_eq!(buffer.caret, Caret::at(0));
    }

    #[test]
    fn what_is_composed_is_one_step_once_it_is_decided() {
        let mut buffer = buffer("ab");
        buffer.select(1..2);
        for composed in ["g", "gu", "规"] {
            with_measure(|measure| buffer.compose(composed, measure));
        }
        assert_eq!((buffer.text(), buffer.composed()), ("a规", Some(1..4)));
        with_measure(|measure| buffer.compose("", measure));
        type_in(&mut buffer, "规则", 0.0);
        assert_eq!((buffer.text(), buffer.composed()), ("a规则", None));
        assert!(with_measure(|measure| buffer.undo(measure)));
        assert_eq!(buffer.text(), "a");
        // The focus goes while something is composed: it stays, and can be taken back.
        with_measure(|measure| buffer.compose("x", measure));
        buffer.settle();
        assert!(with_measure(|measure| buffer.undo(measure)));
        assert!(with_measure(|measure| buffer.undo(measure)));
        assert_eq!(buffer.text(), "ab");
    }

    #[test]
    fn the_caret_moves_by_letters_words_and_lines() {
        let buffer = buffer("||ad.example.com^\ne\u{301}x 规则");
        let accented = 18;
        assert_eq!(buffer.letter_after(accented), accented + 3, "a letter with its accent is one");
        assert_eq!(buffer.letter_before(accented + 3), accented);
        assert_eq!(buffer.letter_before(0), 0);
        assert_eq!(buffer.letter_after(buffer.text().len()), buffer.text().len());
        assert_eq!(buffer.word_after(16), 17, "the rest of the line, where no word is in it");
        assert_eq!(buffer.word_after(17), 18);
        assert_eq!(buffer.word_before(18), 17);
        assert_eq!(buffer.word_before(1), 0);
        assert_eq!(buffer.line_around(21), 18..buffer.text().len());
        assert_eq!(&buffer.text()[buffer.word_around(21)], "e\u{301}x");
    }
}
