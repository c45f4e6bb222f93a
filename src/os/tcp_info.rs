//! What the kernel has measured on a TCP connection (`TCP_INFO`, tcp(7)).
//!
//! The structure is in `linux/tcp.h` and grows with the kernel; the C libraries declare only its beginning. So the values
//! are read at their offsets.

use std::os::fd::{AsFd, AsRawFd};

/// Offsets of `tcpi_rtt`, `tcpi_total_retrans` and `tcpi_data_segs_out` in `struct tcp_info`, and the end of the last one.
const ROUND_TRIP: usize = 68;
const RETRANSMITTED: usize = 100;
const SEGMENTS: usize = 156;
const LENGTH: usize = SEGMENTS + 4;

/// The measurements of a connection. They stay available after its end, until the socket is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpInfo {
    /// Smoothed round-trip time in microseconds; 0 before the first measurement.
    pub round_trip_us: u32,
    /// Segments with data that were sent, those sent again included.
    pub segments: u32,
    /// Segments that were sent again.
    pub retransmitted: u32,
}

impl TcpInfo {
    /// Reads them; `None` if it is no TCP connection, or the kernel is older than 4.6.
    #[expect(unsafe_code, reason = "no crate offers the option")]
    pub fn read(socket: &impl AsFd) -> Option<Self> {
        let mut info = [0_u8; LENGTH];
        let mut length = LENGTH as libc::socklen_t;
        let socket = socket.as_fd().as_raw_fd();
        // SAFETY: the kernel writes at most `length` bytes, which the buffer has, and the new length.
        let status = unsafe {
            libc::getsockopt(socket, libc::IPPROTO_TCP, libc::TCP_INFO, info.as_mut_ptr().cast(), &raw mut length)
        };
        let value = |at: usize| info.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes);
        (status == 0 && length as usize == LENGTH).then_some(())?;
        Some(Self {
            round_trip_us: value(ROUND_TRIP)?,
            segments: value(SEGMENTS)?,
            retransmitted: value(RETRANSMITTED)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_is_measured_also_after_its_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        for _ in 0..3 {
            client.write_all(b"question").unwrap();
            server.read_exact(&mut [0; 8]).unwrap();
            server.write_all(b"answer").unwrap();
            client.read_exact(&mut [0; 6]).unwrap();
        }
        drop(server);
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
        let info = TcpInfo::read(&client).unwrap();
        assert!((1..1_000_000).contains(&info.round_trip_us), "{info:?}");
        assert_eq!((info.segments, info.retransmitted), (3, 0));
    }

    #[test]
    fn other_sockets_have_no_measurements() {
        assert_eq!(TcpInfo::read(&std::net::UdpSocket::bind("127.0.0.1:0").unwrap()), None);
    }
}
