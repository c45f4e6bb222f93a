//! The share dialog: one node as a link and a QR code large enough for a phone's camera, or several as links.

use eframe::egui::{Color32, Rect, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo, accesskit::Role, vec2};

use crate::i18n::{Locale, tr};
use crate::model::Secret;
use crate::qr::Code;
use crate::window::effects::Effects;
use crate::window::parts::{self, DialogState};
use crate::window::toast::Toast;

/// Side of the QR code in points.
const SIDE: f32 = 280.0;

/// The share dialog.
pub(super) struct Share {
    /// The node's name, or a title for several.
    pub(super) name: String,
    /// The links, one per line.
    pub(super) text: Secret,
    /// The QR code; `None` for several nodes, or if the link is too long.
    code: Option<Code>,
}

/// What the user does in the dialog.
pub(super) enum ShareAction {
    /// Nothing yet.
    None,
    /// Saves this picture of the code.
    Picture(Vec<u8>),
    /// Closes the dialog.
    Closed,
}

impl Share {
    /// Shares one node.
    pub(super) fn one(name: String, link: Secret) -> Self {
        let code = Code::of(link.expose()).ok();
        Self { name, text: link, code }
    }

    /// Shares several nodes.
    pub(super) fn many(name: String, text: Secret) -> Self {
        Self { name, text, code: None }
    }

    /// Draws the dialog.
    pub(super) fn show(&self, ui: &Ui, locale: Locale, effects: &mut Effects) -> ShareAction {
        let title = tr!(locale, "share-title", node = self.name.as_str());
        let (shown, done) = parts::dialog(ui.ctx(), &title, 420.0, |ui| {
            if let Some(code) = &self.code {
                ui.vertical_centered(|ui| draw(ui, code, &tr!(locale, "share-code", node = self.name.as_str())));
                ui.add_space(8.0);
            }
            let mut shown = self.text.expose();
            ScrollArea::vertical().max_height(88.0).show(ui, |ui| {
                let lines = TextEdit::multiline(&mut shown).desired_rows(2).desired_width(f32::INFINITY);
                ui.add(lines.font(eframe::egui::TextStyle::Monospace)).accessible_name(tr!(locale, "share-link"));
            });
            parts::weak(ui, tr!(locale, "share-warning"));
            ui.add_space(4.0);
            self.buttons(ui, locale, effects)
        });
        match (done, shown) {
            (ShareAction::None, DialogState::Closed) => ShareAction::Closed,
            (done, DialogState::Open | DialogState::Closed) => done,
        }
    }

    fn buttons(&self, ui: &mut Ui, locale: Locale, effects: &mut Effects) -> ShareAction {
        let mut done = ShareAction::None;
        ui.horizontal(|ui| {
            if parts::primary(ui, &tr!(locale, "share-copy")).clicked() {
                effects.copy(self.text.clone());
                effects.toast(Toast::done(tr!(locale, "share-copied")));
            }
            if let Some(code) = &self.code
                && ui.button(tr!(locale, "share-save")).clicked()
            {
                done = ShareAction::Picture(code.png());
            }
            if ui.button(tr!(locale, "window-close")).clicked() {
                done = ShareAction::Closed;
            }
        });
        done
    }
}

/// Draws a QR code, dark on light in both themes: many readers do not support inverted codes.
fn draw(ui: &mut Ui, code: &Code, name: &str) {
    let (place, response) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    ui.painter().rect_filled(place, 8.0, Color32::WHITE);
    let side = code.side();
    // A quiet zone of four modules on each side.
    let module = place.width() / (side + 8) as f32;
    for row in 0..side {
        for column in (0..side).filter(|column| code.is_dark(*column, row)) {
            let at = place.min + vec2((column + 4) as f32, (row + 4) as f32) * module;
            // Slightly larger than a module, so that no seams show.
            let dark = Rect::from_min_size(at, Vec2::splat(module + 0.25));
            ui.painter().rect_filled(dark, 0.0, Color32::BLACK);
        }
    }
}
