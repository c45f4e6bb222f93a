//! Unix: a local socket of this user, with descriptors as ancillary data.

use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::process::ChildStdin;

use rustix::io::FdFlags;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use socket2::{Socket, Type};
use tokio::io::Interest;
use tokio::net::UnixStream;

use super::PassedLine;

/// An open descriptor.
pub type Descriptor = OwnedFd;

/// Size of one read in bytes.
const CHUNK: usize = 64 << 10;

/// Longest line in bytes: traffic of ninety days for some ten thousand nodes.
const MAX_LINE: usize = 64 << 20;

/// Most descriptors that come with one line.
const MAX_DESCRIPTORS: usize = 32;

/// The connection.
#[derive(Debug)]
pub struct TakeOverStream {
    stream: UnixStream,
    /// What was received after the last line.
    unread: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

impl TakeOverStream {
    /// Connects to the socket at this path.
    ///
    /// # Errors
    /// Those of the system; `PermissionDenied` if it belongs to another user.
    pub async fn connect(socket: &Path) -> io::Result<Self> {
        Self::of(UnixStream::connect(socket).await?)
    }

    /// Uses an open connection.
    ///
    /// # Errors
    /// `PermissionDenied` if the other end belongs to another user.
    pub fn of(stream: UnixStream) -> io::Result<Self> {
        if stream.peer_cred()?.uid() != rustix::process::geteuid().as_raw() {
            return Err(ErrorKind::PermissionDenied.into());
        }
        Ok(Self { stream, unread: Vec::new(), descriptors: Vec::new() })
    }

    /// The process at the other end, if the system tells it.
    pub fn peer(&self) -> Option<u32> {
        self.stream.peer_cred().ok()?.pid()?.try_into().ok()
    }

