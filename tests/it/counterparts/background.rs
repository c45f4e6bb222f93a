//! A service on its own thread and runtime. Stopping it drops the runtime, and with it every
//! socket the service has, which to its peers looks like the death of a process.

use std::future::Future;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

/// A running service; dropping it stops it.
pub struct Background {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Runs `service` until it ends or is stopped. `open` runs inside the new runtime and creates what
    /// the service gets (bound sockets) and what is returned here (their addresses).
    pub fn start<O, S, T, F>(open: O, service: F) -> (Self, T)
    where
        O: Future<Output = (S, T)> + Send + 'static,
        S: Send + 'static,
        T: Send + 'static,
        F: AsyncFnOnce(S) + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        let (ready, opened) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let (sockets, details) = open.await;
                ready.send(details).ok();
                tokio::select! {
                    () = service(sockets) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        let details = opened.recv().expect("the service opens its sockets");
        (Self { stop: Some(stop), thread: Some(thread) }, details)
    }

    /// Stops the service; returns when all its sockets are closed.
    pub fn stop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop();
    }
}
