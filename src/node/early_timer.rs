//! One timer that is due before those of connections.
//!
//! tokio wakes its own driver whenever a timer is added that is due before all others: a write to an eventfd, and an
//! epoll_wait(2) that returns for nothing else. In a process without timers every time limit of a new connection would
//! cost that, although nearly all are met. So while connections are opened, an earlier timer runs; one that is idle
//! still has none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio_util::task::TaskTracker;

/// Below every time limit of a new connection.
const DUE_AFTER: Duration = Duration::from_millis(50);

/// The timer. Clones share it.
#[derive(Clone, Default)]
pub(super) struct EarlyTimer(Arc<AtomicBool>);

impl EarlyTimer {
    /// Starts it as one of `tasks`, unless it runs.
    pub(super) fn start(&self, tasks: &TaskTracker) {
        if !self.0.swap(true, Relaxed) {
            let is_running = Arc::clone(&self.0);
            tasks.spawn(async move {
                tokio::time::sleep(DUE_AFTER).await;
                is_running.store(false, Relaxed);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_timer_runs_at_a_time_and_none_afterwards() {
        let (timer, tasks) = (EarlyTimer::default(), TaskTracker::new());
        for _period in 0..2 {
            (0..3).for_each(|_connection| timer.start(&tasks));
            assert_eq!(tasks.len(), 1);
            tasks.close();
            tasks.wait().await;
            tasks.reopen();
        }
    }
}
