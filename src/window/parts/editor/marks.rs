//! Marks at the lines that are wrong. They keep to their lines while others are changed, and go with what was wrong.

use crate::model::route::BadLine;

/// What is wrong, by line.
#[derive(Debug, Default)]
pub struct Marks(Vec<LineMark>);

#[derive(Debug, PartialEq)]
struct LineMark {
    bad: BadLine,
    /// What the line says that is wrong.
    text: String,
}

impl Marks {
    /// The bad lines of a text.
    pub fn of(bad: Vec<BadLine>, text: &str) -> Self {
        let lines: Vec<_> = text.lines().collect();
        let said = |bad: &BadLine| lines.get(bad.line as usize - 1).copied().unwrap_or_default().to_owned();
        Self(bad.into_iter().map(|bad| LineMark { text: said(&bad), bad }).collect())
    }

    /// The bad lines as they stand now, in their order.
    pub fn lines(&self) -> impl Iterator<Item = &BadLine> {
        self.0.iter().map(|mark| &mark.bad)
    }

    /// Keeps to the lines of a text that was changed.
    pub fn follow(&mut self, text: &str) {
        if self.0.is_empty() {
            return;
        }
        let lines: Vec<_> = text.lines().collect();
        self.0.retain_mut(|mark| {
            let place = mark.bad.line as usize - 1;
            let nearest = (0..lines.len()).filter(|line| lines[*line] == mark.text);
            let found = nearest.min_by_key(|line| line.abs_diff(place));
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
    fn marks_keep_to_their_lines() {
        let mut marks = Marks::of(vec![bad(2), bad(4)], "a\n/(/\nb\n||");
        marks.follow("new\na\n/(/\nb\n||\nmore");
        assert_eq!(places(&marks), [3, 5]);
        marks.follow("new\na\n/()/\nb\n||");
        assert_eq!(places(&marks), [5], "what was put right is marked no more");
        marks.follow("");
        assert_eq!(places(&marks), [0; 0]);
    }

    #[test]
    fn of_equal_lines_the_nearest_is_meant() {
        let mut marks = Marks::of(vec![bad(1), bad(3)], "||\na\n||");
        marks.follow("a\n||");
        assert_eq!(places(&marks), [2]);
    }
}
