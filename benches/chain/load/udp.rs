//! Load over UDP.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::socks::{associate, header};
use super::{Chain, Meter, Sample};

/// Datagrams that are on their way at the same time.
const WINDOW: usize = 64;
const PAYLOAD: usize = 1_200;

/// Echoes a second. Those that get lost are sent again.
pub(super) fn echoes(chain: Chain<'_>, to: SocketAddr, time: Duration) -> Sample {
    let (_keeper, relay) = associate(chain.client);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(relay).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut datagram = header(to).to_vec();
    datagram.resize(datagram.len() + PAYLOAD, 7);
    let send_all = || (0..WINDOW).for_each(|_| drop(socket.send(&datagram)));
    let mut answer = [0; 2048];
    send_all();
    // The first one sets up the association.
    while socket.recv(&mut answer).is_err() {
        send_all();
    }
    let (meter, started, mut done) = (Meter::start(chain), Instant::now(), 0_u32);
    while started.elapsed() < time {
        match socket.recv(&mut answer) {
            Ok(_) => {
                done += 1;
                socket.send(&datagram).ok();
            }
            Err(_) => send_all(),
        }
    }
    meter.rate(f64::from(done))
}
