//! The rows of a text: each line is wrapped into as many as its width needs. An edit wraps only the lines that it touches
//! and shifts the others. Pure: the caller measures the characters.

use std::ops::Range;

/// A row of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextRow {
    /// Byte offset of its start.
    pub(super) start: usize,
    /// Number of its line, from 1.
    pub(super) line: usize,
}

/// The widths of rows and characters, in points.
pub(super) struct RowMeasure<'a> {
    /// Greatest width of a row.
    pub(super) width: f32,
    /// Width of each printable ASCII character.
    pub(super) cell: f32,
    /// Width of any other character.
    pub(super) letter: &'a mut dyn FnMut(char) -> f32,
}

impl RowMeasure<'_> {
    fn fits(&self, line: &str) -> bool {
        line.len() as f32 * self.cell <= self.width && line.bytes().all(is_printable)
    }

    fn of(&mut self, letter: char) -> f32 {
        match u8::try_from(letter) {
            Ok(byte) if is_printable(byte) => self.cell,
            Ok(_) | Err(_) => (self.letter)(letter),
        }
    }
}

fn is_printable(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
}

/// The rows of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TextRows {
    rows: Vec<TextRow>,
    /// Length of the text in bytes.
    length: usize,
    /// Number of bytes that the last change wrapped.
    split: usize,
}

impl TextRows {
    pub(super) fn of(text: &str, measure: &mut RowMeasure<'_>) -> Self {
        let mut rows = split(text, 1, measure);
        if ends_with_empty_line(text) {
            let line = rows.last().map_or(1, |row| row.line + 1);
            rows.push(TextRow { start: text.len(), line });
        }
        Self { rows, length: text.len(), split: text.len() }
    }

    /// Updates the rows after the bytes in `range` were update by `inserted` others; `text` is the new text.
    pub(super) fn update(&mut self, text: &str, range: Range<usize>, inserted: usize, measure: &mut RowMeasure<'_>) {
        let mut first = self.at(range.start);
        while first > 0 && self.rows[first - 1].line == self.rows[first].line {
            first -= 1;
        }
        let mut after = self.at(range.end) + 1;
        while self.rows.get(after).is_some_and(|row| row.line == self.rows[after - 1].line) {
            after += 1;
        }
        let (start, line) = (self.rows[first].start, self.rows[first].line);
        let old_end = self.rows.get(after).map_or(self.length, |row| row.start);
        let end = old_end - range.len() + inserted;
        let mut new = split(&text[start..end], line, measure);
        new.iter_mut().for_each(|row| row.start += start);
        let next = new.last().map_or(line, |row| row.line + 1);
        if after == self.rows.len() && ends_with_empty_line(text) {
            new.push(TextRow { start: text.len(), line: next });
        }
        if let Some(old) = self.rows.get(after).map(|row| row.line) {
            for row in &mut self.rows[after..] {
                row.start = row.start - old_end + end;
                row.line = row.line - old + next;
            }
        }
        self.rows.splice(first..after, new);
        (self.length, self.split) = (text.len(), end - start);
    }

    /// Number of rows, at least one.
    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    /// Number of bytes that the last change wrapped.
    pub(super) fn wrapped_bytes(&self) -> usize {
        self.split
    }

    pub(super) fn get(&self, row: usize) -> TextRow {
        self.rows[row]
    }

    /// Number of lines.
    pub(super) fn lines(&self) -> usize {
        self.rows.last().map_or(1, |row| row.line)
    }

    /// The row that contains a byte offset.
    pub(super) fn at(&self, byte: usize) -> usize {
        self.rows.partition_point(|row| row.start <= byte).saturating_sub(1)
    }

    /// The bytes of a row, without the line break.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        let start = self.rows[row].start;
        match self.rows.get(row + 1) {
            Some(next) if self.ends_line(row) => start..next.start - 1,
            Some(next) => start..next.start,
            None => start..self.length,
        }
    }

    /// Whether this row is the last one of its line, and another line follows.
    pub(super) fn ends_line(&self, row: usize) -> bool {
        self.rows.get(row + 1).is_some_and(|next| next.line != self.rows[row].line)
    }

    /// Whether this row is the first one of its line.
    pub(super) fn begins_line(&self, row: usize) -> bool {
        row == 0 || self.ends_line(row - 1)
    }
}

/// Whether the text ends with an empty line.
fn ends_with_empty_line(text: &str) -> bool {
    text.is_empty() || text.ends_with('\n')
}

/// Wraps whole lines, the first of which has the number `first`.
fn split(lines: &str, first: usize, measure: &mut RowMeasure<'_>) -> Vec<TextRow> {
    let mut rows = Vec::new();
    let mut start = 0;
    for (nth, whole) in lines.split_inclusive('\n').enumerate() {
        let line = first + nth;
        rows.push(TextRow { start, line });
        let text = whole.strip_suffix('\n').unwrap_or(whole);
        if !measure.fits(text) {
            let mut width = 0.0;
            for (at, letter) in text.char_indices() {
                let letter = measure.of(letter);
                if width > 0.0 && width + letter > measure.width {
                    rows.push(TextRow { start: start + at, line });
                    width = 0.0;
                }
                width += letter;
            }
        }
        start += whole.len();
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows of ten ASCII characters; any other character is as wide as two.
    fn with_measure<T>(run: impl FnOnce(&mut RowMeasure<'_>) -> T) -> T {
        run(&mut RowMeasure { width: 10.0, cell: 1.0, letter: &mut |_| 2.0 })
    }

    fn shown(text: &str) -> Vec<(usize, &str)> {
        let rows = with_measure(|measure| TextRows::of(text, measure));
        (0..rows.count()).map(|row| (rows.get(row).line, &text[rows.range(row)])).collect()
    }

    #[test]
    fn long_lines_take_several_rows() {
        assert_eq!(shown(""), [(1, "")]);
        assert_eq!(shown("a\n"), [(1, "a"), (2, "")]);
        assert_eq!(shown("\n\nb"), [(1, ""), (2, ""), (3, "b")]);
        assert_eq!(shown("0123456789\n0123456789x"), [(1, "0123456789"), (2, "0123456789"), (2, "x")]);
        assert_eq!(shown("规则规则规则\nb"), [(1, "规则规则规"), (1, "则"), (2, "b")]);
    }

    #[test]
    fn an_edit_wraps_only_the_lines_that_it_touches() {
        let mut text = "||example.com\n".repeat(60_000);
        let mut rows = with_measure(|measure| TextRows::of(&text, measure));
        for at in [0, text.len() / 2, text.len()] {
            text.insert(at, 'x');
            with_measure(|measure| rows.update(&text, at..at, 1, measure));
            assert!(rows.wrapped_bytes() < 40, "{} bytes at {at}", rows.wrapped_bytes());
        }
    }

    proptest! {
        #[test]
        fn updated_rows_equal_those_of_the_new_text(
            text in "[ab规\n]{0,60}",
            inserted in "[ab规\n]{0,20}",
            from in 0_usize..60,
            length in 0_usize..60,
        ) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let start = places[from.min(places.len() - 1)];
            let end = places[(from + length).min(places.len() - 1)];
            let mut rows = with_measure(|measure| TextRows::of(&text, measure));
            let mut new = text;
            new.replace_range(start..end, &inserted);
            with_measure(|measure| rows.update(&new, start..end, inserted.len(), measure));
            let whole = with_measure(|measure| TextRows::of(&new, measure));
            prop_assert_eq!(rows.rows, whole.rows);
            prop_assert_eq!(rows.length, whole.length);
        }
    }
}
