//! Surfaces and text blocks: pages, cards, headings, notes.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Color32, Frame, InnerResponse, Label, Margin, Response, RichText, ScrollArea, Sense, Stroke, Ui, Vec2, WidgetInfo,
    WidgetText,
};

use super::super::theme::Palette;
use crate::i18n::{Locale, Localize};
use crate::model::Fault;

/// A page that scrolls as a whole.
pub fn page<R>(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let area = ScrollArea::vertical().id_salt(name).auto_shrink([false, false]);
    let inner = area.show(ui, |ui| {
        let margin = Margin { left: 16, right: 16, top: 16, bottom: 24 };
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 12.0;
            content(ui)
        })
    });
    inner.inner.inner
}

/// A surface with rounded corners that takes the full width.
pub fn card<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let palette = Palette::of(ui);
    let frame = Frame::new()
        .fill(palette.card)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(10)
        .inner_margin(Margin::symmetric(16, 12));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 8.0;
        content(ui)
    })
}

/// A card with a title.
pub fn section<R>(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let inner = card(ui, |ui| {
        heading(ui, title);
        ui.add_space(4.0);
        content(ui)
    });
    inner.inner
}

/// The title of a card.
pub fn heading(ui: &mut Ui, title: &str) -> Response {
    ui.label(RichText::new(title).size(16.0).strong())
}

/// An explanation in a weaker colour, wrapped.
pub fn weak(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = Palette::of(ui).weak;
    ui.add(Label::new(RichText::new(text.into()).color(color)).wrap())
}

/// Why something failed.
pub fn failed(ui: &mut Ui, locale: Locale, fault: &Fault) {
    let text = RichText::new(fault.localize(locale)).color(Palette::of(ui).red);
    ui.add(Label::new(text).wrap());
}

/// Text that is truncated to the available width; the tooltip shows all of it.
pub fn truncated(ui: &mut Ui, text: impl Into<WidgetText>) -> Response {
    ui.add(Label::new(text.into()).truncate())
}

/// A dot whose colour shows a state; the text beside it must say the same.
pub fn dot(ui: &mut Ui, color: Color32) -> Response {
    let (place, response) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
    ui.painter().circle_filled(place.center(), 5.0, color);
    response
}

/// An arrow that shows whether what follows is collapsed.
pub fn chevron(ui: &mut Ui, is_folded: bool) {
    let (place, _) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
    let center = place.center();
    let corners =
        if is_folded { [(-2.0, -4.0), (2.0, 0.0), (-2.0, 4.0)] } else { [(-4.0, -2.0), (0.0, 2.0), (4.0, -2.0)] };
    let points = corners.map(|(x, y)| center + Vec2::new(x, y)).to_vec();
    ui.painter().line(points, Stroke::new(1.5, Palette::of(ui).weak));
}

/// Wrapped text.
pub fn wrapped(ui: &mut Ui, text: impl Into<WidgetText>) -> Response {
    ui.add(Label::new(text.into()).wrap())
}

/// A page as high as the window, whose contents scroll by themselves.
pub fn filled<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let inner = Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 12.0;
        content(ui)
    });
    inner.inner
}

/// A small square that shows the colour of a series in a chart.
pub fn swatch(ui: &mut Ui, color: Color32) -> Response {
    let (place, response) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
    ui.painter().rect_filled(place.shrink(1.0), 2.0, color);
    response
}

/// A spinner with a text, while something is in progress.
pub fn busy(ui: &mut Ui, text: &str) {
    ui.spinner().accessible_name(text);
    ui.label(text);
}

/// A horizontal bar for a share from 0 to 1; `description` is its accessible name.
pub fn bar(ui: &mut Ui, share: f32, color: Color32, description: &str) -> Response {
    let (place, response) = ui.allocate_exact_size(Vec2::new(200.0, 8.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, description));
    ui.painter().rect_filled(place, 4.0, Palette::of(ui).frame);
    let filled = place.with_max_x(place.left() + place.width() * share.clamp(0.0, 1.0));
    ui.painter().rect_filled(filled, 4.0, color);
    response
}

/// The placeholder for an empty list, in the middle of the page.
pub fn empty(ui: &mut Ui, title: &str, text: &str) {
    ui.vertical_centered(|ui| {
        ui.add_space(48.0);
        heading(ui, title);
        weak(ui, text);
    });
}
