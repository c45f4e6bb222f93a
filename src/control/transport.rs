//! The local socket of the control protocol, which only this user can open.
//!
//! On Unix a socket in the runtime folder, mode 0600 in a folder of mode 0700; on Windows a named pipe whose access
//! control list contains only its owner.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use interprocess::local_socket::tokio::prelude::*;
use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
#[cfg(unix)]
use tokio::time::{Instant, sleep};

use crate::os::single_instance::Instance;
use crate::os::take_over::{Descriptor, TakeOverStream};
use crate::os::{self, paths::Paths};

/// One end of a connection over the local socket.
pub type Stream = LocalSocketStream;

/// A byte stream that carries the protocol.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Transport for T {}

/// How often an idle listener checks that its socket file still exists.
const SOCKET_CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// How long a client waits before it tries again to join a full queue.
#[cfg(unix)]
const QUEUE_PAUSE: Duration = Duration::from_millis(20);

/// The listening socket. Dropping it removes the socket file.
pub struct Listener {
    listener: LocalSocketListener,
    paths: Paths,
    identity: Option<SocketFileId>,
    /// Whether another process listens on the same socket, and keeps its file.
    is_left: Arc<AtomicBool>,
}

/// The listening socket for another process.
#[derive(Debug)]
pub struct SharedListener {
    /// A second descriptor of it.
    descriptor: Descriptor,
    is_left: Arc<AtomicBool>,
}

impl SharedListener {
    /// One more descriptor of it.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn share_again(&self) -> io::Result<Descriptor> {
        os::take_over::again(&self.descriptor)
    }

    /// Leaves the socket file to the other process.
    pub fn leave(&self) {
        self.is_left.store(true, Ordering::Relaxed);
    }
}

/// Device and inode of the socket file, which distinguish it from another one with the same name; `None` on Windows.
type SocketFileId = (u64, u64);

impl Listener {
    /// Accepts the next connection. If the socket file was deleted, for example by a cleaner of temporary folders, it
    /// is created again.
    ///
    /// # Errors
    /// Those of the operating system; the next call may succeed.
    pub async fn accept(&mut self) -> io::Result<Stream> {
        loop {
            if let Ok(accepted) = timeout(SOCKET_CHECK_INTERVAL, self.listener.accept()).await {
                return accepted;
            }
            // Without the lock file the whole runtime folder was deleted; the process that creates it again decides.
            let has_files = self.paths.lock().exists();
            if has_files && !self.paths.socket().exists() && self.identity.is_some() {
                self.reopen();
            }
        }
    }

    /// The socket for another process.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn share(&self) -> io::Result<SharedListener> {
        let descriptor = descriptor(&self.listener)?;
        Ok(SharedListener { descriptor, is_left: Arc::clone(&self.is_left) })
    }

    fn reopen(&mut self) {
        let opened = self.paths.create().map_err(io::Error::other).and_then(|()| open(&self.paths));
        match opened {
            Ok((listener, identity)) => {
                tracing::warn!("the control socket was deleted and has been created again");
                (self.listener, self.identity) = (listener, identity);
            }
            Err(error) => tracing::debug!(%error, "the control socket was deleted and cannot be created again"),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let socket = self.paths.socket();
        let is_left = self.is_left.load(Ordering::Relaxed);
        if !is_left && self.identity.is_some() && identity(&socket) == self.identity {
            let _gone = std::fs::remove_file(socket);
        }
    }
}

/// Opens the listening socket. `_proof` shows that no other engine uses these files, so an existing socket file is left
/// over from one that crashed.
///
/// # Errors
/// Those of the operating system.
pub fn listen(paths: &Paths, _proof: &Instance) -> io::Result<Listener> {
    remove_leftover(&paths.socket())?;
    let (listener, identity) = open(paths)?;
    Ok(Listener { listener, paths: paths.clone(), identity, is_left: Arc::default() })
}

/// Listens on the socket of an engine that this one takes over from.
///
/// # Errors
/// Those of the operating system.
#[cfg(unix)]
pub fn take_over(paths: &Paths, descriptor: Descriptor) -> io::Result<Listener> {
    use interprocess::os::unix::uds_local_socket;

    let listener = uds_local_socket::tokio::Listener::try_from(uds_local_socket::Listener::from(descriptor))?;
    let (listener, identity) = (LocalSocketListener::UdSocket(listener), identity(&paths.socket()));
    Ok(Listener { listener, paths: paths.clone(), identity, is_left: Arc::default() })
}