    /// Sends a line, without its line break, and descriptors with it.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn send(&mut self, line: &[u8], descriptors: &[Descriptor]) -> io::Result<()> {
        let (bytes, mut sent) = ([line, b"\n"].concat(), 0);
        while sent < bytes.len() {
            self.stream.writable().await?;
            let with = if sent == 0 { descriptors } else { &[] };
            match self.stream.try_io(Interest::WRITABLE, || send_part(self.stream.as_fd(), &bytes[sent..], with)) {
                Ok(length) => sent += length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The next line; `None` at the end of the connection. Not cancel safe.
    ///
    /// # Errors
    /// Those of the system; `InvalidData` if a line or the number of its descriptors exceeds the limits.
    pub async fn receive(&mut self) -> io::Result<Option<PassedLine>> {
        let mut searched = 0;
        loop {
            if let Some(end) = self.unread[searched..].iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<_> = self.unread.drain(..=searched + end).collect();
                line.pop();
                return Ok(Some(PassedLine { line, descriptors: std::mem::take(&mut self.descriptors) }));
            }
            searched = self.unread.len();
            if searched > MAX_LINE || self.descriptors.len() > MAX_DESCRIPTORS {
                return Err(ErrorKind::InvalidData.into());
            }
            self.stream.readable().await?;
            let (unread, descriptors) = (&mut self.unread, &mut self.descriptors);
            let read = || receive_part(self.stream.as_fd(), unread, descriptors);
            match self.stream.try_io(Interest::READABLE, read) {
                Ok(0) => return Ok(None),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn send_part(socket: BorrowedFd<'_>, bytes: &[u8], descriptors: &[OwnedFd]) -> io::Result<usize> {
    let borrowed: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !borrowed.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&borrowed)) {
        return Err(ErrorKind::InvalidInput.into());
    }
    Ok(sendmsg(socket, &[IoSlice::new(bytes)], &mut control, SendFlags::empty())?)
}

fn receive_part(socket: BorrowedFd<'_>, bytes: &mut Vec<u8>, descriptors: &mut Vec<OwnedFd>) -> io::Result<usize> {
    let mut chunk = vec![0; CHUNK];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(socket, &mut [IoSliceMut::new(&mut chunk)], &mut control, RecvFlags::empty())?;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            descriptors.extend(rights);
        }
    }
    for descriptor in descriptors.iter() {
        rustix::io::fcntl_setfd(descriptor, FdFlags::CLOEXEC)?;
    }
    if received.flags.contains(ReturnFlags::CTRUNC) {
        return Err(ErrorKind::InvalidData.into());
    }
    bytes.extend_from_slice(&chunk[..received.bytes]);
    Ok(received.bytes)
}

/// Duplicates a descriptor.
///
/// # Errors
/// Those of the system.
pub fn again(descriptor: &Descriptor) -> io::Result<Descriptor> {
    descriptor.try_clone()
}

/// A second descriptor of a listening socket.
///
/// # Errors
/// Those of the system.
pub fn of_listener(listener: &impl AsFd) -> io::Result<Descriptor> {
    listener.as_fd().try_clone_to_owned()
}

/// A second descriptor of an open file; locks on it belong to both.
///
/// # Errors
/// Those of the system.
pub fn of_file(file: &File) -> io::Result<Descriptor> {
    file.as_fd().try_clone_to_owned()
}

/// A second descriptor of a child's standard input.
///
/// # Errors
/// Those of the system.
pub fn of_child_stdin(stdin: &ChildStdin) -> io::Result<Descriptor> {
    stdin.as_fd().try_clone_to_owned()
}

/// A descriptor as a listening TCP socket.
///
/// # Errors
/// `InvalidData` if it is not one.
pub fn into_listener(descriptor: Descriptor) -> io::Result<TcpListener> {
    let socket = Socket::from(descriptor);
    let is_tcp = socket.local_addr()?.as_socket().is_some() && socket.r#type()? == Type::STREAM;
    if is_tcp && is_listening(&socket) { Ok(socket.into()) } else { Err(ErrorKind::InvalidData.into()) }
}

#[cfg(target_os = "linux")]
fn is_listening(socket: &Socket) -> bool {
    socket.is_listener().unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn is_listening(_socket: &Socket) -> bool {
    // Not every system reports it.
    true
}

/// A descriptor as a file.
pub fn into_file(descriptor: Descriptor) -> File {
    descriptor.into()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek, Write};
    use std::net::TcpStream;

    use super::*;

    fn pair() -> (TakeOverStream, TakeOverStream) {
        let (one, other) = UnixStream::pair().unwrap();
        (TakeOverStream::of(one).unwrap(), TakeOverStream::of(other).unwrap())
    }

    #[tokio::test]
    async fn descriptors_arrive_with_their_line_and_work() {
        let (mut one, mut other) = pair();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"hello").unwrap();
        file.rewind().unwrap();
        let passed = [of_listener(&listener).unwrap(), of_file(&file).unwrap()];
        one.send(b"first", &[]).await.unwrap();
        one.send(b"second", &passed).await.unwrap();
        one.send(b"", &[]).await.unwrap();
        drop((one, listener, file, passed));

        let first = other.receive().await.unwrap().unwrap();
        assert_eq!(first.line, b"first");
        let second = other.receive().await.unwrap().unwrap();
        assert_eq!(second.line, b"second");
        // Descriptors may arrive one line early, never late.
        let mut descriptors: Vec<_> = first.descriptors.into_iter().chain(second.descriptors).collect();
        let mut text = String::new();
        into_file(descriptors.pop().unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
        let listener = into_listener(descriptors.pop().unwrap()).unwrap();
        assert!(TcpStream::connect(addr).is_ok() && listener.accept().is_ok());
        assert_eq!(other.receive().await.unwrap().unwrap().line, b"");
        assert!(other.receive().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_long_line_arrives_completely() {
        let (mut one, mut other) = pair();
        let line: Vec<_> = (0..3_000_000_u32).map(|number| b'a' + (number % 26) as u8).collect();
        let (sent, received) = tokio::join!(one.send(&line, &[]), other.receive());
        sent.unwrap();
        assert!(received.unwrap().unwrap().line == line);
    }

    #[tokio::test]
    async fn a_descriptor_that_does_not_listen_is_rejected() {
        let file = tempfile::tempfile().unwrap();
        assert!(into_listener(of_file(&file).unwrap()).is_err());
        let (one, _other) = UnixStream::pair().unwrap();
        assert!(into_listener(of_listener(&one).unwrap()).is_err());
    }
}
