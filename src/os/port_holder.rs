//! The program that listens on a local port.

use listeners::Protocol;

/// The program that listens on a TCP port, as `name (pid N)`; `None` if unknown, as for programs of other users.
pub fn of(port: u16) -> Option<String> {
    let process = listeners::get_process_by_port(port, Protocol::TCP).ok()?;
    Some(format!("{} (pid {})", process.name, process.pid))
}
