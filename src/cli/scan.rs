//! `scan`: nodes from the QR codes in a picture, on the clipboard, or on the screens.

use std::path::{Path, PathBuf};

use super::exit::CliError;
use super::foreign::Consent;
use super::printer::Printer;
use super::{RemoteEngine, import};
use crate::i18n::{Locale, Localize, machine, tr};
use crate::qr;

/// Where the codes are.
pub(super) enum PictureSource {
    /// In a picture file.
    File(PathBuf),
    /// In the picture on the clipboard.
    Clipboard,
    /// On any of the screens.
    Screen,
}

pub(super) async fn run(
    engine: &RemoteEngine,
    out: &mut Printer,
    source: PictureSource,
    mode: import::ImportMode,
) -> Result<(), CliError> {
    let texts = match source {
        PictureSource::File(file) => in_file(&file, out.locale)?,
        PictureSource::Clipboard => desktop::in_clipboard(out.locale)?,
        PictureSource::Screen => desktop::on_screens(out.locale).await?,
    };
    if texts.is_empty() {
        return Err(CliError::Message(tr!(out.locale, "scan-nothing")));
    }
    import::take(engine, out, &texts.join("\n"), mode, Consent::Ask).await
}

fn in_file(file: &Path, locale: Locale) -> Result<Vec<String>, CliError> {
    let unreadable = |why| CliError::unreadable(locale, file, why);
    let bytes = std::fs::read(file).map_err(|error| unreadable(machine::io(locale, &error)))?;
    qr::texts_in_file(&bytes).map_err(|error| unreadable(error.localize(locale)))
}

#[cfg(feature = "desktop")]
mod desktop {
    use super::{CliError, Locale};
    use crate::i18n::machine::MachineError;
    use crate::i18n::tr;
    use crate::os::clipboard::Clipboard;
    use crate::os::screenshot;
    use crate::qr;

    pub(super) fn in_clipboard(locale: Locale) -> Result<Vec<String>, CliError> {
        let picture = Clipboard::default().picture().map_err(MachineError::from)?;
        let Some(picture) = picture else { return Err(CliError::Message(tr!(locale, "scan-no-picture"))) };
        Ok(qr::texts_in_pictures(vec![picture]).map_err(MachineError::from)?)
    }

    pub(super) async fn on_screens(_locale: Locale) -> Result<Vec<String>, CliError> {
        let pictures = screenshot::take().await.map_err(MachineError::from)?;
        Ok(qr::texts_in_pictures(pictures).map_err(MachineError::from)?)
    }
}

#[cfg(not(feature = "desktop"))]
mod desktop {
    use super::{CliError, Locale};
    use crate::i18n::tr;

    pub(super) fn in_clipboard(locale: Locale) -> Result<Vec<String>, CliError> {
        Err(CliError::Message(tr!(locale, "scan-no-desktop")))
    }

    #[expect(clippy::unused_async, reason = "as where there is a desktop")]
    pub(super) async fn on_screens(locale: Locale) -> Result<Vec<String>, CliError> {
        Err(CliError::Message(tr!(locale, "scan-no-desktop")))
    }
}
