//! The fonts of the window: those that are built in, and what the system has beside them.
//!
//! The window's own signs are in the built-in fonts, so that they show whatever fonts the system has.

use eframe::egui::{FontDefinitions, FontFamily};

/// The built-in fonts. Arrows are in the monospaced one only.
pub fn built_in() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let (monospaced, proportional) = (FontFamily::Monospace, FontFamily::Proportional);
    let others = fonts.families.get(&monospaced).cloned().unwrap_or_default();
    let own = fonts.families.entry(proportional).or_default();
    own.extend(others.into_iter().filter(|font| !own.contains(font)).collect::<Vec<_>>());
    fonts
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Context, FontId, RawInput};

    use super::*;

    #[test]
    fn the_windows_own_signs_need_no_font_of_the_system() {
        let ctx = Context::default();
        ctx.set_fonts(built_in());
        let mut missing = String::new();
        let mut drawn = ctx.run_ui(RawInput::default(), |ui| {
            ui.fonts_mut(|fonts| {
                missing =
                    "↑↓→•…·–".chars().filter(|sign| !fonts.has_glyph(&FontId::proportional(14.0), *sign)).collect();
            });
        });
        drawn.textures_delta.clear();
        assert_eq!(missing, "");
    }
}
