//! Buttons and switches.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Button, Color32, CornerRadius, Frame, Layout, Rect, Response, RichText, Sense, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::super::theme::Palette;

/// The button for the most likely action.
pub fn primary(ui: &mut Ui, text: &str) -> Response {
    let button = primary_button(ui, text);
    ui.add(button)
}

/// The same, to be placed by the caller.
pub fn primary_button<'a>(ui: &Ui, text: &str) -> Button<'a> {
    let palette = Palette::of(ui);
    filled(text, palette.accent, palette.on_accent)
}

/// The button for an irreversible action.
pub fn danger(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui);
    ui.add(filled(text, palette.red, palette.on_accent))
}

fn filled<'a>(text: &str, fill: Color32, color: Color32) -> Button<'a> {
    Button::new(RichText::new(text).color(color)).fill(fill).stroke(Stroke::NONE)
}

/// A switch; the caller acts on a click. `name` is its accessible name.
pub fn switch(ui: &mut Ui, is_on: bool, name: &str) -> Response {
    let (place, mut response) = ui.allocate_exact_size(vec2(40.0, 22.0), Sense::click());
    if response.clicked() {
        response.mark_changed();
    }
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Switch, enabled, is_on, name));
    let palette = Palette::of(ui);
    let turn = ui.ctx().animate_bool_responsive(response.id, is_on);
    let (fill, knob) = if is_on { (palette.accent, palette.on_accent) } else { (palette.raised, palette.weak) };
    let rim = if response.hovered() || response.has_focus() { palette.weak } else { palette.frame };
    let rim = if is_on && !response.has_focus() { fill } else { rim };
    ui.painter().rect(place, CornerRadius::same(11), fill, Stroke::new(1.0, rim), StrokeKind::Inside);
    let x = place.left() + 11.0 + turn * (place.width() - 22.0);
    ui.painter().circle_filled(pos2(x, place.center().y), 7.0, knob);
    response
}

/// A checkbox with a label; a click changes `is_set`.
pub fn check(ui: &mut Ui, is_set: &mut bool, text: &str) -> Response {
    ui.checkbox(is_set, text)
}

/// A segmented control; returns the new choice when it changes. `name` is its accessible name.
pub fn segments<T: Copy + PartialEq>(ui: &mut Ui, name: &str, current: Option<T>, all: &[(T, String)]) -> Option<T> {
    let palette = Palette::of(ui);
    let frame = Frame::new().fill(palette.raised).corner_radius(8).inner_margin(2);
    // A layout of its own: as high as its text, and left to right in any context.
    let width = all.iter().map(|(_, text)| text_width(ui, text)).sum::<f32>() + 2.0 * (all.len() + 1) as f32;
    let layout = Layout::left_to_right(Align::Center);
    let inner = ui.allocate_ui_with_layout(vec2(width, 30.0), layout, |ui| {
        frame.show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let mut chosen = None;
            for (value, text) in all {
                if segment(ui, name, text, current == Some(*value)).clicked() && current != Some(*value) {
                    chosen = Some(*value);
                }
            }
            chosen
        })
    });
    inner.inner.inner
}

fn text_width(ui: &Ui, text: &str) -> f32 {
    let font = TextStyle::Button.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, Palette::of(ui).text);
    galley.size().x + 2.0 * ui.spacing().button_padding.x
}

fn segment(ui: &mut Ui, name: &str, text: &str, is_chosen: bool) -> Response {
    let palette = Palette::of(ui);
    let color = if is_chosen { palette.text } else { palette.weak };
    let fill = if is_chosen { palette.card } else { palette.raised };
    let button = Button::new(RichText::new(text).color(color)).fill(fill).stroke(Stroke::NONE);
    let response = ui.add(button.corner_radius(6).min_size(Vec2::new(0.0, 26.0)));
    let enabled = ui.is_enabled();
    let described = format!("{name}: {text}");
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, is_chosen, &described));
    response
}

/// A close button.
pub fn cross(ui: &mut Ui, name: &str) -> Response {
    let (place, response) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let palette = Palette::of(ui);
    let is_lit = response.hovered() || response.has_focus();
    if is_lit {
        ui.painter().rect_filled(place, 4.0, palette.raised);
    }
    let sign = Rect::from_center_size(place.center(), Vec2::splat(8.0));
    let stroke = Stroke::new(1.5, if is_lit { palette.text } else { palette.weak });
    ui.painter().line_segment([sign.left_top(), sign.right_bottom()], stroke);
    ui.painter().line_segment([sign.right_top(), sign.left_bottom()], stroke);
    response
}

/// The header of a column: a click sorts the table; `mark` shows the order if it is sorted by this column.
pub fn column_head(ui: &mut Ui, text: &str, mark: &str) -> Response {
    let label = RichText::new(format!("{text}{mark}")).small().color(Palette::of(ui).weak);
    let head = ui.add(Button::new(label).frame(false).truncate());
    head.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, text));
    head
}
