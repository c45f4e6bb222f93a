//! Requests to stop: signals on Unix, console events and a named event on Windows.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix::UnixSignals as SystemSignals;
#[cfg(windows)]
use self::windows::ConsoleEvents as SystemSignals;

/// Requests that a process stops, which must be waiting for such requests.
///
/// # Errors
/// There is no such process, it belongs to another user, or it does not wait for requests.
pub fn request_stop(pid: u32) -> std::io::Result<()> {
    #[cfg(unix)]
    return unix::request_stop(pid);
    #[cfg(windows)]
    return windows::request_stop(pid);
}

/// Waits for requests to stop.
pub struct StopSignals(SystemSignals);

impl StopSignals {
    /// Starts listening.
    ///
    /// # Errors
    /// Those of the system.
    pub fn new() -> std::io::Result<Self> {
        SystemSignals::new().map(Self)
    }

    /// Waits for the next request.
    pub async fn next(&mut self) {
        self.0.next().await;
    }
}
