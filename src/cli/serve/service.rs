//! The engine as a service: notifications of the service manager, and the ports that it passes.
//!
//! The engine is ready when its settings have been applied: the port is open, if one is configured. It is alive as long as
//! its event loop answers calls and the gateway's thread works, which is checked three times per watchdog interval.

use std::net::SocketAddr;
use std::time::Duration;

use crate::engine::Handle;
use crate::host::HostPorts;
use crate::model::{Command, Reply};
use crate::os::service_manager::{self, InheritedListener, ServiceState};

/// Name of a socket for HTTP only, whose address is that of `gateway.http_listen`.
const HTTP: &str = "http";

/// The address to listen on: `listen`, or else that of the first passed socket that is not for HTTP only.
pub(super) fn ports(listen: Option<SocketAddr>, passed: Vec<InheritedListener>) -> HostPorts {
    let addr_of = |passed: &InheritedListener| passed.listener.local_addr().ok();
    let gateway = passed.iter().filter(|passed| passed.name != HTTP).find_map(addr_of);
    let inherited = passed.into_iter().map(|passed| passed.listener).collect();
    HostPorts { listen: listen.or(gateway), inherited }
}

/// Notifies the service manager when the engine is ready, then regularly that it is alive. Never returns.
pub(super) async fn report(engine: &Handle, watchdog: Option<Duration>) {
    wait_until_ready(engine).await;
    service_manager::notify(ServiceState::Ready);
    let Some(limit) = watchdog else { return std::future::pending().await };
    let mut ticks = tokio::time::interval(limit / 3);
    loop {
        ticks.tick().await;
        if engine.call(Command::Status).await.is_ok() {
            engine.pulse().beat().await;
            service_manager::notify(ServiceState::Alive);
        }
    }
}

async fn wait_until_ready(engine: &Handle) {
    // Unlike `status`, this call is answered only after the settings have been applied.
    let _started = engine.call(Command::Events).await;
    let mut snapshots = engine.watch();
    while is_active(engine).await && !snapshots.borrow_and_update().gateway.listening {
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

/// Whether the settings want an open port.
async fn is_active(engine: &Handle) -> bool {
    let reply = engine.call(Command::Get { key: Some("active".into()) }).await;
    let Ok(Reply::Settings(rows)) = reply else { return false };
    rows.iter().any(|(_, value)| value == &serde_json::Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn passed(name: &str) -> (InheritedListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        (InheritedListener { name: name.into(), listener }, addr)
    }

    #[test]
    fn the_command_line_takes_precedence_over_a_passed_socket() {
        let listen: SocketAddr = "127.0.0.1:1080".parse().unwrap();
        let ((http, _), (gateway, addr)) = (passed("http"), passed("gateway"));
        assert_eq!(ports(None, vec![http, gateway]).listen, Some(addr));
        assert_eq!(ports(Some(listen), vec![passed("gateway").0]).listen, Some(listen));
        assert_eq!(ports(None, vec![passed("http").0]).listen, None);
        assert_eq!(ports(None, Vec::new()).listen, None);
    }
}
