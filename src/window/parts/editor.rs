//! A text of many lines: each with its number, and a mark at each that is wrong. Marks keep to their lines
//! while others are changed, and go with what was wrong.

use std::ops::Range;

use eframe::egui::{
    Align2, Frame, Margin, Rangef, Rect, Response, ScrollArea, Sense, Stroke, TextEdit, TextStyle, Ui, pos2, vec2,
};

use super::super::theme::Palette;
use crate::i18n::{Locale, Localize};
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

/// Lines of an editor at least and at most.
const SHORTEST: usize = 6;
const TALLEST: usize = 14;

/// Draws a text to be edited, as high as it is long within bounds; `name` tells it from other editors of the
/// page.
pub fn editor(ui: &mut Ui, locale: Locale, name: &str, text: &mut String, marks: &mut Marks) -> Response {
    let rows = text.lines().count().clamp(SHORTEST, TALLEST);
    let palette = Palette::of(ui);
    let height = rows as f32 * ui.text_style_height(&TextStyle::Monospace) + 12.0;
    let frame = Frame::new().fill(palette.card).stroke(Stroke::new(1.0, palette.frame)).corner_radius(6);
    let inner = frame.show(ui, |ui| {
        let area = ScrollArea::vertical().id_salt(name).max_height(height).min_scrolled_height(height);
        area.auto_shrink([false, false]).show(ui, |ui| lines(ui, locale, text, marks, rows)).inner
    });
    inner.inner
}

fn lines(ui: &mut Ui, locale: Locale, text: &mut String, marks: &mut Marks, rows: usize) -> Response {
    let digits = (text.lines().count() + 1).to_string().len().max(2);
    let font = TextStyle::Monospace.resolve(ui.style());
    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let margin = letter * digits as f32 + 20.0;
    // Over the marks comes the text, so their places are drawn first, as the text was a frame ago.
    let under = ui.painter().add(eframe::egui::Shape::Noop);
    let edit = TextEdit::multiline(text)
        .font(TextStyle::Monospace)
        .frame(Frame::NONE.inner_margin(Margin { left: margin as i8, right: 8, top: 6, bottom: 6 }))
        .desired_rows(rows)
        .desired_width(f32::INFINITY);
    let output = edit.show(ui);
    if output.response.changed() {
        marks.follow(text);
    }
    let left = output.response.rect.left();
    let shown = ui.clip_rect().y_range();
    let mut shapes = Vec::new();
    let at = output.galley_pos.to_vec2();
    let rows = output.galley.rows.iter().map(|row| (row.rect().translate(at), row.ends_with_newline));
    for (number, place) in numbered(rows, shown) {
        let palette = Palette::of(ui);
        let bad = marks.lines().find(|bad| bad.line as usize == number);
        let color = if bad.is_some() { palette.red } else { palette.weak };
        let at = pos2(left + margin - 12.0, place.min.y);
        ui.painter().text(at, Align2::RIGHT_TOP, number.to_string(), font.clone(), color);
        if let Some(bad) = bad {
            let line = Rect::from_min_max(pos2(left, place.min.y), pos2(output.response.rect.right(), place.max.y));
            shapes.push(eframe::egui::Shape::rect_filled(line, 0.0, palette.red.gamma_multiply(0.14)));
            let number = line.with_max_x(left + margin);
            let number = ui.interact(number, ui.scope_id().with(("bad", bad.line)), Sense::hover());
            number.on_hover_text(bad.reason.localize(locale));
        }
    }
    ui.painter().set(under, eframe::egui::Shape::Vec(shapes));
    output.response.response
}

/// The visible lines of a text, each with its number and the room that it takes. `rows` are those of the layout,
/// from the top, each with whether a line ends with it.
fn numbered(rows: impl Iterator<Item = (Rect, bool)>, visible: Rangef) -> Vec<(usize, Rect)> {
    let mut lines: Vec<(usize, Rect)> = Vec::new();
    let mut number = 1;
    for (place, ends) in rows.take_while(|(place, _)| place.min.y <= visible.max) {
        if place.max.y >= visible.min {
            match lines.last_mut() {
                Some((last, line)) if *last == number => *line = line.union(place),
                Some(_) | None => lines.push((number, place)),
            }
        }
        number += usize::from(ends);
    }
    lines
}

/// Room for one line of reasons below an editor.
pub fn reasons(ui: &mut Ui, marks: &Marks, shown: Range<usize>, say: impl Fn(&BadLine) -> String) {
    let color = Palette::of(ui).red;
    for bad in marks.lines().skip(shown.start).take(shown.len()) {
        let text = eframe::egui::RichText::new(say(bad)).small().color(color);
        ui.add(eframe::egui::Label::new(text).wrap());
    }
    ui.allocate_space(vec2(0.0, 0.0));
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
    fn only_visible_lines_are_numbered() {
        // Each second line takes two rows of ten points.
        let rows = (0..60_000_u16).map(|nth| {
            let top = f32::from(nth) * 10.0;
            (Rect::from_min_max(pos2(0.0, top), pos2(80.0, top + 10.0)), nth % 3 != 1)
        });
        let lines = numbered(rows, Rangef::new(30_005.0, 30_045.0));
        let found: Vec<_> = lines.iter().map(|(number, place)| (*number, place.min.y, place.max.y)).collect();
        let expected = [(2001, 30_000.0, 30_010.0), (2002, 30_010.0, 30_030.0), (2003, 30_030.0, 30_040.0)];
        assert_eq!(found, [expected.as_slice(), &[(2004, 30_040.0, 30_050.0)]].concat());
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
