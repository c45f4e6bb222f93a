//! The sidebar: the list of pages, with the current one highlighted.

use eframe::egui::{self, Align2, Rect, Sense, TextStyle, Ui, Vec2, WidgetInfo, accesskit::Role, vec2};

use super::effects::Effects;
use super::icons;
use super::pages::Pages;
use super::theme::Palette;
use crate::i18n::{Locale, tr};
use crate::model::Page;

/// Width in points: fits the longest page name in all languages.
pub(super) const WIDTH: f32 = 148.0;

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
    let font = TextStyle::Body.resolve(ui.style());
    ui.painter().text(place.left_center() + vec2(40.0, 0.0), Align2::LEFT_CENTER, name, font, color);
    response
}
