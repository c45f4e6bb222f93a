//! A node that is a SOCKS5 server itself: nothing to start, only its address to find.

use std::net::SocketAddr;

use super::Started;
use crate::model::{Dial, Failure, Handshake, Login, Node, Stage};

/// Looks the server up. Whether it works, the first check will tell.
pub(super) async fn start(node: &Node, login: Option<&Login>) -> Result<Started, Failure> {
    let unknown = |detail: String| Failure::new(Stage::Dns, detail);
    let mut addrs =
        tokio::net::lookup_host((node.host.as_str(), node.port)).await.map_err(|error| unknown(error.to_string()))?;
    let addr: SocketAddr = addrs.next().ok_or_else(|| unknown("the name has no address".into()))?;
    let dial = Dial { addr, login: login.cloned(), handshake: Handshake::Stepwise };
    Ok(Started { dial, process: None, _port: None })
}
