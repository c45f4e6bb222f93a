//! Slow work without blocking the event loop: a change may have to wait for the desktop's programs, for parsing long
//! lists and for writing files.
//!
//! Meanwhile, calls that only read are answered, reports are handled and snapshots published. All other inputs are
//! deferred, so that one change ends before the next begins.

use std::pin::pin;

use futures_util::future::BoxFuture;

use super::event_loop::{EventLoop, Input};
use super::handle::Call;
use super::site_checks::SiteCheckReport;

impl EventLoop {
    /// Runs slow work, such as parsing long lists, on another thread.
    pub(super) async fn on_thread<T: Send + 'static>(&mut self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let work = self.inbox.workers.threads().run(work);
        self.while_busy(work).await
    }

    /// Waits for work that is done elsewhere.
    pub(super) async fn while_busy<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            self.publish();
            let input = tokio::select! {
                done = &mut work => return done,
                input = self.next() => input,
            };
            match input {
                Input::Call(Call { ref command, .. }) if !command.only_reads() => self.inbox.deferred.push_back(input),
                Input::Fetched(_) | Input::HandOver(_) | Input::PinsDue => self.inbox.deferred.push_back(input),
                Input::SiteChecked(SiteCheckReport::Ended { .. }) => self.inbox.deferred.push_back(input),
                Input::Call(_)
                | Input::SiteChecked(SiteCheckReport::Tried { .. })
                | Input::Pool(_)
                | Input::MembersChanged
                | Input::Gateway(_)
                | Input::Tested(_)
                | Input::Answered(..)
                | Input::CallerLeft(_)
                | Input::Late(_)
                | Input::Time => self.on_boxed(input).await,
            }
        }
    }

    // Boxed, because a command that changes something may wait here itself.
    fn on_boxed(&mut self, input: Input) -> BoxFuture<'_, ()> {
        Box::pin(self.on(input))
    }
}
