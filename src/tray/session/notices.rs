//! The tray's notifications: text in the user's language, and the page of the window that a click opens.

use super::{TaskOutput, TraySession, WindowError, now};
use crate::control::ClientError;
use crate::i18n::machine;
use crate::i18n::{Localize, tr};
use crate::model::Page;
use crate::model::subscription::UpdateReport;
use crate::os::notify;
use crate::tray::notice::{Notice, NoticeKind};

impl TraySession {
    pub(super) fn notify_window_error(&mut self, why: WindowError) {
        let why = match why {
            WindowError::Ended(exit) => exit.localize(self.locale),
            WindowError::NotStarted(error) => machine::io(self.locale, &error),
        };
        self.show(tr!(self.locale, "notice-no-window"), why);
    }

    /// Shows the results of an update that the user started: one notice per subscription that changed or failed, or one
    /// that says that nothing has changed.
    pub(super) fn notify_updates(&mut self, reports: Vec<UpdateReport>) {
        let kinds = reports.into_iter().filter_map(|UpdateReport { name, result }| match result {
            Ok(changes) if changes.is_news() => Some(NoticeKind::Updated { name, changes }),
            Ok(_) => None,
            Err(fault) => Some(NoticeKind::NotUpdated { name, fault }),
        });
        let mut kinds: Vec<_> = kinds.collect();
        if kinds.is_empty() {
            kinds.push(NoticeKind::UpToDate);
        }
        kinds.into_iter().for_each(|kind| self.notify(&Notice { kind, suppressed: 0 }));
    }

    pub(super) fn notify_limited(&mut self, kind: NoticeKind) {
        if let Some(notice) = self.notifier.notice_for(kind, self.state.settings().notices, now()) {
            self.notify(&notice);
        }
    }

    /// Shows that the user's action failed.
    pub(super) fn notify_failure(&mut self, error: ClientError) {
        if let ClientError::Fault(fault) = error {
            self.notify(&Notice { kind: NoticeKind::Error(fault), suppressed: 0 });
        }
    }

    pub(super) fn notify(&mut self, notice: &Notice) {
        let (title, text) = notice.words(self.locale);
        self.show_with_action(title, text, Some((tr!(self.locale, "notice-open-activity"), Page::Activity)));
    }

    pub(super) fn show(&mut self, title: String, text: String) {
        self.show_with_action(title, text, None);
    }

    /// Shows a notice; a click on it may open a page of the window.
    pub(super) fn show_with_action(&mut self, title: String, text: String, action: Option<(String, Page)>) {
        self.tasks.spawn(async move {
            let words = action.as_ref().map(|(words, _)| words.as_str());
            match (notify::show(&title, &text, words).await, action) {
                (Ok(shown), Some((_, page))) if shown.is_clicked().await => TaskOutput::Open(page),
                (Ok(_), _) => TaskOutput::Done,
                (Err(error), _) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot show a notification");
                    TaskOutput::Done
                }
            }
        });
    }
}
