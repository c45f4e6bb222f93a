//! Linux: UDP_SEGMENT and UDP_GRO.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::AsRawFd;

use nix::cmsg_space;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt, sockopt,
};
use tokio::net::UdpSocket;

use super::{Block, ReceivedMessage};

/// Lets the system give several datagrams back as one.
pub(super) fn merge_received(socket: &UdpSocket) {
    // Systems before Linux 5.0 give them back one by one.
    let _older = setsockopt(socket, sockopt::UdpGroSegment, &true);
}

/// Receives one datagram, or several as one.
pub(super) fn receive(socket: &UdpSocket, space: &mut [u8]) -> io::Result<ReceivedMessage> {
    let (mut control, mut slices) = (cmsg_space!(i32), [IoSliceMut::new(space)]);
    let message =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, Some(&mut control), MsgFlags::MSG_DONTWAIT)?;
    let length = message.bytes;
    let segment = message.cmsgs()?.find_map(|message| {
        let ControlMessageOwned::UdpGroSegments(size) = message else { return None };
        usize::try_from(size).ok()
    });
    let from = message.address.as_ref().and_then(address).ok_or(io::ErrorKind::InvalidData)?;
    Ok(ReceivedMessage { length, segment: segment.unwrap_or(length), from })
}

/// Sends a block as one, or each datagram of it where the system refuses that: its network may take smaller packets only.
pub(super) fn send(socket: &UdpSocket, block: Block<'_>, to: Option<SocketAddr>) -> io::Result<()> {
    let to = to.map(SockaddrStorage::from);
    if let Ok(segment) = u16::try_from(block.segment)
        && block.bytes.len() > block.segment
    {
        match send_bytes(socket, block.bytes, &[ControlMessage::UdpGsoSegments(&segment)], to.as_ref()) {
            Err(nix::Error::EINVAL | nix::Error::EIO | nix::Error::EMSGSIZE | nix::Error::ENOPROTOOPT) => {}
            sent => return Ok(sent?),
        }
    }
    block.datagrams().try_for_each(|datagram| Ok(send_bytes(socket, datagram, &[], to.as_ref())?))
}

fn send_bytes(
    socket: &UdpSocket,
    bytes: &[u8],
    control: &[ControlMessage<'_>],
    to: Option<&SockaddrStorage>,
) -> nix::Result<()> {
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    sendmsg(socket.as_raw_fd(), &[IoSlice::new(bytes)], control, flags, to).map(drop)
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|v4| SocketAddr::V4(SocketAddrV4::from(*v4)));
    v4.or_else(|| storage.as_sockaddr_in6().map(|v6| SocketAddr::V6(SocketAddrV6::from(*v6))))
}
