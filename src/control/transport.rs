//! How a connection comes about: a local socket that only this user can open.
//!
//! On Unix the socket lies in the runtime folder, mode 0600 in a folder of mode 0700; on Windows it
//! is a named pipe whose access list names its owner alone.

use std::io;

use interprocess::local_socket::tokio::prelude::*;
use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::os::paths::Paths;
use crate::os::single_instance::Instance;

/// One end of a connection.
pub type Stream = LocalSocketStream;

/// Anything a conversation can be held over.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Transport for T {}

/// Where connections arrive. Dropping it removes the socket.
pub struct Listener(LocalSocketListener);

impl Listener {
    /// The next connection.
    ///
    /// # Errors
    /// Those of the system; the next call may well succeed.
    pub async fn accept(&self) -> io::Result<Stream> {
        self.0.accept().await
    }
}

/// Opens the engine's end. `_proof` shows that no other engine uses these files, so a socket that
/// lies there is left over from one that died.
///
/// # Errors
/// Those of the system.
pub fn listen(paths: &Paths, _proof: &Instance) -> io::Result<Listener> {
    let socket = paths.socket();
    remove_leftover(&socket)?;
    let options = ListenerOptions::new().name(name(&socket)?);
    let listener = Listener(private(options)?.create_tokio()?);
    close_to_others(&socket)?;
    Ok(listener)
}

/// Connects to the engine.
///
/// # Errors
/// `NotFound` or `ConnectionRefused` where no engine runs, and others of the system.
pub async fn connect(paths: &Paths) -> io::Result<Stream> {
    Stream::connect(name(&paths.socket())?).await
}

fn name(socket: &std::path::Path) -> io::Result<Name<'_>> {
    socket.to_fs_name::<GenericFilePath>()
}

#[cfg(unix)]
fn remove_leftover(socket: &std::path::Path) -> io::Result<()> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(windows)]
fn remove_leftover(_socket: &std::path::Path) -> io::Result<()> {
    // A pipe ends with its process.
    Ok(())
}

#[cfg(unix)]
fn private(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    Ok(options)
}

/// Full access for the owner and nobody else (the default would let everyone read).
#[cfg(windows)]
fn private(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    use interprocess::os::windows::local_socket::ListenerOptionsExt;
    use interprocess::os::windows::security_descriptor::SecurityDescriptor;

    let owner_alone = SecurityDescriptor::deserialize(widestring::u16cstr!("D:P(A;;GA;;;OW)"))?;
    Ok(options.security_descriptor(owner_alone))
}

/// The folder keeps others out already, also in the moment before this; it is for those who look.
#[cfg(unix)]
fn close_to_others(socket: &std::path::Path) -> io::Result<()> {
    std::fs::set_permissions(socket, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(windows)]
fn close_to_others(_socket: &std::path::Path) -> io::Result<()> {
    Ok(())
}
