//! What comes in from the clipboard and the screens: texts, and the texts of QR codes in pictures.
//!
//! It knows nothing of nodes: a text goes to the engine as it is. Looking takes up to seconds, and waits
//! for other programs; so it is always an errand.

use crate::i18n::machine::MachineError;
use crate::os::clipboard::{Clipboard, ClipboardContent};
use crate::os::screenshot;
use crate::qr;

/// A text that came in, or none; or why nothing can come in.
pub(super) type Taken = Result<Option<String>, MachineError>;

/// The clipboard's text, or else the texts of the codes in its picture, one a line.
pub(super) fn from_clipboard(clipboard: &Clipboard) -> Taken {
    let picture = match clipboard.content()? {
        Some(ClipboardContent::Text(text)) => return Ok(Some(text)),
        Some(ClipboardContent::Picture(picture)) => picture,
        None => return Ok(None),
    };
    let texts = qr::texts_in_pictures(vec![picture])?;
    Ok(one_text(&texts))
}

/// The texts of the codes on all screens, one a line.
pub(super) async fn from_screens() -> Taken {
    let pictures = screenshot::take().await?;
    let look = tokio::task::spawn_blocking(|| qr::texts_in_pictures(pictures));
    let texts = look.await??;
    Ok(one_text(&texts))
}

fn one_text(texts: &[String]) -> Option<String> {
    (!texts.is_empty()).then(|| texts.join("\n"))
}
