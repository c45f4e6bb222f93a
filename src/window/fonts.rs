//! The fonts of the window: the built-in ones, and fonts of the system for characters that they lack.
//!
//! All symbols of the window are in the built-in fonts. For Chinese, `eframe` asks the system for a font; on Windows, if
//! it has none, the known font files are tried.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui::{
    Context, FallbackRequest, FontData, FontDefinitions, FontFamily, FontInsert, FontPriority, FontProvider,
    InsertFontFamily,
};

use crate::os::folders;

/// Windows font files with Chinese characters: YaHei, JhengHei, SimSun.
const CHINESE: [&str; 3] = ["msyh.ttc", "msjh.ttc", "simsun.ttc"];

/// Installs the fonts.
pub fn install(ctx: &Context) {
    ctx.set_fonts(built_in());
    if let Some(folder) = folders::fonts() {
        ctx.add_font_provider(Arc::new(FontFolder::new(folder)));
    }
}

/// The built-in fonts. The monospaced ones are added to the proportional ones, since only they have arrows.
fn built_in() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let (monospaced, proportional) = (FontFamily::Monospace, FontFamily::Proportional);
    let others = fonts.families.get(&monospaced).cloned().unwrap_or_default();
    let own = fonts.families.entry(proportional).or_default();
    own.extend(others.into_iter().filter(|font| !own.contains(font)).collect::<Vec<_>>());
    fonts
}

/// The folder of the Windows fonts. Each is loaded once per family: a second attempt would not find more characters.
struct FontFolder {
    folder: PathBuf,
    loaded: Mutex<Vec<(FontFamily, &'static str)>>,
}

impl FontFolder {
    fn new(folder: PathBuf) -> Self {
        Self { folder, loaded: Mutex::default() }
    }

    fn load(&self, file: &'static str, family: &FontFamily) -> Option<FontInsert> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.iter().any(|(to, name)| to == family && *name == file) {
            return None;
        }
        let data = std::fs::read(self.folder.join(file)).ok()?;
        loaded.push((family.clone(), file));
        let families = vec![InsertFontFamily { family: family.clone(), priority: FontPriority::Lowest }];
        Some(FontInsert { name: format!("{file} for {family}"), data: FontData::from_owned(data), families })
    }
}

impl FontProvider for FontFolder {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let is_chinese = request.cluster.chars().next().is_some_and(is_chinese);
        let files = if is_chinese { &CHINESE[..] } else { &[] };
        files.iter().find_map(|file| self.load(file, request.family))
    }
}

/// Whether a character is a CJK ideograph, CJK punctuation, or a full-width form.
fn is_chinese(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{303f}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

#[cfg(test)]
mod tests {
    use eframe::egui::{FontId, RawInput};

    use super::*;

    fn missing(ctx: &Context, text: &str) -> String {
        let mut missing = String::new();
        let mut drawn = ctx.run_ui(RawInput::default(), |ui| {
            ui.label(text);
            ui.fonts_mut(|fonts| {
                missing =
                    text.chars().filter(|symbol| !fonts.has_glyph(&FontId::proportional(14.0), *symbol)).collect();
            });
        });
        drawn.textures_delta.clear();
        missing
    }

    #[test]
    fn the_built_in_fonts_have_all_symbols_of_the_window() {
        let ctx = Context::default();
        ctx.set_fonts(built_in());
        assert_eq!(missing(&ctx, "↑↓→•…·–"), "");
    }

    #[test]
    fn each_system_font_is_added_once_per_family() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("msjh.ttc"), "a font").unwrap();
        let fonts = FontFolder::new(folder.path().into());
        let font_for = |cluster: &str, family: FontFamily| {
            fonts.font_for(&FallbackRequest { cluster, family: &family }).map(|font| font.name)
        };
        assert_eq!(font_for("→", FontFamily::Proportional), None);
        assert_eq!(font_for("节", FontFamily::Proportional).as_deref(), Some("msjh.ttc for Proportional"));
        assert_eq!(font_for("点", FontFamily::Proportional), None);
        assert_eq!(font_for("，", FontFamily::Monospace).as_deref(), Some("msjh.ttc for Monospace"));
    }
}
