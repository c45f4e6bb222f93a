//! A text editor with line numbers and marks for invalid lines.
//!
//! Only the visible rows are laid out and drawn, and an edit wraps only the lines that it touches ([`rows`]), so that a
//! keystroke costs the same in a hundred thousand rules as in ten; egui's own text field lays out the whole text on every
//! change. [`buffer`] holds the text and the caret, [`history`] the undo steps, [`input`] handles keys and [`view`] draws.

mod buffer;
mod caret;
mod history;
mod input;
mod marks;
mod rows;
#[cfg(test)]
mod tests;
mod view;

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{
    EventFilter, FontId, Frame, Galley, Id, Margin, Rect, Response, ScrollArea, Sense, Stroke, TextStyle, Ui, vec2,
};

use self::buffer::TextBuffer;
use self::caret::Caret;
use self::input::EditorInput;
pub use self::marks::Marks;
use self::rows::RowMeasure;
use self::view::{ClickCounter, EditorView};
use super::super::theme::Palette;
use crate::i18n::Locale;
use crate::model::route::BadLine;

/// Least and most rows that an editor shows at once.
const MIN_ROWS: usize = 6;
const MAX_ROWS: usize = 14;

/// The state of an editor between frames; the text is kept by its owner.
#[derive(Debug, Default)]
pub struct Editor {
    /// The invalid lines.
    pub marks: Marks,
    buffer: Option<TextBuffer>,
    /// Font, width and character width that the rows were wrapped with.
    measured: Option<(FontId, f32, f32)>,
    /// The x coordinate that the caret returns to while it moves up and down across shorter rows.
    preferred_x: Option<f32>,
    /// The word or line that a double or triple click selected; dragging extends it.
    clicked: Option<Range<usize>>,
    clicks: ClickCounter,
    /// Time of the last key or click in seconds, from which the caret blinks.
    touched_at: f64,
    /// The selection that was last reported to the system.
    reported: Range<usize>,
    work: EditorWork,
}

/// The work of the last frame, for tests of its cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct EditorWork {
    /// Bytes that were wrapped into rows.
    split: usize,
    /// Bytes that were laid out.
    laid_out: usize,
}

impl Editor {
    /// Draws the editor of `text`, as high as the text within bounds. `name` distinguishes it from other editors of the page.
    pub fn show(&mut self, ui: &mut Ui, locale: Locale, name: &str, text: &mut String) -> Response {
        let lines = self.buffer.as_ref().map_or_else(|| text.lines().count(), |buffer| buffer.rows().count());
        let font = TextStyle::Monospace.resolve(ui.style());
        let row = ui.fonts_mut(|fonts| fonts.row_height(&font)).round();
        let height = lines.clamp(MIN_ROWS, MAX_ROWS) as f32 * row + 2.0 * view::PADDING;
        let palette = Palette::of(ui);
        let has_focus = ui.memory(|memory| memory.has_focus(id_of(ui, name)));
        let rim = if has_focus { palette.accent } else { palette.frame };
        let frame = Frame::new().fill(palette.card).stroke(Stroke::new(1.0, rim)).corner_radius(6);
        let id = id_of(ui, name);
        let inner = frame.show(ui, |ui| {
            let area = ScrollArea::vertical().id_salt(name).max_height(height).min_scrolled_height(height);
            let area = area.auto_shrink([false, false]).content_margin(Margin::ZERO);
            area.show_viewport(ui, |ui, viewport| {
                self.content(ui, locale, id, text, EditorFont { font, row }, viewport)
            })
            .inner
        });
        inner.inner
    }

    /// Draws the scrolled content and handles its input.
    fn content(
        &mut self,
        ui: &mut Ui,
        locale: Locale,
        id: Id,
        text: &mut String,
        EditorFont { font, row }: EditorFont,
        viewport: Rect,
    ) -> Response {
        let ctx = ui.ctx().clone();
        let cell = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
        let measured = font.clone();
        let mut letter = |letter| ctx.fonts_mut(|fonts| fonts.glyph_width(&measured, letter));
        let before = ui.available_width();
        let gutter = cell * self.digits(text) as f32 + 20.0;
        let width = (before - gutter - 10.0).max(8.0 * cell);
        let mut measure = RowMeasure { width, cell, letter: &mut letter };
        self.work = EditorWork::default();
        self.sync(text, &font, &mut measure);

        let lay = row_layout(ui, font.clone());
        let total = |editor: &Self| editor.rows() as f32 * row + 2.0 * view::PADDING;
        let (_, rect) = ui.allocate_space(vec2(before, total(self).max(viewport.height())));
        let mut response = text_field(ui, rect, id);
        let view = EditorView { rect, gutter, row, viewport, font };
        let was = self.state();
        self.handle_keys(ui, id, &lay, &mut measure, view.page());
        self.handle_pointer(ui, &response, &view, &lay, &mut measure);
        if self.store_changes(text, was) {
            response.mark_changed();
        }
        if was.is_some() && was != self.state() {
            self.touched_at = ui.input(|input| input.time);
            if let Some(buffer) = &self.buffer {
                view.scroll_to_caret(ui, buffer, &lay);
            }
        }
        self.draw(ui, locale, &response, &view, &lay);
        response
    }

