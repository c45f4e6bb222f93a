//! Drawing, pointer input and accessibility of an editor, for its visible rows only.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::text::{CCursor, CCursorRange, LayoutJob};
use eframe::egui::text_selection::accesskit_text::update_accesskit_for_text_widget;
use eframe::egui::text_selection::visuals::paint_text_cursor;
use eframe::egui::{
    Align2, CursorIcon, Event, FontId, Galley, IMEPurpose, OutputCommand, Pos2, Rect, Response, Sense, Stroke, Ui,
    WidgetInfo, accesskit, emath::TSTransform, output::IMEOutput, pos2, vec2,
};

use super::super::super::theme::Palette;
use super::buffer::TextBuffer;
use super::caret::CaretMove;
use super::history::EditKind;
use super::input::{offset_at, x_of};
use super::rows::RowMeasure;
use super::{Editor, Marks};
use crate::i18n::{Locale, Localize};

/// Space above the first row and below the last one, in points.
pub(super) const PADDING: f32 = 6.0;

/// Longest time in seconds between the clicks of a double or triple click.
const PRESS_PAUSE: f64 = 0.4;

type RowLayout<'a> = &'a dyn Fn(&str) -> Arc<Galley>;

/// The geometry of an editor's content.
pub(super) struct EditorView {
    /// The whole text with the line numbers.
    pub(super) rect: Rect,
    /// Width of the line numbers.
    pub(super) gutter: f32,
    /// Height of a row.
    pub(super) row: f32,
    /// The visible part, relative to the top of the text.
    pub(super) viewport: Rect,
    pub(super) font: FontId,
}

impl EditorView {
    /// Number of rows that are visible at once.
    pub(super) fn page(&self) -> usize {
        ((self.viewport.height() / self.row) as usize).max(1)
    }

    fn visible(&self, rows: usize) -> Range<usize> {
        let row = |y: f32| ((y - PADDING) / self.row).max(0.0) as usize;
        row(self.viewport.top()).min(rows)..(row(self.viewport.bottom()) + 1).min(rows)
    }

    /// The top left corner of a row's text.
    fn corner(&self, row: usize) -> Pos2 {
        self.rect.min + vec2(self.gutter, PADDING + row as f32 * self.row)
    }

    fn caret(&self, buffer: &TextBuffer, lay: RowLayout<'_>) -> Rect {
        let (rows, head) = (buffer.rows(), buffer.caret.head);
        let row = rows.at(head);
        let text = &buffer.text()[rows.range(row)];
        let x = x_of(&lay(text), text, head - rows.get(row).start);
        Rect::from_min_size(self.corner(row) + vec2(x, 0.0), vec2(0.0, self.row))
    }

    pub(super) fn scroll_to_caret(&self, ui: &Ui, buffer: &TextBuffer, lay: RowLayout<'_>) {
        ui.scroll_to_rect(self.caret(buffer, lay).expand2(vec2(0.0, PADDING)), None);
    }

    fn offset_under(&self, buffer: &TextBuffer, pointer: Pos2, lay: RowLayout<'_>) -> usize {
        let down = (pointer.y - self.rect.top() - PADDING) / self.row;
        let row = (down.max(0.0) as usize).min(buffer.rows().count() - 1);
        let text = &buffer.text()[buffer.rows().range(row)];
        offset_at(buffer, row, &lay(text), pointer.x - self.corner(row).x)
    }
}

impl Editor {
    pub(super) fn handle_pointer(
        &mut self,
        ui: &Ui,
        response: &Response,
        view: &EditorView,
        lay: RowLayout<'_>,
        measure: &mut RowMeasure<'_>,
    ) {
        if response.hovered() {
            ui.set_cursor_icon(CursorIcon::Text);
            ui.output_mut(|output| output.mutable_text_under_cursor = true);
        }
        let Some(buffer) = &mut self.buffer else { return };
        if response.contains_pointer()
            && let Some((at, text)) = ui.input(|input| input.events.iter().find_map(middle_click))
        {
            buffer.move_to(view.offset_under(buffer, at, lay), CaretMove::Collapse);
            buffer.insert(&text, EditKind::Other, measure);
            response.request_focus();
        }
        let Some(pointer) = response.interact_pointer_pos().filter(|_| ui.is_enabled()) else { return };
        let (is_pressed, is_selecting, now) =
            ui.input(|input| (input.pointer.primary_pressed(), input.modifiers.shift, input.time));
        let under = view.offset_under(buffer, pointer, lay);
        let is_dragged = response.is_pointer_button_down_on();
        if is_pressed && is_dragged {
            response.request_focus();
            buffer.end_composition();
            self.preferred_x = None;
            let how = if is_selecting { CaretMove::Extend } else { CaretMove::Collapse };
            self.clicked = press(buffer, self.clicks.count(pointer, now), under, how);
        } else if is_dragged && ui.input(|input| input.pointer.is_decidedly_dragging()) {
            drag(buffer, self.clicked.as_ref(), under);
            if !ui.clip_rect().contains(pointer) {
                ui.ctx().request_repaint();
            }
        }
    }

