//! A SOCKS5 server that is also the destination: the requested port selects its behaviour.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Sends until the client closes.
pub const SOURCE: u16 = 1;
/// Reads until the client closes.
pub const SINK: u16 = 2;
/// Echoes one byte, then closes.
pub const ECHO: u16 = 3;

const CHUNK: usize = 256 * 1024;

/// Starts one, which runs as long as the program.
pub fn start() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let small = thread::Builder::new().stack_size(64 * 1024 + 2 * CHUNK);
            small.spawn(move || serve(client)).ok();
        }
    });
    addr
}

fn serve(mut client: TcpStream) -> Option<()> {
    client.set_nodelay(true).ok()?;
    let mut head = [0; 10];
    client.read_exact(&mut head[..3]).ok()?;
    client.write_all(&[5, 0]).ok()?;
    client.read_exact(&mut head).ok()?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
    match u16::from_be_bytes([head[8], head[9]]) {
        SOURCE => {
            let data = vec![7; CHUNK];
            while client.write_all(&data).is_ok() {}
        }
        SINK => {
            let mut data = vec![0; CHUNK];
            while client.read(&mut data).is_ok_and(|read| read > 0) {}
        }
        _echo => {
            let mut byte = [0];
            client.read_exact(&mut byte).ok()?;
            client.write_all(&byte).ok()?;
        }
    }
    Some(())
}
