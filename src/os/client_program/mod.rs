//! The program at the other end of a connection that comes from this machine.
//!
//! On Linux the kernel returns the inode of the client's socket, and `/proc` shows which process holds it. On other systems
//! no program is found. A search blocks for milliseconds: never call it on the runtime's workers.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::net::SocketAddr;

#[cfg(target_os = "linux")]
pub use self::linux::ProgramFinder;
#[cfg(not(target_os = "linux"))]
pub use self::other::ProgramFinder;

/// A TCP socket of a client on this machine, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientSocket {
    /// The client's own address.
    pub local: SocketAddr,
    /// The address that it is connected to.
    pub remote: SocketAddr,
}

/// A running program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Name of its executable.
    pub name: String,
    /// Process ID.
    pub pid: u32,
}
