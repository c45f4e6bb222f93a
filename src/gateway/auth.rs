//! The login of a shared port, with protection against guessing: each wrong login makes the response to the next one
//! from its address slower.
//!
//! A correct login is never delayed, and neither is a client that sends none, as browsers do at first: it gets a 407
//! and is disconnected. While several wrong logins from an address wait for their responses, no other login from that
//! address is checked, so that more connections do not allow more guesses. An address that has not logged in gets at
//! most half of the connections.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Report;
use crate::model::Login;

/// The requirements for every client.
#[derive(Clone, Debug)]
pub(super) struct AuthPolicy {
    /// The required login, if any.
    pub(super) login: Option<Login>,
    /// The names of doors, which may be given as the user with the same password.
    pub(super) doors: Vec<Box<str>>,
    /// Time limit for a handshake.
    pub(super) handshake_limit: Duration,
    /// Maximum number of simultaneous handshakes from one address, if a login is required.
    pub(super) max_handshakes: usize,
}

/// Number of wrong logins without a delay: a password may be mistyped.
const FREE_ATTEMPTS: u32 = 3;
/// The first delay; it doubles with each further wrong login, up to [`MAX_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(250);
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Maximum number of wrong logins from one address that wait at the same time.
const MAX_WAITING: u32 = 4;
/// How long an address is remembered after its last wrong login.
const FORGET_AFTER: Duration = Duration::from_secs(10 * 60);
/// Maximum number of remembered addresses; the one with the oldest wrong login is forgotten first.
const MAX_ADDRESSES: usize = 1024;
/// Number of wrong logins after which the user is notified; again after ten times as many.
const REPORT_AFTER: u32 = 10;

/// The addresses with wrong logins or with handshakes in progress.
pub(super) struct LoginGuard {
    table: Mutex<GuessTable>,
    handshakes: Mutex<HashMap<IpAddr, usize>>,
    reports: mpsc::Sender<Report>,
}

#[derive(Default)]
struct GuessTable(HashMap<IpAddr, Guesses>);

struct Guesses {
    count: u32,
    waiting: u32,
    last: Instant,
}

impl LoginGuard {
    pub(super) fn new(reports: mpsc::Sender<Report>) -> Self {
        Self { table: Mutex::default(), handshakes: Mutex::default(), reports }
    }

    /// Counts a handshake; `None` if its address already has `most`.
    pub(super) fn begin(&self, peer: IpAddr, most: usize) -> Option<HandshakeSlot<'_>> {
        let network = network(peer);
        let mut handshakes = self.handshakes.lock().unwrap_or_else(PoisonError::into_inner);
        let count = handshakes.entry(network).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(HandshakeSlot { guard: self, network })
    }

    /// Whether a login from an address may be checked now.
    pub(super) fn admits(&self, peer: IpAddr) -> bool {
        self.lock().admits(network(peer), Instant::now())
    }

    /// Counts a wrong login, and waits until its response may be sent.
    pub(super) async fn penalize(&self, peer: IpAddr) {
        let network = network(peer);
        let (count, wait) = self.lock().guessed(network, Instant::now());
        if is_reported(count) {
            tracing::warn!(%peer, count, "wrong logins at the proxy port");
            // If the queue is full, the log still has the message.
            let _behind = self.reports.try_send(Report::LoginsRefused { peer: peer.to_canonical(), count });
        }
        let _waiting = Waiting { guard: self, network };
        tokio::time::sleep(wait).await;
    }

    fn lock(&self) -> MutexGuard<'_, GuessTable> {
        // Nothing panics while the lock is held; if it did, the table would still be consistent.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether this number of wrong logins is reported: 10, 100, 1000, and so on.
fn is_reported(count: u32) -> bool {
    count >= REPORT_AFTER && 10u32.checked_pow(count.ilog10()) == Some(count)
}

/// A wrong login that waits for its response; counted until dropped.
struct Waiting<'a> {
    guard: &'a LoginGuard,
    network: IpAddr,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(guesses) = self.guard.lock().0.get_mut(&self.network) {
            guesses.waiting = guesses.waiting.saturating_sub(1);
        }
    }
}

/// A handshake in progress; counted until dropped.
pub(super) struct HandshakeSlot<'a> {
    guard: &'a LoginGuard,
    network: IpAddr,
}

