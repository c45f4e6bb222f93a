//! Linux: sock_diag(7) returns the inode of a socket, and `/proc/PID/fd` shows which process holds it.
//!
//! The kernel is queried for single sockets: dumping ten thousand would take longer than everything else here. The
//! descriptors at which sockets were found before are tried first, since a new descriptor gets the lowest free number;
//! then all of the processes that held a socket before, since a browser opens many connections; then the newest, since a
//! command that was just started has the highest PID.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::set_socket_timeout;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, sendto, socket_with};

use super::{ClientSocket, Program};

/// `SOCK_DIAG_BY_FAMILY`, the message type of requests and replies.
const BY_FAMILY: u16 = 20;

/// Size of `struct nlmsghdr`, and of a request with `struct inet_diag_req_v2`.
const HEADER: usize = 16;
const REQUEST_SIZE: usize = HEADER + 56;

/// Offsets of the state and the inode in a reply (`struct inet_diag_msg`), and the state of a listening socket.
const STATE: usize = HEADER + 1;
const INODE: usize = HEADER + 68;
const TCP_LISTEN: u8 = 10;

/// Time limit for a reply. The kernel normally replies at once.
const REPLY_LIMIT: Duration = Duration::from_millis(100);

/// Number of processes that are remembered as holders of sockets, and of descriptors.
const REMEMBERED: usize = 32;
const REMEMBERED_DESCRIPTORS: usize = 64;

/// Finds the programs that hold sockets.
#[derive(Debug, Default)]
pub struct ProgramFinder {
    kernel: Option<OwnedFd>,
    /// Processes that have held sockets, most recent first.
    holders: Vec<u32>,
    /// Processes and the descriptors that were sockets of theirs, most recent first.
    descriptors: Vec<(u32, u32)>,
}

impl ProgramFinder {
    /// The program of each socket; `None` for processes of other users and for sockets that have been closed.
    pub fn find(&mut self, sockets: &[ClientSocket]) -> Vec<Option<Program>> {
        let inodes: Vec<_> = sockets.iter().map(|socket| self.inode(socket)).collect();
        let mut wanted: HashMap<u64, Option<u32>> = inodes.iter().flatten().map(|inode| (*inode, None)).collect();
        self.find_holders(&mut wanted);
        let mut names = HashMap::new();
        let mut program = |pid: u32| {
            let name = names.entry(pid).or_insert_with(|| name(pid)).clone()?;
            Some(Program { name, pid })
        };
        inodes.into_iter().map(|inode| program((*wanted.get(&inode?)?)?)).collect()
    }

    /// Fills in the process that holds each inode.
    fn find_holders(&mut self, wanted: &mut HashMap<u64, Option<u32>>) {
        let mut missing = wanted.len();
        for (pid, descriptor) in self.descriptors.clone() {
            if missing == 0 {
                return;
            }
            missing -= self.look(wanted, pid, descriptor);
        }
        if missing == 0 {
            return;
        }
        let mut others = processes();
        others.retain(|pid| !self.holders.contains(pid));
        for pid in self.holders.clone().into_iter().chain(others) {
            for descriptor in descriptors(pid) {
                missing -= self.look(wanted, pid, descriptor);
                if missing == 0 {
                    return;
                }
            }
        }
    }

    /// Looks at a descriptor of a process; the number of inodes that it is the holder of, at most 1.
    fn look(&mut self, wanted: &mut HashMap<u64, Option<u32>>, pid: u32, descriptor: u32) -> usize {
        let inode = socket_inode(pid, descriptor);
        let Some(holder @ None) = inode.and_then(|inode| wanted.get_mut(&inode)) else { return 0 };
        *holder = Some(pid);
        remember(&mut self.holders, pid, REMEMBERED);
        remember(&mut self.descriptors, (pid, descriptor), REMEMBERED_DESCRIPTORS);
        1
    }

    /// The inode of a socket; `None` if there is no such socket any more.
    fn inode(&mut self, socket: &ClientSocket) -> Option<u64> {
        let inode = self.query(socket);
        if inode.is_err() {
            // A late reply would be taken for the reply to the next request.
            self.kernel = None;
        }
        inode.ok().flatten()
    }

    fn query(&mut self, socket: &ClientSocket) -> io::Result<Option<u64>> {
        let Some(request) = request(socket) else { return Ok(None) };
        let kernel = match &self.kernel {
            Some(kernel) => kernel,
            None => self.kernel.insert(open()?),
        };
        sendto(kernel, &request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
        let mut reply = [0; 1_024];
        let (length, _) = recv(kernel, &mut reply[..], RecvFlags::empty())?;
        Ok(parse_reply(&reply[..length.min(reply.len())]))
    }
}

fn open() -> io::Result<OwnedFd> {
    let kernel =
        socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG))?;
    set_socket_timeout(&kernel, rustix::net::sockopt::Timeout::Recv, Some(REPLY_LIMIT))?;
    Ok(kernel)
}

