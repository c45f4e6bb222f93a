//! A member process: `sluice node`.
//!
//! It serves one node. Its parent writes a [`MemberSpec`] as one JSON line to stdin and keeps stdin open for a
//! [`MemberUpdate`] whenever something has changed. The process binds a SOCKS5 port on 127.0.0.1, prints one
//! [`MemberReport`] line to stdout, and exits when stdin closes, so that it never outlives its parent. Log lines go to
//! stderr, without hosts and secrets.
//!
//! ```text
//! serve  (handshake, request)  →  connector (dial, by kind of node)  →  client_relay → relay  (both ways)
//!    └→ associate  (UDP)            ss · ssr · plugin · transport             batched · buffers
//!                                   (reach · websocket)
//! ```
//!
//! It has one thread, and no timer while it is idle ([`early_timer`] is for new connections). Everything that a plugin
//! has started, including daemons, is killed with the member, even if the parent is killed. Retries, selection and
//! statistics are the gateway's job: this process never tries another node.

mod associate;
mod batched;
mod buffers;
mod carrier;
mod client_relay;
mod connection;
mod connector;
mod datagrams;
mod early_timer;
mod plugin;
mod reach;
mod relay;
mod serve;
mod ss;
mod ssr;
mod transport;
mod websocket;

use std::io::{self, BufRead, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::model::{Failure, FailureCause, MemberReport, MemberSpec, MemberUpdate, Stage};
use crate::os::network::OwnPort;
use crate::os::{memory, process, system_error};
use client_relay::{ClientRelay, InheritedSocket};
use connector::ServerConnector;

/// Runs this process as a member until its parent closes stdin. Prints one [`MemberReport`] line.
///
/// The exit code is success if the parent ended it, and failure if it could not start or its plugin exited; the parent
/// then restarts it.
pub fn run() -> ExitCode {
    log_to_stderr();
    if let Err(error) = process::kill_with_parent() {
        tracing::warn!(%error, "no parent-death signal");
    }
    process::adopt_orphans();
    let spec = match read_spec() {
        Ok(spec) => spec,
        Err(failure) => return fail(failure),
    };
    let clients = InheritedSocket::take(spec.handover);
    // A plugin may leave daemons behind, which are killed at the end; that needs a process group.
    if spec.node.plugin().is_some()
        && let Err(error) = process::terminate_with_parent()
    {
        tracing::warn!(%error, "no parent-death signal");
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(Failure::new(Stage::Start, FailureCause::Program(system_error::of(&error)))),
    };
    let code = runtime.block_on(serve_until_closed(spec, clients));
    // A name lookup may still be running in the system; do not wait for it.
    runtime.shutdown_background();
    // A plugin may have left daemons behind.
    process::kill_children();
    code
}

fn log_to_stderr() {
    let plain = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).with_target(false).without_time();
    // A test that runs this in its own process may have set a subscriber already.
    plain.with_max_level(tracing::Level::WARN).try_init().ok();
}

/// Time limit for a graceful exit once the parent has closed stdin; it takes milliseconds.
const END_LIMIT: Duration = Duration::from_secs(3);

/// Maximum length of a specification in bytes, far more than a node needs.
const SPEC_LIMIT: u64 = 256 * 1024;

fn read_spec() -> Result<MemberSpec, Failure> {
    let mut line = String::new();
    // The error must not quote the line, which contains passwords. The column is enough.
    let refuse = |cause| Failure::new(Stage::Configuration, cause);
    let read = io::stdin().lock().take(SPEC_LIMIT).read_line(&mut line);
    read.map_err(|error| refuse(FailureCause::Program(system_error::of(&error))))?;
    serde_json::from_str(&line).map_err(|error| refuse(FailureCause::NotUnderstood(error.column())))
}

async fn serve_until_closed(spec: MemberSpec, clients: InheritedSocket) -> ExitCode {
    let parent = parent_closes(registered(&spec.gateway));
    tokio::pin!(parent);
    let started = async {
        let connector = ServerConnector::start(&spec.node).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_port)?;
        // However this process ends, nobody is to take a truncated stream for a complete one: accepted sockets have this
        // option too, until they are closed in good order.
        SockRef::from(&listener).set_linger(Some(Duration::ZERO)).map_err(no_port)?;
        let addr = listener.local_addr().map_err(no_port)?;
        Ok((connector, listener, addr))
    };
    let started = tokio::select! {
        started = started => started,
        () = &mut parent => return ExitCode::SUCCESS,
    };
    let ((connector, plugin), listener, addr) = match started {
        Ok(started) => started,
        Err(failure) => return fail(failure),
    };
    // All keys have been read and derived by now.
    memory::lock_heap();
    let clients = ClientRelay::new(clients);
    report(&MemberReport::Ready { addr });
    tokio::select! {
        () = serve::run(listener, spec.login, connector, clients.clone()) => ExitCode::SUCCESS,
        () = clients.run() => ExitCode::SUCCESS,
        failure = plugin::ended(plugin) => {
            tracing::warn!("{failure}");
            ExitCode::FAILURE
        }
        () = parent => ExitCode::SUCCESS,
    }
}

fn no_port(error: io::Error) -> Failure {
    Failure::new(Stage::Start, FailureCause::NoPort(system_error::of(&error)))
}

fn registered(gateway: &[SocketAddr]) -> Vec<OwnPort> {
    gateway.iter().copied().map(OwnPort::register).collect()
}

/// Returns when the parent closes stdin, or on a termination signal (which, unlike its default action, leaves time to
/// stop the plugin). Until then, `own` follows the parent's updates.
async fn parent_closes(own: Vec<OwnPort>) {
    let (closing, closed) = oneshot::channel();
    // A thread, because a blocking read is the only way to wait for stdin on every system; it sleeps in
    // the kernel until the process ends.
    let watch = std::thread::Builder::new().name("stdin".into()).stack_size(64 * 1024).spawn(move || {
        follow_updates(own);
        closing.send(()).ok();
        // Even if the rest of the process hangs.
        std::thread::sleep(END_LIMIT);
        process::kill_children();
        std::process::exit(1);
    });
    if let Err(error) = watch {
        tracing::warn!(%error, "cannot watch stdin");
    }
    tokio::select! {
        _ = closed => {}
        () = terminated() => {}
    }
}

/// Applies the parent's updates until it closes stdin.
fn follow_updates(mut own: Vec<OwnPort>) {
    let mut input = io::stdin().lock();
    loop {
        let mut line = String::new();
        match input.by_ref().take(SPEC_LIMIT).read_line(&mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => match serde_json::from_str(&line) {
                // The new ones are registered before the old ones are dropped.
                Ok(MemberUpdate { gateway }) => own = registered(&gateway),
                Err(error) => tracing::warn!(ports = own.len(), %error, "invalid update from the parent"),
            },
        }
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

fn fail(failure: Failure) -> ExitCode {
    report(&MemberReport::Failed(failure));
    ExitCode::FAILURE
}

fn report(report: &MemberReport) {
    let mut line = serde_json::to_vec(report).expect("a report has only strings and addresses");
    line.push(b'\n');
    // If the parent has exited, stdin closes too, and that ends the process.
    let mut stdout = io::stdout().lock();
    stdout.write_all(&line).and_then(|()| stdout.flush()).ok();
}
