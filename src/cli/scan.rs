//! `scan`: nodes from the QR codes in a picture, on the clipboard, or on the screens.

use std::path::PathBuf;

use super::ending::Failed;
use super::foreign::Consent;
use super::out::Out;
use super::{Engine, import};
use crate::i18n::{Locale, machine, tr};
use crate::qr;

/// Where the codes are.
pub(super) enum Place {
    /// In a picture file.
    File(PathBuf),
    /// In the picture on the clipboard.
    Clipboard,
    /// On any of the screens.
    Screen,
}

pub(super) async fn run(engine: &Engine, out: &mut Out, place: Place, way: import::Way) -> Result<(), Failed> {
    let texts = match place {
        Place::File(file) => in_file(&file, out.locale)?,
        Place::Clipboard => desktop::in_clipboard(out.locale)?,
        Place::Screen => desktop::on_screens(out.locale).await?,
    };
    if texts.is_empty() {
        return Err(Failed::Told(tr!(out.locale, "scan-nothing")));
    }
    import::take(engine, out, &texts.join("\n"), way, Consent::Ask).await
}

fn in_file(file: &std::path::Path, locale: Locale) -> Result<Vec<String>, Failed> {
    let told = |why: String| Failed::Told(tr!(locale, "cli-unreadable", file = file.display().to_string(), why = why));
    let bytes = std::fs::read(file).map_err(|error| told(machine::io(locale, &error)))?;
    qr::texts_in_file(&bytes).map_err(|error| told(machine::picture(locale, &error)))
}

#[cfg(feature = "desktop")]
mod desktop {
    use super::{Failed, Locale};
    use crate::i18n::machine::MachineError;
    use crate::i18n::tr;
    use crate::os::clipboard::Clipboard;
    use crate::os::screenshot;
    use crate::qr;

    pub(super) fn in_clipboard(locale: Locale) -> Result<Vec<String>, Failed> {
        let picture = Clipboard::default().picture().map_err(MachineError::from)?;
        let Some(picture) = picture else { return Err(Failed::Told(tr!(locale, "scan-no-picture"))) };
        Ok(qr::texts_in_pictures(vec![picture]).map_err(MachineError::from)?)
    }

    pub(super) async fn on_screens(_locale: Locale) -> Result<Vec<String>, Failed> {
        let pictures = screenshot::take().await.map_err(MachineError::from)?;
        Ok(qr::texts_in_pictures(pictures).map_err(MachineError::from)?)
    }
}

#[cfg(not(feature = "desktop"))]
mod desktop {
    use super::{Failed, Locale};
    use crate::i18n::tr;

    pub(super) fn in_clipboard(locale: Locale) -> Result<Vec<String>, Failed> {
        Err(Failed::Told(tr!(locale, "scan-no-desktop")))
    }

    #[expect(clippy::unused_async, reason = "as where there is a desktop")]
    pub(super) async fn on_screens(locale: Locale) -> Result<Vec<String>, Failed> {
        Err(Failed::Told(tr!(locale, "scan-no-desktop")))
    }
}