    pub(super) fn draw(&mut self, ui: &Ui, locale: Locale, response: &Response, view: &EditorView, lay: RowLayout<'_>) {
        let Some(buffer) = &self.buffer else { return };
        let has_focus = response.has_focus();
        let palette = Palette::of(ui);
        let visible = view.visible(buffer.rows().count());
        let mut galleys = Vec::with_capacity(visible.len());
        for row in visible.clone() {
            let (range, corner) = (buffer.rows().range(row), view.corner(row));
            let text = &buffer.text()[range.clone()];
            self.work.laid_out += text.len();
            let galley = lay(text);
            number(ui, locale, view, buffer, row, &self.marks);
            if has_focus {
                let selected = buffer.caret.range();
                if !selected.is_empty() && selected.start <= range.end && selected.end > range.start {
                    let left = x_of(&galley, text, selected.start.saturating_sub(range.start));
                    // A selected line break is shown half a row height wide.
                    let has_end = selected.end > range.end && buffer.rows().ends_line(row);
                    let end = if has_end { view.row * 0.5 } else { 0.0 };
                    let right = x_of(&galley, text, selected.end - range.start) + end;
                    let lit = Rect::from_min_max(corner + vec2(left, 0.0), corner + vec2(right, view.row));
                    ui.painter().rect_filled(lit, 0.0, palette.chosen);
                }
            }
            ui.painter().galley(corner, galley.clone(), palette.text);
            underline(ui, buffer, view, row, &galley);
            galleys.push(galley);
        }
        if has_focus {
            self.draw_caret(ui, response, view, lay);
        }
        self.report(ui, response, view, visible, &galleys);
    }

    fn draw_caret(&self, ui: &Ui, response: &Response, view: &EditorView, lay: RowLayout<'_>) {
        let Some(buffer) = &self.buffer else { return };
        let caret = view.caret(buffer, lay);
        let (now, is_in_front) = ui.input(|input| (input.time, input.focused));
        if is_in_front && ui.is_rect_visible(caret) {
            paint_text_cursor(ui, ui.painter(), caret, now - self.touched_at);
        }
        let to_global = ui.ctx().layer_transform_to_global(ui.layer_id()).unwrap_or_default();
        ui.output_mut(|output| {
            output.ime = Some(IMEOutput {
                purpose: IMEPurpose::Normal,
                rect: to_global * response.rect.intersect(ui.clip_rect()),
                cursor_rect: to_global * caret,
                should_interrupt_composition: false,
            });
        });
    }

    /// Reports a new selection to the system once the pointer is released.
    fn report_selection(&mut self, ui: &Ui, response: &Response) {
        let Some(buffer) = &self.buffer else { return };
        let selected = buffer.caret.range();
        if selected != self.reported && !ui.input(|input| input.pointer.any_down()) {
            self.reported = selected.clone();
            if !selected.is_empty() && response.has_focus() {
                ui.ctx().send_cmd(OutputCommand::TextSelectionSettled(buffer.selected().to_owned()));
            }
        }
    }

    /// Reports the text and its visible rows to screen readers, and the selection to the system.
    fn report(
        &mut self,
        ui: &Ui,
        response: &Response,
        view: &EditorView,
        visible: Range<usize>,
        galleys: &[Arc<Galley>],
    ) {
        self.report_selection(ui, response);
        let Some(buffer) = &self.buffer else { return };
        let info = || WidgetInfo::text_edit(ui.is_enabled(), buffer.text(), buffer.text(), "");
        response.widget_info(info);
        let node = ui.ctx().accesskit_node_builder(response.id, |builder| {
            builder.set_role(accesskit::Role::MultilineTextInput);
            builder.add_action(accesskit::Action::SetValue);
            builder.add_action(accesskit::Action::ReplaceSelectedText);
        });
        if node.is_none() || galleys.is_empty() {
            return;
        }
        let rows = buffer.rows();
        let (start, end) = (rows.range(visible.start).start, rows.range(visible.end - 1).end);
        let text = &buffer.text()[start..end];
        let job = Arc::new(LayoutJob::simple(text.to_owned(), view.font.clone(), Palette::of(ui).text, f32::INFINITY));
        let mut galley = Galley::concat(job, galleys, ui.ctx().pixels_per_point());
        for (row, placed) in visible.clone().zip(&mut galley.rows) {
            placed.ends_with_newline = rows.ends_line(row) && row + 1 < visible.end;
        }
        let letters = |offset: usize| text[..offset.clamp(start, end) - start].chars().count();
        let caret = response.has_focus().then(|| {
            CCursorRange::two(CCursor::new(letters(buffer.caret.anchor)), CCursor::new(letters(buffer.caret.head)))
        });
        let at = TSTransform::from_translation(view.corner(visible.start).to_vec2());
        update_accesskit_for_text_widget(ui.ctx(), response.id, caret, at, &galley);
    }
}

