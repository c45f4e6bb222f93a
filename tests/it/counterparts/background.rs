//! A service on a thread and a runtime of its own. Stopping it drops the runtime, and with it every
//! socket the service has: for its peers that is what the death of a process looks like.

use std::future::Future;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

/// A running service; dropping it stops it.
pub struct Background {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Runs `service` until it ends or is stopped. What `open` yields (bound sockets) is made
    /// inside the new runtime; its second half is returned here.
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
                let (sockets, told) = open.await;
                ready.send(told).ok();
                tokio::select! {
                    () = service(sockets) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        let told = opened.recv().expect("the service opens its sockets");
        (Self { stop: Some(stop), thread: Some(thread) }, told)
    }

    /// Stops the service and returns when all its sockets are closed.
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
