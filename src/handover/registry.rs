//! The channels to running members, by the address at which each accepts connections.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::channel::HandoverChannel;

type Channels = HashMap<SocketAddr, Arc<HandoverChannel>>;

// Of the whole program, as the members' ports are: the pool starts members, and any gateway connects to them.
static CHANNELS: Mutex<Option<Channels>> = Mutex::new(None);

/// Follows what the member at this address says, until it is gone; meanwhile connections to it can be handed over.
pub async fn serve(addr: SocketAddr, channel: Arc<HandoverChannel>) {
    lock().get_or_insert_default().insert(addr, Arc::clone(&channel));
    let _registration = ChannelRegistration { addr, channel: Arc::clone(&channel) };
    channel.run().await;
}

/// The channel to the member at this address, if it has one.
pub fn channel_to(addr: SocketAddr) -> Option<Arc<HandoverChannel>> {
    lock().as_ref()?.get(&addr).cloned()
}

/// Counts what has moved on connections that were handed over. To be called before counters are read.
pub fn collect() {
    let channels: Vec<_> = lock().iter().flat_map(HashMap::values).cloned().collect();
    channels.iter().for_each(|channel| channel.collect());
}

/// Takes a channel out of the list when dropped, unless another one has its place.
struct ChannelRegistration {
    addr: SocketAddr,
    channel: Arc<HandoverChannel>,
}

impl Drop for ChannelRegistration {
    fn drop(&mut self) {
        let mut channels = lock();
        let Some(channels) = channels.as_mut() else { return };
        if channels.get(&self.addr).is_some_and(|channel| Arc::ptr_eq(channel, &self.channel)) {
            channels.remove(&self.addr);
        }
    }
}

fn lock() -> MutexGuard<'static, Option<Channels>> {
    // Nothing panics while the lock is held.
    CHANNELS.lock().unwrap_or_else(PoisonError::into_inner)
}
