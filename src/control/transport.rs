//! How a connection comes about: a local socket that only this user can open.
//!
//! On Unix the socket lies in the runtime folder, mode 0600 in a folder of mode 0700; on Windows it
//! is a named pipe whose access list names its owner alone.

use std::io;
use std::time::Duration;

use interprocess::local_socket::tokio::prelude::*;
use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::os::paths::Paths;
use crate::os::single_instance::Instance;

/// One end of a connection.
pub type Stream = LocalSocketStream;

/// Anything a conversation can be held over.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Transport for T {}

/// How often a listener that hears nothing looks whether its socket is still there.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Where connections arrive. Dropping it removes the socket.
pub struct Listener {
    listener: LocalSocketListener,
    paths: Paths,
    identity: Option<Identity>,
}

/// What tells the socket from another one in its place; none where that cannot be.
type Identity = (u64, u64);

impl Listener {
    /// The next connection. A socket that was deleted, as by a cleaner of temporary folders, is opened again.
    ///
    /// # Errors
    /// Those of the system; the next call may well succeed.
    pub async fn accept(&mut self) -> io::Result<Stream> {
        loop {
            if let Ok(accepted) = timeout(LOOK_EVERY, self.listener.accept()).await {
                return accepted;
            }
            // Where there are no files any more, they are the business of whoever makes them anew.
            let has_files = self.paths.lock().exists();
            if has_files && !self.paths.socket().exists() && self.identity.is_some() {
                self.reopen();
            }
        }
    }

    fn reopen(&mut self) {
        let opened = self.paths.create().map_err(io::Error::other).and_then(|()| open(&self.paths));
        match opened {
            Ok((listener, identity)) => {
                tracing::warn!("the control socket was deleted; it is open again");
                (self.listener, self.identity) = (listener, identity);
            }
            Err(error) => tracing::debug!(%error, "the control socket was deleted and cannot be opened again"),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let socket = self.paths.socket();
        if self.identity.is_some() && identity(&socket) == self.identity {
            let _gone = std::fs::remove_file(socket);
        }
    }
}

/// Opens the engine's end. `_proof` shows that no other engine uses these files, so a socket that
/// lies there is left over from one that died.
///
/// # Errors
/// Those of the system.
pub fn listen(paths: &Paths, _proof: &Instance) -> io::Result<Listener> {
    remove_leftover(&paths.socket())?;
    let (listener, identity) = open(paths)?;
    Ok(Listener { listener, paths: paths.clone(), identity })
}

fn open(paths: &Paths) -> io::Result<(LocalSocketListener, Option<Identity>)> {
    let socket = paths.socket();
    // The socket is removed by its identity: the name may belong to a later one.
    let options = ListenerOptions::new().name(name(&socket)?).reclaim_name(false);
    let listener = private(options)?.create_tokio()?;
    close_to_others(&socket)?;
    Ok((listener, identity(&socket)))
}

#[cfg(unix)]
fn identity(socket: &std::path::Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;

    std::fs::symlink_metadata(socket).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(windows)]
fn identity(_socket: &std::path::Path) -> Option<Identity> {
    // A pipe is no file.
    None
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
