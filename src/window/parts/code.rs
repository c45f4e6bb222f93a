//! A QR code, drawn large enough for a camera.

use eframe::egui::{Color32, Rect, Sense, Ui, Vec2, WidgetInfo, accesskit::Role, vec2};

use crate::qr::Code;

/// Modules of light around a code (ISO/IEC 18004 section 6.3.8).
const MARGIN: usize = 4;

/// Draws a text as a code with sides of at least `side` points; `told` is for those who do not see it. Draws
/// nothing for a text that no code can hold.
pub fn code(ui: &mut Ui, text: &str, side: f32, told: &str) {
    let Ok(code) = Code::of(text) else { return };
    let modules = code.side() + 2 * MARGIN;
    // Whole points, or lines of another shade would show between modules.
    let module = (side / modules as f32).ceil();
    let (place, response) = ui.allocate_exact_size(Vec2::splat(module * modules as f32), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, told));
    // Dark on light in both themes: not every camera reads the other.
    ui.painter().rect_filled(place, 4.0, Color32::WHITE);
    for row in 0..code.side() {
        for column in (0..code.side()).filter(|column| code.is_dark(*column, row)) {
            let at = place.min + vec2((column + MARGIN) as f32, (row + MARGIN) as f32) * module;
            ui.painter().rect_filled(Rect::from_min_size(at, Vec2::splat(module)), 0.0, Color32::BLACK);
        }
    }
}
