//! Requests to stop: signals on Unix; on Windows console events, and an event named after the process.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix::UnixSignals as SystemSignals;
#[cfg(windows)]
use self::windows::ConsoleEvents as SystemSignals;

/// Asks a process to stop, one that waits for such requests.
///
/// # Errors
/// There is no such process, it belongs to somebody else, or it does not wait for requests.
pub fn ask_to_stop(pid: u32) -> std::io::Result<()> {
    #[cfg(unix)]
    return unix::ask_to_stop(pid);
    #[cfg(windows)]
    return windows::ask_to_stop(pid);
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
