//! A node that is a SOCKS5 server itself: it needs no process, only its name is resolved.

use std::net::SocketAddr;
use std::time::Duration;

use super::Started;
use crate::model::{Dial, Failure, Handshake, Login, Node, Stage, SystemError};
use crate::os::connect;
use crate::pool::probe::of_name;

/// Time limit for finding an address of the server that accepts connections.
const LIMIT: Duration = Duration::from_secs(3);

/// Resolves the server. The first check shows whether it works.
pub(super) async fn start(node: &Node, login: Option<&Login>) -> Result<Started, Failure> {
    let found = tokio::net::lookup_host((node.host.as_str(), node.port)).await;
    let addrs: Vec<_> = found.map_err(|error| of_name(&error))?.collect();
    let addr = accepting(&addrs).await.ok_or_else(|| Failure::new(Stage::Dns, SystemError::NoAddress))?;
    let dial = Dial { addr, login: login.cloned(), handshake: Handshake::Stepwise };
    Ok(Started { dial, process: None, _port: None })
}

/// The first of several addresses that accepts, or simply the first one if none does.
async fn accepting(addrs: &[SocketAddr]) -> Option<SocketAddr> {
    let (first, others) = addrs.split_first()?;
    if others.is_empty() {
        return Some(*first);
    }
    let connected = tokio::time::timeout(LIMIT, connect::connect(addrs)).await;
    let accepted = connected.ok().and_then(Result::ok).and_then(|stream| stream.peer_addr().ok());
    Some(accepted.unwrap_or(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_accepts_is_preferred() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let refusing = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(accepting(&[refusing, good]).await, Some(good));
        assert_eq!(accepting(&[refusing]).await, Some(refusing));
        assert_eq!(accepting(&[refusing, refusing]).await, Some(refusing));
        assert_eq!(accepting(&[]).await, None);
    }
}
