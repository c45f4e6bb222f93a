//! A notice on the desktop, by the system's own means.

/// Who speaks.
const NAME: &str = "Sluice";

/// Why a notice is not shown.
#[derive(Debug, thiserror::Error)]
#[error("the notice cannot be shown: {0}")]
pub struct NotifyError(String);

/// Shows a notice. Returns when the system has taken it, not when a person has.
///
/// # Errors
/// There is nothing that shows notices, or it refused.
#[cfg(target_os = "linux")]
pub async fn show(title: &str, text: &str) -> Result<(), NotifyError> {
    let mut notice = notify_rust::Notification::new();
    notice.appname(NAME).summary(title).body(&without_markup(text));
    notice.show_async().await.map(drop).map_err(|error| NotifyError(error.to_string()))
}

/// Shows a notice. Returns when the system has taken it, not when a person has.
///
/// # Errors
/// There is nothing that shows notices, or it refused.
#[cfg(not(target_os = "linux"))]
pub async fn show(title: &str, text: &str) -> Result<(), NotifyError> {
    let mut notice = notify_rust::Notification::new();
    notice.appname(NAME).summary(title).body(text);
    let shown = tokio::task::spawn_blocking(move || notice.show().map(drop).map_err(|error| error.to_string()));
    shown.await.unwrap_or_else(|panic| Err(panic.to_string())).map_err(NotifyError)
}

/// Names come from strangers, and the text of a notice may be markup.
#[cfg(target_os = "linux")]
fn without_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
