//! Local ports for programs that cannot choose one themselves.
//!
//! A program binds its port some time after it was started. Until then the port looks free, and a second program with
//! the same port could be mistaken for the first one: so a port stays reserved in this pool while its program runs.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;

/// The reserved ports.
#[derive(Clone, Default)]
pub(in crate::pool) struct PortAllocator(Arc<Mutex<BTreeSet<u16>>>);

/// A reserved port; released when dropped.
pub(super) struct ReservedPort {
    number: u16,
    ports: PortAllocator,
}

impl PortAllocator {
    /// Reserves the first free port from `base` upward that is not excluded.
    pub(super) async fn reserve(&self, base: u16, excluded: &[u16]) -> Option<ReservedPort> {
        for number in (base..=u16::MAX).filter(|port| !excluded.contains(port)) {
            if !self.lock().insert(number) {
                continue;
            }
            let reserved = ReservedPort { number, ports: self.clone() };
            if TcpListener::bind((Ipv4Addr::LOCALHOST, number)).await.is_ok() {
                return Some(reserved);
            }
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<u16>> {
        // Held for one insertion or removal, which do not panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReservedPort {
    /// The port.
    pub(super) fn number(&self) -> u16 {
        self.number
    }
}

impl Drop for ReservedPort {
    fn drop(&mut self) {
        self.ports.lock().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_port_is_reserved_twice_none_in_use_and_none_excluded() {
        let in_use = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = in_use.local_addr().unwrap().port().min(u16::MAX - 100);
        let ports = PortAllocator::default();
        let first = ports.reserve(base, &[base + 1]).await.unwrap();
        let second = ports.reserve(base, &[base + 1]).await.unwrap();
        assert!(first.number() > base + 1 && second.number() > first.number());
        let number = first.number();
        drop(first);
        assert_eq!(ports.reserve(number, &[]).await.unwrap().number(), number);
    }
}
