//! The end of the session: the icon, the tasks, and the engine if it is in this process.

use std::time::Duration;

use tokio::time::timeout;

use super::TraySession;

/// How long the icon and the tasks may take to end.
const END_LIMIT: Duration = Duration::from_secs(2);

/// Why the session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseCause {
    /// The user has quit, or the process is asked to stop.
    Stopped,
    /// A new tray has replaced this one, with its engine if it was in this process.
    Replaced,
}

impl TraySession {
    /// Removes the icon first, so that the user sees that the click was handled.
    pub(super) async fn close(self, cause: CloseCause) {
        let Self { panel, mut tasks, link, mut signals, .. } = self;
        // A hanging program of the desktop, such as the owner of the clipboard, may block either forever.
        let _hangs = timeout(END_LIMIT, panel.close()).await;
        let _hangs = timeout(END_LIMIT, tasks.shutdown()).await;
        match (link, cause) {
            (Some(link), CloseCause::Replaced) => link.finish(signals.next()).await,
            // Even if another engine has just taken over: whoever stops this process does not wait for its connections.
            (Some(link), CloseCause::Stopped) => link.close(signals.next()).await,
            (None, CloseCause::Replaced | CloseCause::Stopped) => {}
        }
    }
}
