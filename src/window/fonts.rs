//! The fonts of the window: those that are built in, and what the system has beside them.
//!
//! The window's own signs are in the built-in fonts, so that they show whatever fonts the system has. Chinese takes a font
//! of the system's, which `eframe` asks it for; where it proposes none, Windows' own are looked for by their files.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui::{
    Context, FallbackRequest, FontData, FontDefinitions, FontFamily, FontInsert, FontPriority, FontProvider,
    InsertFontFamily,
};

use crate::os::folders;

/// Windows' fonts with Chinese characters: YaHei, JhengHei, SimSun.
const CHINESE: [&str; 3] = ["msyh.ttc", "msjh.ttc", "simsun.ttc"];

/// Gives the window its fonts.
pub fn install(ctx: &Context) {
    ctx.set_fonts(built_in());
    if let Some(folder) = folders::fonts() {
        ctx.add_font_provider(Arc::new(FontFolder::new(folder)));
    }
}

/// The built-in fonts. Arrows are in the monospaced one only.
fn built_in() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let (monospaced, proportional) = (FontFamily::Monospace, FontFamily::Proportional);
    let others = fonts.families.get(&monospaced).cloned().unwrap_or_default();
    let own = fonts.families.entry(proportional).or_default();
    own.extend(others.into_iter().filter(|font| !own.contains(font)).collect::<Vec<_>>());
    fonts
}

/// A folder with Windows' fonts. Each is given once for a family: what it lacks it lacks the second time too.
struct FontFolder {
    folder: PathBuf,
    given: Mutex<Vec<(FontFamily, &'static str)>>,
}

impl FontFolder {
    fn new(folder: PathBuf) -> Self {
        Self { folder, given: Mutex::default() }
    }

    fn take(&self, file: &'static str, family: &FontFamily) -> Option<FontInsert> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if given.iter().any(|(to, name)| to == family && *name == file) {
            return None;
        }
        let data = std::fs::read(self.folder.join(file)).ok()?;
        given.push((family.clone(), file));
        let families = vec![InsertFontFamily { family: family.clone(), priority: FontPriority::Lowest }];
        Some(FontInsert { name: format!("{file} for {family}"), data: FontData::from_owned(data), families })
    }
}

impl FontProvider for FontFolder {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let is_chinese = request.cluster.chars().next().is_some_and(is_chinese);
        let files = if is_chinese { &CHINESE[..] } else { &[] };
        files.iter().find_map(|file| self.take(file, request.family))
    }
}

/// Characters, their punctuation, and full-width forms.
fn is_chinese(letter: char) -> bool {
    matches!(letter, '\u{3000}'..='\u{303f}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
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
                missing = text.chars().filter(|sign| !fonts.has_glyph(&FontId::proportional(14.0), *sign)).collect();
            });
        });
        drawn.textures_delta.clear();
        missing
    }

    #[test]
    fn the_windows_own_signs_need_no_font_of_the_system() {
        let ctx = Context::default();
        ctx.set_fonts(built_in());
        assert_eq!(missing(&ctx, "↑↓→•…·–"), "");
    }

    #[test]
    fn each_font_of_the_folder_is_given_once_for_a_family() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("msjh.ttc"), "a font").unwrap();
        let fonts = FontFolder::new(folder.path().into());
        let ask = |cluster: &str, family: FontFamily| {
            fonts.font_for(&FallbackRequest { cluster, family: &family }).map(|font| font.name)
        };
        assert_eq!(ask("→", FontFamily::Proportional), None);
        assert_eq!(ask("节", FontFamily::Proportional).as_deref(), Some("msjh.ttc for Proportional"));
        assert_eq!(ask("点", FontFamily::Proportional), None);
        assert_eq!(ask("，", FontFamily::Monospace).as_deref(), Some("msjh.ttc for Monospace"));
    }
}
