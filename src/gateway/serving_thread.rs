//! The thread that serves clients.
//!
//! All connections of a gateway run on one thread with its own event loop. A client's connection and that to its member
//! wake each other without a second thread, and nothing that the engine calculates delays them. One thread is enough:
//! the bytes of large connections pass the members' processes or the kernel, not this thread.

use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;

use tokio::runtime::{Builder, EnterGuard, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// The thread; it ends, and its connections with it, when the last owner drops it.
#[derive(Debug)]
pub struct ServingThread {
    runtime: Handle,
    _ends: DropGuard,
}

impl ServingThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system's: no descriptors or threads are left.
    pub fn start() -> io::Result<Arc<Self>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (handle, ended) = (runtime.handle().clone(), CancellationToken::new());
        let ends = ended.clone().drop_guard();
        thread::Builder::new().name("gateway".into()).spawn(move || {
            runtime.block_on(ended.cancelled());
            // A lookup that is in progress may take long, and nobody waits for it.
            runtime.shutdown_background();
        })?;
        Ok(Arc::new(Self { runtime: handle, _ends: ends }))
    }

    /// Sets it as the thread whose pulse is taken, unless there is one already.
    pub fn show_pulse(&self, pulse: &ServingPulse) {
        let _earlier = pulse.0.set(self.runtime.clone());
    }

    /// The test's own thread.
    #[cfg(test)]
    pub(crate) fn current() -> Arc<Self> {
        Arc::new(Self { runtime: Handle::current(), _ends: CancellationToken::new().drop_guard() })
    }

    /// Sockets that are opened while this exists are served by the thread.
    pub(super) fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// Where its tasks are spawned.
    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

/// Whether the thread works, for watchdogs.
#[derive(Debug, Default)]
pub struct ServingPulse(OnceLock<Handle>);

impl ServingPulse {
    /// Waits until the thread has done something; returns at once if no thread was started yet.
    pub async fn beat(&self) {
        if let Some(runtime) = self.0.get() {
            // An error means that the thread is ending.
            let _done = runtime.spawn(async {}).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_thread_that_hangs_has_no_pulse() {
        let (thread, pulse) = (ServingThread::start().unwrap(), ServingPulse::default());
        pulse.beat().await;
        thread.show_pulse(&pulse);
        pulse.beat().await;
        let (release, released) = mpsc::channel::<()>();
        let hanging = thread.runtime().spawn(async move { released.recv() });
        assert!(timeout(Duration::from_millis(100), pulse.beat()).await.is_err());
        drop(release);
        pulse.beat().await;
        assert!(hanging.await.unwrap().is_err(), "it hung until it was released");
    }
}
