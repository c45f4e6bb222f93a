//! Reads text from the clipboard, and QR codes from the clipboard's picture and the screens.
//!
//! The text is not parsed here; the engine gets it as it is. Scanning takes up to seconds and may wait for other
//! programs, so it always runs as a task.

use crate::i18n::machine::MachineError;
use crate::os::clipboard::{Clipboard, ClipboardContent};
use crate::os::screenshot;
use crate::qr;

/// The text that was found, if any.
pub(super) type ScannedText = Result<Option<String>, MachineError>;

/// The clipboard's text, or else the text of the QR codes in its picture, one per line.
pub(super) fn from_clipboard(clipboard: &Clipboard) -> ScannedText {
    let picture = match clipboard.content()? {
        Some(ClipboardContent::Text(text)) => return Ok(Some(text)),
        Some(ClipboardContent::Picture(picture)) => picture,
        None => return Ok(None),
    };
    let texts = qr::texts_in_pictures(vec![picture])?;
    Ok(one_text(&texts))
}

/// The text of the QR codes on all screens, one per line.
pub(super) async fn from_screens() -> ScannedText {
    let pictures = screenshot::take().await?;
    let scan = tokio::task::spawn_blocking(|| qr::texts_in_pictures(pictures));
    let texts = scan.await??;
    Ok(one_text(&texts))
}

fn one_text(texts: &[String]) -> Option<String> {
    (!texts.is_empty()).then(|| texts.join("\n"))
}