/// A request for one TCP socket in any state; `None` if its two addresses are of different families.
fn request(socket: &ClientSocket) -> Option<Vec<u8>> {
    let (local, remote) = (socket.local.ip().to_canonical(), socket.remote.ip().to_canonical());
    let family = match (local, remote) {
        (IpAddr::V4(_), IpAddr::V4(_)) => AddressFamily::INET,
        (IpAddr::V6(_), IpAddr::V6(_)) => AddressFamily::INET6,
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return None,
    };
    let mut bytes = Vec::with_capacity(REQUEST_SIZE);
    // `struct nlmsghdr`: length, type, NLM_F_REQUEST, sequence, sender.
    bytes.extend((REQUEST_SIZE as u32).to_ne_bytes());
    bytes.extend(BY_FAMILY.to_ne_bytes());
    bytes.extend(1_u16.to_ne_bytes());
    bytes.extend([0; 8]);
    // `struct inet_diag_req_v2`: family, IPPROTO_TCP, no extensions, every state, then `struct inet_diag_sockid`.
    bytes.extend([family.as_raw() as u8, 6, 0, 0]);
    bytes.extend(u32::MAX.to_ne_bytes());
    bytes.extend(socket.local.port().to_be_bytes());
    bytes.extend(socket.remote.port().to_be_bytes());
    for ip in [local, remote] {
        match ip {
            IpAddr::V4(ip) => bytes.extend(ip.octets().iter().chain(&[0; 12])),
            IpAddr::V6(ip) => bytes.extend(ip.octets()),
        }
    }
    // Any interface; INET_DIAG_NOCOOKIE.
    bytes.extend([0; 4]);
    bytes.extend([0xff; 8]);
    Some(bytes)
}

/// The inode in a reply; `None` for an error, for a socket that no process holds, and for the listening socket, which the
/// kernel returns for a socket that has been closed.
fn parse_reply(reply: &[u8]) -> Option<u64> {
    let message_type = u16::from_ne_bytes(reply.get(4..6)?.try_into().ok()?);
    let inode = u32::from_ne_bytes(reply.get(INODE..INODE + 4)?.try_into().ok()?);
    (message_type == BY_FAMILY && inode != 0 && *reply.get(STATE)? != TCP_LISTEN).then_some(inode.into())
}

/// All processes, newest first.
fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable_by(|a, b| b.cmp(a));
    pids
}

/// The descriptors of a process; none if it belongs to another user.
fn descriptors(pid: u32) -> impl Iterator<Item = u32> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The inode of the socket that a descriptor is, if it is one.
fn socket_inode(pid: u32, descriptor: u32) -> Option<u64> {
    let target = fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).ok()?;
    target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// Puts an entry first.
fn remember<T: PartialEq>(entries: &mut Vec<T>, entry: T, limit: usize) {
    entries.retain(|other| *other != entry);
    entries.insert(0, entry);
    entries.truncate(limit);
}

/// The name of a process: of its executable, or of the command if that cannot be read.
fn name(pid: u32) -> Option<String> {
    let file = fs::read_link(format!("/proc/{pid}/exe")).ok();
    let file = file.as_deref().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
    let name = file.or_else(|| fs::read_to_string(format!("/proc/{pid}/comm")).ok())?;
    // The executable was replaced while the program runs.
    let name = name.trim().trim_end_matches(" (deleted)");
    Some(display_name(name).to_owned())
}

/// The name that users know a program by: `git` runs helpers for each transport.
fn display_name(name: &str) -> &str {
    if name.starts_with("git-remote-") { "git" } else { name }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;

    use super::*;

    fn pair(addr: &str) -> (TcpStream, ClientSocket, TcpListener) {
        let listener = TcpListener::bind(addr).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = ClientSocket { local: client.local_addr().unwrap(), remote: client.peer_addr().unwrap() };
        (client, socket, listener)
    }

    #[test]
    fn the_program_of_a_socket_is_found() {
        let (_one, here, _listener) = pair("127.0.0.1:0");
        let nowhere = ClientSocket { local: here.remote, remote: "127.0.0.1:9".parse().unwrap() };
        let mut finder = ProgramFinder::default();
        for _again in 0..2 {
            let found = finder.find(&[here, nowhere]);
            let [Some(program), None] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!(program.pid, std::process::id());
            let own = std::env::current_exe().unwrap();
            assert_eq!(program.name, own.file_name().unwrap().to_str().unwrap());
        }
    }

    #[test]
    fn a_descriptor_that_is_used_again_is_found_without_a_search() {
        let (client, first, _listener) = pair("127.0.0.1:0");
        let mut finder = ProgramFinder::default();
        assert!(finder.find(&[first])[0].is_some());
        let descriptor = u32::try_from(client.as_raw_fd()).unwrap();
        assert_eq!(finder.descriptors, [(std::process::id(), descriptor)]);
        let inode = finder.inode(&first).unwrap();
        assert_eq!(finder.look(&mut HashMap::from([(inode, None)]), std::process::id(), descriptor), 1);
        assert_eq!(finder.look(&mut HashMap::from([(inode + 1, None)]), std::process::id(), descriptor), 0);
    }

    #[test]
    fn both_address_families_are_supported() {
        let Ok(_) = TcpListener::bind("[::1]:0") else { return };
        let (_client, socket, _listener) = pair("[::1]:0");
        assert!(ProgramFinder::default().find(&[socket])[0].is_some());
        let mixed = ClientSocket { local: "127.0.0.1:1".parse().unwrap(), ..socket };
        assert_eq!(ProgramFinder::default().find(&[mixed]), [None]);
    }

    #[test]
    fn malformed_replies_are_ignored() {
        for length in 0..INODE + 4 {
            assert_eq!(parse_reply(&vec![20; length]), None);
        }
        assert_eq!(parse_reply(&[0xff; 200]), None);
    }

    #[test]
    fn git_helpers_are_shown_as_git() {
        assert_eq!(["git-remote-https", "git-remote-http", "curl"].map(display_name), ["git", "git", "curl"]);
    }
}