    /// How many digits the line numbers have; at least two.
    fn digits(&self, text: &str) -> usize {
        let lines = self.buffer.as_ref().map_or_else(|| text.lines().count(), |buffer| buffer.rows().lines());
        (lines + 1).to_string().len().max(2)
    }

    /// Copies the text to its owner if it has changed since it was in state `before`; returns whether it has.
    fn store_changes(&mut self, text: &mut String, before: Option<(u64, Caret)>) -> bool {
        let (Some(buffer), Some((revision, _))) = (&self.buffer, before) else { return false };
        if buffer.revision() == revision {
            return false;
        }
        text.clear();
        text.push_str(buffer.text());
        self.marks.sync(text);
        self.work.split += buffer.rows().wrapped_bytes();
        true
    }

    /// Adopts changes of the text, the width or the font that were made elsewhere.
    fn sync(&mut self, text: &str, font: &FontId, measure: &mut RowMeasure<'_>) {
        let measured = (font.clone(), measure.width, measure.cell);
        match &mut self.buffer {
            None => {
                self.buffer = Some(TextBuffer::of(text, measure));
                self.work.split += text.len();
            }
            Some(buffer) => {
                if self.measured.as_ref() != Some(&measured) {
                    buffer.measure(measure);
                    self.work.split += text.len();
                }
                if buffer.text() != text {
                    buffer.sync(text, measure);
                    self.work.split += buffer.rows().wrapped_bytes();
                }
            }
        }
        self.measured = Some(measured);
    }

    fn rows(&self) -> usize {
        self.buffer.as_ref().map_or(1, |buffer| buffer.rows().count())
    }

    /// Changes if a key or click has an effect.
    fn state(&self) -> Option<(u64, Caret)> {
        self.buffer.as_ref().map(|buffer| (buffer.revision(), buffer.caret))
    }

    fn handle_keys(
        &mut self,
        ui: &Ui,
        id: Id,
        lay: &dyn Fn(&str) -> Arc<Galley>,
        measure: &mut RowMeasure<'_>,
        page: usize,
    ) {
        let Some(buffer) = &mut self.buffer else { return };
        if !ui.is_enabled() {
            return;
        }
        if let Some(value) = requested_value(ui, id) {
            buffer.select_all();
            buffer.insert(&value, history::EditKind::Other, measure);
        }
        if !ui.memory(|memory| memory.has_focus(id)) {
            buffer.end_composition();
            return;
        }
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let (events, now) = ui.input(|input| (input.filtered_events(&filter), input.time));
        let mut input =
            EditorInput { buffer, measure, lay, preferred_x: &mut self.preferred_x, page, now, os: ui.os(), id };
        for copied in events.iter().filter_map(|event| input.on_event(event)) {
            ui.copy_text(copied);
        }
    }
}

/// The font of a text and the height of its rows.
struct EditorFont {
    font: FontId,
    row: f32,
}

/// The widget that takes keys and clicks.
fn text_field(ui: &Ui, rect: Rect, id: Id) -> Response {
    ui.ctx().data_mut(|data| {
        // Marks this widget as a text field, so that the window sends clipboard shortcuts to it.
        data.get_persisted_mut_or_default::<TextEditState>(id);
    });
    ui.interact(rect, id, Sense::click_and_drag())
}

/// The id of the editor with this name on this page.
fn id_of(ui: &Ui, name: &str) -> Id {
    ui.scope_id().with(("editor", name))
}

/// The text that a screen reader sets, if it does in this frame.
fn requested_value(ui: &Ui, id: Id) -> Option<String> {
    use eframe::egui::accesskit::{Action, ActionData};
    let value = |data: &Option<ActionData>| match data {
        Some(ActionData::Value(value)) => Some(value.to_string()),
        Some(_) | None => None,
    };
    ui.input(|input| {
        input.accesskit_action_requests(id, Action::SetValue).filter_map(|request| value(&request.data)).last()
    })
}

/// Lays out rows in the text colour, without wrapping.
fn row_layout(ui: &Ui, font: FontId) -> impl Fn(&str) -> Arc<Galley> + use<> {
    let (ctx, color) = (ui.ctx().clone(), Palette::of(ui).text);
    move |row| {
        let mut job = LayoutJob::simple(row.to_owned(), font.clone(), color, f32::INFINITY);
        job.keep_trailing_whitespace = true;
        job.wrap = TextWrapping::no_max_width();
        ctx.fonts_mut(|fonts| fonts.layout_job(job))
    }
}

/// Draws the reasons of these invalid lines below an editor.
pub fn reasons(ui: &mut Ui, marks: &Marks, shown: Range<usize>, say: impl Fn(&BadLine) -> String) {
    let color = Palette::of(ui).red;
    for bad in marks.lines().skip(shown.start).take(shown.len()) {
        let text = eframe::egui::RichText::new(say(bad)).small().color(color);
        ui.add(eframe::egui::Label::new(text).wrap());
    }
    ui.allocate_space(vec2(0.0, 0.0));
}
