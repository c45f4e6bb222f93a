//! The connection over which a new engine takes over from a running one: lines of text with open descriptors.
//!
//! On Unix it is a local socket, and descriptors are passed with `SCM_RIGHTS` (unix(7)): both processes then use the same
//! listening socket, file or pipe, and it closes when both have closed it. Both ends belong to the same user. On other
//! systems nothing can be taken over.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use self::other as system;
#[cfg(unix)]
use self::unix as system;

pub use self::system::{
    Descriptor, TakeOverStream, again, into_file, into_listener, of_child_stdin, of_file, of_listener,
};

/// A line, and the descriptors that came with it.
#[derive(Debug)]
pub struct PassedLine {
    /// The line without its end.
    pub line: Vec<u8>,
    /// The descriptors, in the order in which they were sent.
    pub descriptors: Vec<Descriptor>,
}
