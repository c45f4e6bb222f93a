//! A notice on the desktop, by the system's own means.

/// Who speaks.
const NAME: &str = "Sluice";

/// Why a notice is not shown.
#[derive(Debug, thiserror::Error)]
#[error("the notice cannot be shown: {0}")]
pub struct NotifyError(String);

/// How long a click on a notice is waited for: who comes back later looks into the menu.
#[cfg(target_os = "linux")]
const LONGEST: std::time::Duration = std::time::Duration::from_secs(10 * 60);

/// A notice that the system has taken.
pub struct Shown {
    #[cfg(target_os = "linux")]
    handle: Option<notify_rust::NotificationHandle>,
}

/// Shows a notice. Returns when the system has taken it, not when a person has. `offer` is what a click on it
/// will do, in words, where the system has such a thing.
///
/// # Errors
/// There is nothing that shows notices, or it refused.
#[cfg(target_os = "linux")]
pub async fn show(title: &str, text: &str, offer: Option<&str>) -> Result<Shown, NotifyError> {
    let mut notice = notify_rust::Notification::new();
    notice.appname(NAME).summary(title).body(&without_markup(text));
    let offer = if offer.is_some() && has_actions().await { offer } else { None };
    if let Some(words) = offer {
        // The notice itself, and a button where the system shows any.
        notice.action("default", words).action("offer", words);
    }
    let shown = notice.show_async().await.map_err(|error| NotifyError(error.to_string()))?;
    Ok(Shown { handle: offer.map(|_| shown) })
}

/// Without them some systems would show a dialog instead.
#[cfg(target_os = "linux")]
async fn has_actions() -> bool {
    let asked = tokio::task::spawn_blocking(notify_rust::get_capabilities).await;
    asked.is_ok_and(|said| said.is_ok_and(|words| words.iter().any(|word| word == "actions")))
}

#[cfg(target_os = "linux")]
impl Shown {
    /// Waits until the notice is gone; whether it was clicked on.
    pub async fn is_clicked(&self) -> bool {
        let Some(handle) = &self.handle else { return false };
        let clicked = std::sync::atomic::AtomicBool::new(false);
        let note = |response: &notify_rust::NotificationResponse| {
            let is_closed = matches!(response, notify_rust::NotificationResponse::Closed(_));
            clicked.store(!is_closed, std::sync::atomic::Ordering::Relaxed);
        };
        let waited = tokio::time::timeout(LONGEST, handle.wait_for_action_async(note)).await;
        waited.is_ok() && clicked.into_inner()
    }
}

/// Shows a notice. Returns when the system has taken it, not when a person has. Nothing is offered: clicks on
/// notices need a program that the system knows by its installation.
///
/// # Errors
/// There is nothing that shows notices, or it refused.
#[cfg(not(target_os = "linux"))]
pub async fn show(title: &str, text: &str, _offer: Option<&str>) -> Result<Shown, NotifyError> {
    let mut notice = notify_rust::Notification::new();
    notice.appname(NAME).summary(title).body(text);
    let shown = tokio::task::spawn_blocking(move || notice.show().map(drop).map_err(|error| error.to_string()));
    shown.await.unwrap_or_else(|panic| Err(panic.to_string())).map(|()| Shown {}).map_err(NotifyError)
}

#[cfg(not(target_os = "linux"))]
impl Shown {
    /// Whether the notice was clicked on.
    pub async fn is_clicked(&self) -> bool {
        std::future::ready(false).await
    }
}

/// Names come from strangers, and the text of a notice may be markup.
#[cfg(target_os = "linux")]
fn without_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
