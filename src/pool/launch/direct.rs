//! A node that is a SOCKS5 server itself: there is no process, its name is resolved.

use std::net::SocketAddr;

use super::Started;
use crate::model::{Dial, Failure, Handshake, Login, Node, Obstacle, Stage};
use crate::pool::probe::of_name;

/// Resolves the server. Whether it works, the first check will tell.
pub(super) async fn start(node: &Node, login: Option<&Login>) -> Result<Started, Failure> {
    let found = tokio::net::lookup_host((node.host.as_str(), node.port)).await;
    let mut addrs = found.map_err(|error| of_name(&error))?;
    let addr: SocketAddr = addrs.next().ok_or_else(|| Failure::new(Stage::Dns, Obstacle::NoAddress))?;
    let dial = Dial { addr, login: login.cloned(), handshake: Handshake::Stepwise };
    Ok(Started { dial, process: None, _port: None })
}
