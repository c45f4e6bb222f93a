//! Local ports for programs that do not pick one themselves.
//!
//! A program opens its port some time after it was told which. Until it has, the port looks free,
//! and once another program has it, that one's answer looks like its own: so a port that was given
//! away is not given again, to nobody in this pool, while its program lives.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;

/// The ports given away.
#[derive(Clone, Default)]
pub(in crate::pool) struct Ports(Arc<Mutex<BTreeSet<u16>>>);

/// A port given away; free again when dropped.
pub(super) struct Taken {
    number: u16,
    ports: Ports,
}

impl Ports {
    /// Takes the first free port from `base` upward that is not excluded; none if there is none.
    pub(super) async fn take(&self, base: u16, excluded: &[u16]) -> Option<Taken> {
        for number in (base..=u16::MAX).filter(|port| !excluded.contains(port)) {
            if !self.lock().insert(number) {
                continue;
            }
            let taken = Taken { number, ports: self.clone() };
            if TcpListener::bind((Ipv4Addr::LOCALHOST, number)).await.is_ok() {
                return Some(taken);
            }
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<u16>> {
        // Held for one insertion or removal, which do not panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// The port.
    pub(super) fn number(&self) -> u16 {
        self.number
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.ports.lock().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_port_is_given_twice_none_in_use_and_none_excluded() {
        let in_use = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = in_use.local_addr().unwrap().port().min(u16::MAX - 100);
        let ports = Ports::default();
        let first = ports.take(base, &[base + 1]).await.unwrap();
        let second = ports.take(base, &[base + 1]).await.unwrap();
        assert!(first.number() > base + 1 && second.number() > first.number());
        let number = first.number();
        drop(first);
        assert_eq!(ports.take(number, &[]).await.unwrap().number(), number);
    }
}
