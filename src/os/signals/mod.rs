//! Requests to stop: signals on Unix, console events on Windows.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix::UnixSignals as SystemSignals;
#[cfg(windows)]
use self::windows::ConsoleEvents as SystemSignals;

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
