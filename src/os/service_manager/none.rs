//! Systems whose service manager has no such protocol.

use std::io;
use std::time::Duration;

use super::{InheritedListener, ServiceState};

pub(super) fn notify(_state: ServiceState) -> io::Result<()> {
    Ok(())
}

pub(super) fn watchdog() -> Option<Duration> {
    None
}

pub(super) fn take_listeners() -> Vec<InheritedListener> {
    Vec::new()
}

pub(super) fn reads_stderr() -> bool {
    false
}
