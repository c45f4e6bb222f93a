//! A system without descriptors that can be passed over a local socket: nothing is ever taken over.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::path::Path;
use std::process::ChildStdin;

use super::PassedLine;

/// No descriptor: there is no value of this type.
pub type Descriptor = Infallible;

/// No connection: there is no value of this type.
#[derive(Debug)]
pub struct TakeOverStream(Infallible);

#[expect(clippy::unused_async, reason = "as on Unix")]
impl TakeOverStream {
    /// Connects to nothing.
    ///
    /// # Errors
    /// `Unsupported`.
    pub async fn connect(_socket: &Path) -> io::Result<Self> {
        unsupported()
    }

    /// Not called: there is no connection.
    pub fn peer(&self) -> Option<u32> {
        match self.0 {}
    }

    /// Not called: there is no connection.
    ///
    /// # Errors
    /// None.
    pub async fn send(&mut self, _line: &[u8], _descriptors: &[Descriptor]) -> io::Result<()> {
        match self.0 {}
    }

    /// Not called: there is no connection.
    ///
    /// # Errors
    /// None.
    pub async fn receive(&mut self) -> io::Result<Option<PassedLine>> {
        match self.0 {}
    }
}

/// Not called: there is no descriptor.
///
/// # Errors
/// None.
pub fn again(descriptor: &Descriptor) -> io::Result<Descriptor> {
    match *descriptor {}
}

/// No descriptor of a listening socket.
///
/// # Errors
/// `Unsupported`.
pub fn of_listener<T>(_listener: &T) -> io::Result<Descriptor> {
    unsupported()
}

/// No descriptor of a file.
///
/// # Errors
/// `Unsupported`.
pub fn of_file(_file: &File) -> io::Result<Descriptor> {
    unsupported()
}

/// No descriptor of a pipe to a child.
///
/// # Errors
/// `Unsupported`.
pub fn of_child_stdin(_stdin: &ChildStdin) -> io::Result<Descriptor> {
    unsupported()
}

/// Not called: there is no descriptor.
///
/// # Errors
/// None.
pub fn into_listener(descriptor: Descriptor) -> io::Result<TcpListener> {
    match descriptor {}
}

/// Not called: there is no descriptor.
pub fn into_file(descriptor: Descriptor) -> File {
    match descriptor {}
}

fn unsupported<T>() -> io::Result<T> {
    Err(ErrorKind::Unsupported.into())
}
