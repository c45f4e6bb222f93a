//! Short messages between a process and its child, each with a descriptor or without (unix(7), SCM_RIGHTS).
//!
//! A pair of sockets without a name: whoever does not hold an end cannot reach it. Messages keep their boundaries and
//! their order, and the end of the other process shows as the end of the stream.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::cmsg_space;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

/// Two connected sockets that do not block.
///
/// # Errors
/// No descriptor is left.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?)
}

/// Sends a message, and with it a copy of a descriptor.
///
/// # Errors
/// It would block, the other side is gone, or the system lets no more descriptors be on their way.
pub fn send(socket: impl AsFd, message: &[u8], descriptor: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let descriptors = descriptor.map(|descriptor| [descriptor]);
    if let Some(descriptors) = &descriptors {
        let fits = ancillary.push(SendAncillaryMessage::ScmRights(descriptors));
        debug_assert!(fits, "there is space for one descriptor");
    }
    sendmsg(socket, &[IoSlice::new(message)], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Receives a message into `buffer`: its length, 0 at the end, and the descriptor that came with it. One that this
/// process has no place for is missing.
///
/// # Errors
/// Nothing is there, or the other side is gone.
pub fn receive(socket: impl AsFd, buffer: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    let mut descriptor = None;
    for message in ancillary.drain() {
        // Nobody asks for credentials.
        let RecvAncillaryMessage::ScmRights(descriptors) = message else { continue };
        descriptor = descriptors.last().or(descriptor);
    }
    Ok((received.bytes, descriptor))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_socket_goes_with_its_message_and_the_end_shows() {
        let (one, other) = pair().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (far, _) = listener.accept().unwrap();
        send(&one, b"first", Some(near.as_fd())).unwrap();
        send(&one, b"second", None).unwrap();
        drop((one, near));
        let mut buffer = [0; 16];
        let (length, passed) = receive(&other, &mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"first");
        TcpStream::from(passed.unwrap()).write_all(b"x").unwrap();
        assert_eq!((&far).read(&mut buffer).unwrap(), 1);
        let (length, passed) = receive(&other, &mut buffer).unwrap();
        assert_eq!((&buffer[..length], passed.is_none()), (&b"second"[..], true));
        assert_eq!(receive(&other, &mut buffer).unwrap().0, 0);
    }
}
