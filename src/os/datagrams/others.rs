//! Systems without a call for several datagrams that the standard crates know.

use std::io;
use std::net::SocketAddr;

use tokio::net::UdpSocket;

use super::{Block, ReceivedMessage};

/// Nothing is merged.
pub(super) fn merge_received(_socket: &UdpSocket) {}

/// Receives one datagram.
pub(super) fn receive(socket: &UdpSocket, space: &mut [u8]) -> io::Result<ReceivedMessage> {
    let (length, from) = socket.try_recv_from(space)?;
    Ok(ReceivedMessage { length, segment: length, from })
}

/// Sends each datagram.
pub(super) fn send(socket: &UdpSocket, block: Block<'_>, to: Option<SocketAddr>) -> io::Result<()> {
    block.datagrams().try_for_each(|datagram| {
        let sent = match to {
            Some(to) => socket.try_send_to(datagram, to),
            None => socket.try_send(datagram),
        };
        sent.map(drop)
    })
}
