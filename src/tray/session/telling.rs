//! What the tray tells in notices: words in the user's language, and a page of the window that a click opens.

use super::{TaskOutput, TraySession, WindowError, now};
use crate::control::ClientError;
use crate::i18n::machine;
use crate::i18n::{Localize, tr};
use crate::model::Page;
use crate::model::subscription::UpdateReport;
use crate::os::notify;
use crate::tray::notice::{Notice, NoticeKind};

impl TraySession {
    pub(super) fn tell_no_window(&mut self, why: WindowError) {
        let why = match why {
            WindowError::Ended(exit) => exit.localize(self.locale),
            WindowError::NotStarted(error) => machine::io(self.locale, &error),
        };
        self.show(tr!(self.locale, "notice-no-window"), why);
    }

    /// Tells what came of the updates that the user asked for: each that changed something or failed, or
    /// that none did.
    pub(super) fn tell_updates(&mut self, reports: Vec<UpdateReport>) {
        let kinds = reports.into_iter().filter_map(|UpdateReport { name, result }| match result {
            Ok(changes) if changes.is_news() => Some(NoticeKind::Updated { name, changes }),
            Ok(_) => None,
            Err(fault) => Some(NoticeKind::NotUpdated { name, fault }),
        });
        let mut kinds: Vec<_> = kinds.collect();
        if kinds.is_empty() {
            kinds.push(NoticeKind::UpToDate);
        }
        kinds.into_iter().for_each(|kind| self.notify(&Notice { kind, untold: 0 }));
    }

    pub(super) fn tell(&mut self, kind: NoticeKind) {
        if let Some(notice) = self.notifier.tell(kind, self.state.settings().notices, now()) {
            self.notify(&notice);
        }
    }

    /// What the user asked for failed: always told.
    pub(super) fn refuse(&mut self, error: ClientError) {
        if let ClientError::Fault(fault) = error {
            self.notify(&Notice { kind: NoticeKind::Trouble(fault), untold: 0 });
        }
    }

    pub(super) fn notify(&mut self, notice: &Notice) {
        let (title, text) = notice.words(self.locale);
        self.show_with_offer(title, text, Some((tr!(self.locale, "notice-open-activity"), Page::Activity)));
    }

    pub(super) fn show(&mut self, title: String, text: String) {
        self.show_with_offer(title, text, None);
    }

    /// Shows a notice, on which a click may open a page of the window.
    pub(super) fn show_with_offer(&mut self, title: String, text: String, offer: Option<(String, Page)>) {
        self.tasks.spawn(async move {
            let words = offer.as_ref().map(|(words, _)| words.as_str());
            match (notify::show(&title, &text, words).await, offer) {
                (Ok(shown), Some((_, page))) if shown.is_clicked().await => TaskOutput::Open(page),
                (Ok(_), _) => TaskOutput::Done,
                (Err(error), _) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a notice is lost");
                    TaskOutput::Done
                }
            }
        });
    }
}
