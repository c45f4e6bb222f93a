//! The sidebar: the list of pages, with the current one highlighted.

use eframe::egui::{self, Rect, Sense, TextStyle, Ui, Vec2, WidgetInfo, accesskit::Role, vec2};

use super::effects::Effects;
use super::icons;
use super::pages::Pages;
use super::theme::Palette;
use crate::i18n::{Locale, tr};
use crate::model::Page;

/// The margin around the entries in points.
pub(super) const MARGIN: f32 = 8.0;

/// The minimum width in points; the sidebar is as wide as its longest name needs.
const MIN_WIDTH: f32 = 148.0;

/// The space to the left of a name, for its icon, and to the right of it.
const BEFORE_NAME: f32 = 40.0;
const BEHIND_NAME: f32 = 12.0;

/// The name of a page.
pub(super) fn name(locale: Locale, page: Page) -> String {
    match page {
        Page::Nodes => tr!(locale, "page-nodes"),
        Page::Balance => tr!(locale, "page-balance"),
        Page::Connections => tr!(locale, "page-connections"),
        Page::Rules => tr!(locale, "page-rules"),
        Page::Subscriptions => tr!(locale, "page-subscriptions"),
        Page::Activity => tr!(locale, "page-activity"),
        Page::Settings => tr!(locale, "page-settings"),
    }
}

/// The sidebar's width in a language, with its margins.
pub(super) fn width(ui: &Ui, locale: Locale) -> f32 {
    let names = Page::ALL.map(|page| galley(ui, &name(locale, page)).size().x);
    let longest = names.into_iter().fold(0.0, f32::max);
    (longest + BEFORE_NAME + BEHIND_NAME + 2.0 * MARGIN).ceil().max(MIN_WIDTH)
}

fn galley(ui: &Ui, name: &str) -> std::sync::Arc<egui::Galley> {
    let font = TextStyle::Body.resolve(ui.style());
    ui.painter().layout_no_wrap(name.to_owned(), font, egui::Color32::PLACEHOLDER)
}

/// Draws the sidebar.
pub(super) fn show(ui: &mut Ui, locale: Locale, pages: &Pages, shown: Page, effects: &mut Effects) {
    ui.spacing_mut().item_spacing.y = 4.0;
    for page in Page::ALL.into_iter().filter(|page| pages.has(*page)) {
        if entry(ui, page, &name(locale, page), page == shown).clicked() {
            effects.go(page);
        }
    }
}

fn entry(ui: &mut Ui, page: Page, name: &str, is_shown: bool) -> egui::Response {
    let palette = Palette::of(ui);
    let (place, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 36.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_shown, name));
    if response.hovered() || is_shown || response.has_focus() {
        let fill = if is_shown { palette.chosen } else { palette.raised };
        ui.painter().rect_filled(place, 8.0, fill);
    }
    let color = if is_shown { palette.accent } else { palette.weak };
    let sign = Rect::from_center_size(place.left_center() + vec2(20.0, 0.0), Vec2::splat(18.0));
    icons::draw(ui.painter(), sign, page, color);
    let color = if is_shown { palette.accent } else { palette.text };
    let galley = galley(ui, name);
    let at = place.left_center() + vec2(BEFORE_NAME, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use eframe::egui::{CentralPanel, Context, Frame, Margin, Panel, RawInput, Shape, vec2};
    use egui_system_font_provider::SystemFontProvider;

    use super::*;

    #[test]
    fn the_highlight_is_wider_than_every_name() {
        // One for all: each has a thread that lists the fonts of the system, and Wine 8 crashes if two do so at once.
        let system_fonts = Arc::new(SystemFontProvider::new());
        for locale in Locale::ALL {
            let ctx = Context::default();
            ctx.add_font_provider(system_fonts.clone());
            super::super::theme::install(&ctx);
            let (pages, mut effects) = (Pages::new(), Effects::default());
            let screen_rect = Some(Rect::from_min_size(egui::Pos2::ZERO, vec2(760.0, 520.0)));
            let input = || RawInput { screen_rect, ..RawInput::default() };
            let mut frame = || {
                let mut output = ctx.run_ui(input(), |ui| {
                    let frame = Frame::new().inner_margin(Margin::same(8));
                    let width = width(ui, locale);
                    Panel::left("sidebar").exact_size(width).resizable(false).frame(frame).show(ui, |ui| {
                        show(ui, locale, &pages, Page::Balance, &mut effects);
                    });
                    CentralPanel::default().show(ui, |_ui| {});
                });
                output.textures_delta.clear();
                output.shapes
            };
            frame();
            let shapes: Vec<_> = frame().into_iter().map(|clipped| clipped.shape).collect();
            let is_mark = |shape: &Shape| matches!(shape, Shape::Rect(rect) if rect.rect.height() == 36.0);
            let mark = shapes.iter().find(|shape| is_mark(shape)).expect("one page is marked").visual_bounding_rect();
            let names: Vec<_> = shapes.iter().filter(|shape| matches!(shape, Shape::Text(_))).collect();
            assert_eq!(names.len(), Page::ALL.len());
            for name in names {
                let name = name.visual_bounding_rect();
                assert!(
                    name.left() > mark.left() && name.right() <= mark.right() - 8.0,
                    "{locale:?}: {name:?} in {mark:?}"
                );
            }
        }
    }
}