/// Counts clicks of the mouse button that belong to one double or triple click.
#[derive(Debug, Default)]
pub(super) struct ClickCounter {
    last: Option<(Pos2, f64)>,
    count: usize,
}

impl ClickCounter {
    /// Counts a press at `now`, in seconds; returns its number within the click, from 1.
    fn count(&mut self, at: Pos2, now: f64) -> usize {
        let continues = self.last.is_some_and(|(last, then)| last.distance(at) < 6.0 && now - then < PRESS_PAUSE);
        self.count = if continues { self.count + 1 } else { 1 };
        self.last = Some((at, now));
        self.count
    }
}

/// Handles the nth press of a click: moves the caret, or selects the word or line there, which is returned.
fn press(buffer: &mut TextBuffer, nth: usize, offset: usize, how: CaretMove) -> Option<Range<usize>> {
    let clicked = match nth {
        0 | 1 => None,
        2 => Some(buffer.word_at(offset)),
        _ => Some(line_with_break(buffer, offset)),
    };
    match &clicked {
        Some(range) => buffer.select(range.clone()),
        None => buffer.move_to(offset, how),
    }
    clicked
}

/// Extends the selection to an offset; a word or line that was `clicked` stays selected.
fn drag(buffer: &mut TextBuffer, clicked: Option<&Range<usize>>, offset: usize) {
    let Some(clicked) = clicked else { return buffer.move_to(offset, CaretMove::Extend) };
    (buffer.caret.anchor, buffer.caret.head) =
        if offset < clicked.start { (clicked.end, offset) } else { (clicked.start, offset.max(clicked.end)) };
}

/// The position and text of a middle-click paste.
fn middle_click(event: &Event) -> Option<(Pos2, String)> {
    if let Event::MiddleClickPaste { pos, text } = event { Some((*pos, text.clone())) } else { None }
}

/// A line with its line break.
fn line_with_break(buffer: &TextBuffer, offset: usize) -> Range<usize> {
    let line = buffer.line_at(offset);
    line.start..(line.end + 1).min(buffer.text().len())
}

/// Draws the number of a line beside its first row, and its mark if it is invalid.
fn number(ui: &Ui, locale: Locale, view: &EditorView, buffer: &TextBuffer, row: usize, marks: &Marks) {
    let palette = Palette::of(ui);
    let line = buffer.rows().get(row).line;
    let bad = marks.lines().find(|bad| bad.line as usize == line);
    let corner = view.corner(row);
    if let Some(bad) = bad {
        let all = Rect::from_min_max(pos2(view.rect.left(), corner.y), pos2(view.rect.right(), corner.y + view.row));
        ui.painter().rect_filled(all, 0.0, palette.red.gamma_multiply(0.14));
        let number = all.with_max_x(corner.x);
        let number = ui.interact(number, ui.scope_id().with(("bad", row)), Sense::hover());
        number.on_hover_text(bad.reason.localize(locale));
    }
    if buffer.rows().begins_line(row) {
        let color = if bad.is_some() { palette.red } else { palette.weak };
        let at = corner - vec2(12.0, 0.0);
        ui.painter().text(at, Align2::RIGHT_TOP, line.to_string(), view.font.clone(), color);
    }
}

/// Underlines the text that an input method is composing.
fn underline(ui: &Ui, buffer: &TextBuffer, view: &EditorView, row: usize, galley: &Galley) {
    let Some(composed) = buffer.composed() else { return };
    let range = buffer.rows().range(row);
    if composed.start > range.end || composed.end < range.start {
        return;
    }
    let text = &buffer.text()[range.clone()];
    let x = |offset: usize| view.corner(row).x + x_of(galley, text, offset.clamp(range.start, range.end) - range.start);
    let y = view.corner(row).y + view.row - 1.0;
    ui.painter().hline(x(composed.start)..=x(composed.end), y, Stroke::new(1.0, Palette::of(ui).accent));
}
