//! The pair of sockets for a member that is to be started.

use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Command;
use std::sync::Arc;

use super::channel::HandoverChannel;
use crate::model::Meter;
use crate::os::process;

/// The gateway's end, and the member's until it is started.
pub struct HandoverPair {
    channel: Arc<HandoverChannel>,
    members: OwnedFd,
}

impl HandoverPair {
    /// A pair for a member of the node with this meter, if the system gives one. To be called in a runtime.
    pub fn create(meter: Arc<Meter>) -> Option<Self> {
        match HandoverChannel::create(meter) {
            Ok((channel, members)) => Some(Self { channel, members }),
            Err(error) => {
                tracing::debug!(%error, "connections are not handed over to a member");
                None
            }
        }
    }

    /// The number under which the member will have its end.
    pub fn number(&self) -> i32 {
        self.members.as_raw_fd()
    }

    /// Has the member inherit its end, once it is started; the gateway's end.
    pub fn pass_to(self, member: &mut Command) -> Arc<HandoverChannel> {
        process::inherit(member, self.members);
        self.channel
    }
}
