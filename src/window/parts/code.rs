//! A QR code, large enough for a camera.

use eframe::egui::{Color32, Rect, Sense, Ui, Vec2, WidgetInfo, accesskit::Role, vec2};

use crate::qr::Code;

/// Width of the quiet zone in modules (ISO/IEC 18004 section 6.3.8).
const MARGIN: usize = 4;

/// Draws a text as a QR code with sides of at least `side` points; `description` is its accessible name. Draws nothing
/// if the text is too long for a QR code.
pub fn code(ui: &mut Ui, text: &str, side: f32, description: &str) {
    let Ok(code) = Code::of(text) else { return };
    let modules = code.side() + 2 * MARGIN;
    // Whole points, to avoid seams between modules.
    let module = (side / modules as f32).ceil();
    let (place, response) = ui.allocate_exact_size(Vec2::splat(module * modules as f32), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, description));
    // Dark on light in both themes: not every camera reads inverted codes.
    ui.painter().rect_filled(place, 4.0, Color32::WHITE);
    for row in 0..code.side() {
        for column in (0..code.side()).filter(|column| code.is_dark(*column, row)) {
            let at = place.min + vec2((column + MARGIN) as f32, (row + MARGIN) as f32) * module;
            ui.painter().rect_filled(Rect::from_min_size(at, Vec2::splat(module)), 0.0, Color32::BLACK);
        }
    }
}
