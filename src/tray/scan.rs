//! Texts from the clipboard and the screens, and the texts of QR codes in their pictures.
//!
//! It knows nothing of nodes: a text goes to the engine as it is. Scanning takes up to seconds and waits
//! for other programs, so it always runs as a task.

use crate::i18n::machine::MachineError;
use crate::os::clipboard::{Clipboard, ClipboardContent};
use crate::os::screenshot;
use crate::qr;

/// The text that was found, if any.
pub(super) type ScannedText = Result<Option<String>, MachineError>;

/// The clipboard's text, or else the texts of the codes in its picture, one a line.
pub(super) fn from_clipboard(clipboard: &Clipboard) -> ScannedText {
    let picture = match clipboard.content()? {
        Some(ClipboardContent::Text(text)) => return Ok(Some(text)),
        Some(ClipboardContent::Picture(picture)) => picture,
        None => return Ok(None),
    };
    let texts = qr::texts_in_pictures(vec![picture])?;
    Ok(one_text(&texts))
}

/// The texts of the codes on all screens, one a line.
pub(super) async fn from_screens() -> ScannedText {
    let pictures = screenshot::take().await?;
    let scan = tokio::task::spawn_blocking(|| qr::texts_in_pictures(pictures));
    let texts = scan.await??;
    Ok(one_text(&texts))
}

fn one_text(texts: &[String]) -> Option<String> {
    (!texts.is_empty()).then(|| texts.join("\n"))
}