impl Drop for HandshakeSlot<'_> {
    fn drop(&mut self) {
        let mut handshakes = self.guard.handshakes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = handshakes.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                handshakes.remove(&self.network);
            }
        }
    }
}

/// The network that counts as one address: a /64 for IPv6.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(addr) => Ipv6Addr::from_bits(addr.to_bits() & (u128::MAX << 64)).into(),
        addr @ IpAddr::V4(_) => addr,
    }
}

impl GuessTable {
    fn admits(&self, network: IpAddr, now: Instant) -> bool {
        self.0.get(&network).is_none_or(|guesses| guesses.waiting < MAX_WAITING || guesses.is_old(now))
    }

    /// Counts a wrong login; returns their number and the delay of the response.
    fn guessed(&mut self, network: IpAddr, now: Instant) -> (u32, Duration) {
        if !self.0.contains_key(&network) && self.0.len() >= MAX_ADDRESSES {
            self.make_room(now);
        }
        let fresh = || Guesses { count: 0, waiting: 0, last: now };
        let guesses = self.0.entry(network).or_insert_with(fresh);
        if guesses.is_old(now) {
            *guesses = fresh();
        }
        guesses.count = guesses.count.saturating_add(1);
        guesses.waiting += 1;
        guesses.last = now;
        let wait = match guesses.count.checked_sub(FREE_ATTEMPTS + 1) {
            Some(doublings) => (FIRST_WAIT * 2u32.pow(doublings.min(10))).min(MAX_WAIT),
            None => Duration::ZERO,
        };
        (guesses.count, wait)
    }

    fn make_room(&mut self, now: Instant) {
        self.0.retain(|_, guesses| !guesses.is_old(now));
        while self.0.len() >= MAX_ADDRESSES {
            let Some(oldest) = self.0.iter().min_by_key(|(_, guesses)| guesses.last).map(|(network, _)| *network)
            else {
                return;
            };
            self.0.remove(&oldest);
        }
    }
}

impl Guesses {
    fn is_old(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) > FORGET_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn delays_double_and_expire() {
        let (mut table, now) = (GuessTable::default(), Instant::now());
        let waits: Vec<_> = (0..10).map(|_| table.guessed(addr("192.0.2.1"), now).1.as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 250, 500, 1000, 2000, 4000, 5000, 5000]);
        assert_eq!(table.guessed(addr("192.0.2.2"), now).1, Duration::ZERO);
        assert_eq!(table.guessed(addr("192.0.2.1"), now + FORGET_AFTER * 2), (1, Duration::ZERO));
    }

    #[test]
    fn no_login_is_checked_while_several_wait() {
        let (mut table, now, peer) = (GuessTable::default(), Instant::now(), addr("192.0.2.1"));
        for _ in 0..MAX_WAITING {
            assert!(table.admits(peer, now));
            table.guessed(peer, now);
        }
        assert!(!table.admits(peer, now) && table.admits(addr("192.0.2.2"), now));
    }

    #[test]
    fn handshakes_per_address_are_limited() {
        let (reports, _unread) = mpsc::channel(1);
        let guard = LoginGuard::new(reports);
        let slots: Vec<_> = (0..3).map_while(|_| guard.begin(addr("192.0.2.1"), 2)).collect();
        assert_eq!(slots.len(), 2);
        assert!(guard.begin(addr("192.0.2.2"), 2).is_some());
        drop(slots);
        assert!(guard.begin(addr("192.0.2.1"), 2).is_some());
        assert!(guard.handshakes.lock().unwrap().is_empty());
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        assert_eq!(network(addr("2001:db8::1")), network(addr("2001:db8::ffff:0:1")));
        assert_ne!(network(addr("2001:db8::1")), network(addr("2001:db8:0:1::1")));
        assert_eq!(network(addr("::ffff:192.0.2.1")), addr("192.0.2.1"));
    }

    #[test]
    fn the_table_is_bounded() {
        let (mut table, now) = (GuessTable::default(), Instant::now());
        for number in 0..5_000u32 {
            table.guessed(IpAddr::V4(number.into()), now + Duration::from_millis(number.into()));
        }
        assert_eq!(table.0.len(), MAX_ADDRESSES);
        assert!(table.0.contains_key(&IpAddr::V4(4_999.into())));
    }
}
