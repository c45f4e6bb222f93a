//! Desktop notifications.

/// The application's name in notifications.
const NAME: &str = "Sluice";

/// Why a notification cannot be shown.
#[derive(Debug, thiserror::Error)]
#[error("the notice cannot be shown: {0}")]
pub struct NotifyError(String);

/// How long the service may take to accept one: it may hang, and D-Bus waits for ever.
#[cfg(target_os = "linux")]
const ACCEPT_LIMIT: std::time::Duration = std::time::Duration::from_secs(10);

/// How long a click on a notification is waited for.
#[cfg(target_os = "linux")]
const LONGEST: std::time::Duration = std::time::Duration::from_secs(10 * 60);

/// A notification that the system has accepted.
pub struct ShownNotice {
    #[cfg(target_os = "linux")]
    handle: Option<notify_rust::NotificationHandle>,
}

/// Shows a notification. Returns when the system has accepted it. `offer` is the label of the action that a
/// click triggers, where the system supports actions.
///
/// # Errors
/// There is no notification service, or it refused.
#[cfg(target_os = "linux")]
pub async fn show(title: &str, text: &str, offer: Option<&str>) -> Result<ShownNotice, NotifyError> {
    let mut notice = notify_rust::Notification::new();
    notice.appname(NAME).summary(title).body(&without_markup(text));
    let accepted = async {
        let offer = if offer.is_some() && has_actions().await { offer } else { None };
        if let Some(words) = offer {
            // A click on the notification itself, and a button where the system shows any.
            notice.action("default", words).action("offer", words);
        }
        let shown = notice.show_async().await.map_err(|error| NotifyError(error.to_string()))?;
        Ok(ShownNotice { handle: offer.map(|_| shown) })
    };
    within(ACCEPT_LIMIT, accepted).await
}

/// Waits for the service to accept a notification, but not for ever.
#[cfg(target_os = "linux")]
async fn within<T>(
    limit: std::time::Duration,
    accepted: impl Future<Output = Result<T, NotifyError>>,
) -> Result<T, NotifyError> {
    let late = |_| Err(NotifyError("the notification service does not answer".into()));
    tokio::time::timeout(limit, accepted).await.unwrap_or_else(late)
}

/// Without actions some services would show a dialog instead.
#[cfg(target_os = "linux")]
async fn has_actions() -> bool {
    let capabilities = tokio::task::spawn_blocking(notify_rust::get_capabilities).await;
    capabilities.is_ok_and(|reply| reply.is_ok_and(|names| names.iter().any(|name| name == "actions")))
}

#[cfg(target_os = "linux")]
impl ShownNotice {
    /// Waits until the notification is closed; returns whether it was clicked.
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

/// Shows a notification. Returns when the system has accepted it. There is no action: these systems deliver
/// clicks only to installed applications.
///
/// # Errors
/// There is no notification service, or it refused.
#[cfg(not(target_os = "linux"))]
pub async fn show(title: &str, text: &str, _offer: Option<&str>) -> Result<ShownNotice, NotifyError> {
    let mut notice = notify_rust::Notification::new();
    notice.appname(NAME).summary(title).body(text);
    #[cfg(windows)]
    notice.app_id(super::app_id::APP_ID);
    let shown = tokio::task::spawn_blocking(move || notice.show().map(drop).map_err(|error| error.to_string()));
    shown.await.unwrap_or_else(|panic| Err(panic.to_string())).map(|()| ShownNotice {}).map_err(NotifyError)
}

#[cfg(not(target_os = "linux"))]
impl ShownNotice {
    /// Whether the notification was clicked.
    pub async fn is_clicked(&self) -> bool {
        std::future::ready(false).await
    }
}

/// Names come from untrusted sources, and the text of a notification may contain markup.
#[cfg(target_os = "linux")]
fn without_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_that_does_not_answer_is_not_waited_for() {
        let never = within(std::time::Duration::from_millis(20), std::future::pending::<Result<(), _>>());
        let shown = tokio::time::timeout(ACCEPT_LIMIT, never).await;
        let error = shown.expect("it ends in time").unwrap_err();
        assert_eq!(error.to_string(), "the notice cannot be shown: the notification service does not answer");
    }
}
