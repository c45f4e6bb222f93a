//! The client's side of SOCKS5, as simple programs speak it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use crate::clients::{Access, Client, LOGIN};

/// A connection to a destination.
pub(super) fn connect(client: &Client, to: SocketAddr) -> TcpStream {
    open(client, 1, to).0
}

/// An association for datagrams: the connection that keeps it, and where to send them.
pub(super) fn associate(client: &Client) -> (TcpStream, SocketAddr) {
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    open(client, 3, any)
}

/// The header of a datagram to a destination.
pub(super) fn header(to: SocketAddr) -> [u8; 10] {
    let mut header = [0; 10];
    header[3..].copy_from_slice(&address(to));
    header
}

fn address(to: SocketAddr) -> [u8; 7] {
    let SocketAddr::V4(to) = to else { panic!("{to} is not an IPv4 address") };
    let ([a, b, c, d], [high, low]) = (to.ip().octets(), to.port().to_be_bytes());
    [1, a, b, c, d, high, low]
}

fn open(client: &Client, command: u8, to: SocketAddr) -> (TcpStream, SocketAddr) {
    let mut stream = TcpStream::connect(client.addr).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut answer = [0; 10];
    match client.access {
        Access::Open => {
            stream.write_all(&[5, 1, 0]).unwrap();
            stream.read_exact(&mut answer[..2]).unwrap();
        }
        Access::Login => {
            let (user, password) = LOGIN;
            let mut words = vec![5, 1, 2, 1, u8::try_from(user.len()).unwrap()];
            words.extend(user.bytes());
            words.push(u8::try_from(password.len()).unwrap());
            words.extend(password.bytes());
            stream.write_all(&words).unwrap();
            stream.read_exact(&mut answer[..4]).unwrap();
        }
    }
    let mut request = vec![5, command, 0];
    request.extend(address(to));
    stream.write_all(&request).unwrap();
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer[1], 0, "{} refuses", client.name);
    let [_, _, _, _, a, b, c, d, high, low] = answer;
    let bound = SocketAddr::from(([a, b, c, d], u16::from_be_bytes([high, low])));
    (stream, bound)
}
