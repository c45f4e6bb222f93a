//! Marks of invalid lines. They move with their lines while others are edited, and disappear when their line changes.

use crate::model::route::BadLine;

/// The invalid lines of a text.
#[derive(Debug, Default)]
pub struct Marks(Vec<LineMark>);

#[derive(Debug, PartialEq)]
struct LineMark {
    bad: BadLine,
    /// The text of the invalid line.
    text: String,
}

impl Marks {
    /// The marks for the invalid lines of a text.
    pub fn of(bad: Vec<BadLine>, text: &str) -> Self {
        let lines: Vec<_> = text.lines().collect();
        let text_of = |bad: &BadLine| lines.get(bad.line as usize - 1).copied().unwrap_or_default().to_owned();
        Self(bad.into_iter().map(|bad| LineMark { text: text_of(&bad), bad }).collect())
    }

    /// The invalid lines with their current numbers, in order.
    pub fn lines(&self) -> impl Iterator<Item = &BadLine> {
        self.0.iter().map(|mark| &mark.bad)
    }

    /// Moves the marks to where their lines are in the changed text.
    pub fn sync(&mut self, text: &str) {
        if self.0.is_empty() {
            return;
        }
        let lines: Vec<_> = text.lines().collect();
        self.0.retain_mut(|mark| {
            let index = mark.bad.line as usize - 1;
            let nearest = (0..lines.len()).filter(|line| lines[*line] == mark.text);
            let found = nearest.min_by_key(|line| line.abs_diff(index));
            if let Some(line) = found {
                mark.bad.line = line as u32 + 1;
            }
            found.is_some()
        });
        self.0.dedup_by(|one, other| one.bad.line == other.bad.line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LineError;

    fn bad(line: u32) -> BadLine {
        BadLine { line, reason: LineError::NoDomain }
    }

    fn places(marks: &Marks) -> Vec<u32> {
        marks.lines().map(|bad| bad.line).collect()
    }

    #[test]
    fn marks_move_with_their_lines() {
        let mut marks = Marks::of(vec![bad(2), bad(4)], "a\n/(/\nb\n||");
        marks.sync("new\na\n/(/\nb\n||\nmore");
        assert_eq!(places(&marks), [3, 5]);
        marks.sync("new\na\n/()/\nb\n||");
        assert_eq!(places(&marks), [5], "a corrected line loses its mark");
        marks.sync("");
        assert_eq!(places(&marks), [0; 0]);
    }

    #[test]
    fn of_equal_lines_the_nearest_is_marked() {
        let mut marks = Marks::of(vec![bad(1), bad(3)], "||\na\n||");
        marks.sync("a\n||");
        assert_eq!(places(&marks), [2]);
    }
}
