//! Systems on which nothing is handed over: there is no channel, so there is no value of these types.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::task::Context;

use tokio::net::TcpStream;

use super::{CountBytes, HandoverProgress};
use crate::model::Meter;

/// A channel to a member.
pub struct HandoverChannel(Infallible);

impl HandoverChannel {
    /// Offers a connection.
    pub fn offer(
        self: &Arc<Self>,
        _client: &TcpStream,
        _loopback: &TcpStream,
        _counter: Arc<dyn CountBytes>,
    ) -> Option<HandedConnection> {
        match self.0 {}
    }
}

/// A connection that was offered.
pub struct HandedConnection(Infallible);

impl HandedConnection {
    /// How far it has come.
    pub fn poll(&self, _cx: &Context<'_>) -> HandoverProgress {
        match self.0 {}
    }

    /// Tells the member that all is written to the client.
    pub fn drained(&self) {
        match self.0 {}
    }
}

/// There is none.
pub fn channel_to(_addr: SocketAddr) -> Option<Arc<HandoverChannel>> {
    None
}

/// There is nothing to count.
pub fn collect() {}

/// Nothing happens.
pub async fn serve(_addr: SocketAddr, channel: Arc<HandoverChannel>) {
    match channel.0 {}
}

/// A pair of sockets.
pub struct HandoverPair(Infallible);

impl HandoverPair {
    /// There is none.
    pub fn create(_meter: Arc<Meter>) -> Option<Self> {
        None
    }

    /// Its number.
    pub fn number(&self) -> i32 {
        match self.0 {}
    }

    /// Has the member inherit its end.
    pub fn pass_to(self, _member: &mut Command) -> Arc<HandoverChannel> {
        match self.0 {}
    }
}
