//! The program at the other end of a connection that comes from this machine.
//!
//! Linux: the kernel says which inode a client's socket has, and the process that holds it is looked for in `/proc`.
//! On other systems no program is found. Looking blocks for milliseconds: never call it on the runtime's workers.

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
    /// The client's own end.
    pub local: SocketAddr,
    /// The end that it is connected to.
    pub remote: SocketAddr,
}

/// A program that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What it is called: the name of its file.
    pub name: String,
    /// Its process.
    pub pid: u32,
}