/// Listens on the socket of an engine that this one takes over from.
///
/// # Errors
/// Those of the operating system.
#[cfg(windows)]
pub fn take_over(_paths: &Paths, descriptor: Descriptor) -> io::Result<Listener> {
    match descriptor {}
}

#[cfg(unix)]
fn descriptor(listener: &LocalSocketListener) -> io::Result<Descriptor> {
    let LocalSocketListener::UdSocket(listener) = listener;
    os::take_over::of_listener(listener)
}

#[cfg(windows)]
fn descriptor(listener: &LocalSocketListener) -> io::Result<Descriptor> {
    os::take_over::of_listener(listener)
}

/// Converts a client's connection to one over which another engine takes over.
///
/// # Errors
/// Those of the operating system; `PermissionDenied` if the other end belongs to another user.
#[cfg(unix)]
pub fn into_take_over(stream: Stream) -> io::Result<TakeOverStream> {
    let Stream::UdSocket(stream) = stream;
    TakeOverStream::of(stream.into())
}

/// A connection over which another engine takes over.
///
/// # Errors
/// `Unsupported`: there is none on this system.
#[cfg(windows)]
pub fn into_take_over(_stream: Stream) -> io::Result<TakeOverStream> {
    Err(io::ErrorKind::Unsupported.into())
}

fn open(paths: &Paths) -> io::Result<(LocalSocketListener, Option<SocketFileId>)> {
    let socket = paths.socket();
    // Removed only if its identity matches: the name may belong to a later listener.
    let options = ListenerOptions::new().name(name(&socket)?).reclaim_name(false);
    let listener = private(options)?.create_tokio()?;
    close_to_others(&socket)?;
    Ok((listener, identity(&socket)))
}

#[cfg(unix)]
fn identity(socket: &std::path::Path) -> Option<SocketFileId> {
    use std::os::unix::fs::MetadataExt;

    std::fs::symlink_metadata(socket).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(windows)]
fn identity(_socket: &std::path::Path) -> Option<SocketFileId> {
    // A named pipe is not a file.
    None
}

/// Connects to the engine. If the engine does not accept connections, as while it hangs, this waits until `limit`.
///
/// # Errors
/// `NotFound` or `ConnectionRefused` if no engine is running, `TimedOut`, and others of the operating system.
#[cfg(unix)]
pub async fn connect(paths: &Paths, limit: Duration) -> io::Result<Stream> {
    use interprocess::os::unix::uds_local_socket;
    use tokio::net::UnixStream;

    let until = Instant::now() + limit;
    loop {
        match UnixStream::connect(paths.socket()).await {
            // The queue of the socket is full, and the system does not report when it no longer is. The crate for local
            // sockets would return a stream that is not connected.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return Ok(uds_local_socket::tokio::Stream::from(result?).into()),
        }
        if Instant::now() >= until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        sleep(QUEUE_PAUSE).await;
    }
}

/// Connects to the engine. If the engine does not accept connections, as while it hangs, this waits until `limit`.
///
/// # Errors
/// `NotFound` or `ConnectionRefused` if no engine is running, `TimedOut`, and others of the operating system.
#[cfg(windows)]
pub async fn connect(paths: &Paths, limit: Duration) -> io::Result<Stream> {
    use interprocess::ConnectWaitMode;
    use interprocess::os::windows::named_pipe::{local_socket, pipe_mode, tokio::DuplexPipeStream};

    // The wait is on a separate thread, which is not cancelled with the task: it needs its own limit.
    let limit = ConnectWaitMode::Timeout(limit);
    let pipe = DuplexPipeStream::<pipe_mode::Bytes>::connect_by_path_with_wait_mode(paths.socket(), limit).await?;
    Ok(local_socket::tokio::Stream::from(pipe).into())
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
    // A named pipe ends with its process.
    Ok(())
}

#[cfg(unix)]
fn private(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    Ok(options)
}

/// Full access for the owner and no one else; by default everyone could read.
#[cfg(windows)]
fn private(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    use interprocess::os::windows::local_socket::ListenerOptionsExt;
    use interprocess::os::windows::security_descriptor::SecurityDescriptor;

    let owner_alone = SecurityDescriptor::deserialize(widestring::u16cstr!("D:P(A;;GA;;;OW)"))?;
    Ok(options.security_descriptor(owner_alone))
}

/// Sets mode 0600. The folder's mode keeps other users out already, also between `bind` and this call.
#[cfg(unix)]
fn close_to_others(socket: &std::path::Path) -> io::Result<()> {
    std::fs::set_permissions(socket, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(windows)]
fn close_to_others(_socket: &std::path::Path) -> io::Result<()> {
    Ok(())
}
