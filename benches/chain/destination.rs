//! Where the connections lead: each behaviour has a port of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;

const CHUNK: usize = 256 * 1024;

/// The addresses of the destinations, which run as long as the program.
pub struct Destination {
    /// Sends until the client closes.
    pub source: SocketAddr,
    /// Reads until the client closes.
    pub sink: SocketAddr,
    /// Sends back what it reads.
    pub echo: SocketAddr,
    /// Sends back datagrams.
    pub datagrams: SocketAddr,
    /// Answers a connectivity check.
    pub check: SocketAddr,
}

impl Destination {
    pub fn start() -> Self {
        Self { source: tcp(source), sink: tcp(sink), echo: tcp(echo), datagrams: udp_echo(), check: tcp(no_content) }
    }
}

fn tcp(serve: fn(TcpStream) -> Option<()>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            client.set_nodelay(true).ok();
            let small = thread::Builder::new().stack_size(64 * 1024 + 2 * CHUNK);
            small.spawn(move || serve(client)).ok();
        }
    });
    addr
}

/// Sends only after the first byte of the client, as a server does whose client asks for something.
fn source(mut client: TcpStream) -> Option<()> {
    client.read_exact(&mut [0]).ok()?;
    let data = vec![7; CHUNK];
    while client.write_all(&data).is_ok() {}
    None
}

fn sink(mut client: TcpStream) -> Option<()> {
    let mut data = vec![0; CHUNK];
    client.read_exact(&mut data[..1]).ok()?;
    client.write_all(&[1]).ok()?;
    while client.read(&mut data).is_ok_and(|read| read > 0) {}
    None
}

fn echo(mut client: TcpStream) -> Option<()> {
    let mut data = [0; 4096];
    loop {
        let read = client.read(&mut data).ok().filter(|&read| read > 0)?;
        client.write_all(&data[..read]).ok()?;
    }
}

fn no_content(client: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(&client).lines();
    while !lines.next()?.ok()?.is_empty() {}
    (&client).write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").ok()
}

fn udp_echo() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut data = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut data) {
            socket.send_to(&data[..length], from).ok();
        }
    });
    addr
}
