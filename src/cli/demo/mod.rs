//! `demo`: demonstrates failover on this computer alone.
//!
//! Shadowsocks servers and a small web page run inside this process, on loopback. The real engine balances real member
//! processes over them while clients request the page; half-way one server is killed. Events are printed as they
//! happen, and the report at the end says whether a request failed. All files are in a temporary folder.

mod load;
mod report;
mod servers;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::load::LoadGenerator;
use self::report::{DemoReport, EventPrinter};
use self::servers::{DemoServers, WebPage};
use super::exit::{self, CliError};
use super::printer::Printer;
use super::status::unexpected_reply;
use crate::control::{Client, server};
use crate::engine::{self, Handle, InheritedPorts, Options};
use crate::model::command::ImportScope;
use crate::model::settings::Strategy;
use crate::model::snapshot::Snapshot;
use crate::model::{Command, EventKind, NodeId, Reply, link};
use crate::os::descriptors;
use crate::os::paths::Paths;

/// Time limit for everything but the load itself: start, ejection, replacement.
const PATIENCE: Duration = Duration::from_secs(20);

/// The options of the demo.
#[derive(Clone, Copy, Debug)]
pub(super) struct DemoOptions {
    /// Number of servers; all but one are in the pool at the start.
    pub(super) nodes: usize,
    /// How long clients send requests.
    pub(super) seconds: u64,
}

impl DemoOptions {
    /// Number of members in the pool.
    fn members(self) -> usize {
        self.nodes - 1
    }
}

pub(super) fn run(options: DemoOptions, out: &mut Printer) -> Result<ExitCode, CliError> {
    let home = tempfile::tempdir()?;
    let paths = Paths::find(Some(home.path()))?;
    paths.create()?;
    descriptors::raise_limit();
    let listen = Some(([127, 0, 0, 1], 0).into());
    let start = Options { listen, inherited: InheritedPorts::default(), program: std::env::current_exe()? };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        let (handle, running) = engine::start(paths, start).map_err(|error| CliError::Fault((&error).into()))?;
        let report = demonstrate(options, &handle, out).await;
        running.stop().await;
        report
    })?;
    report::print_report(&report, out)?;
    Ok(if report.is_good() { ExitCode::SUCCESS } else { exit::FAILED.into() })
}

async fn demonstrate(options: DemoOptions, engine: &Handle, out: &mut Printer) -> Result<DemoReport, CliError> {
    let page = WebPage::open().await?;
    let mut servers = DemoServers::start(options.nodes)?;
    let mut control = JoinSet::new();
    let mut client = connect(engine, &mut control).await?;
    let mut events = EventPrinter::new(engine);

    configure(options, &servers, &page, &mut client).await?;
    let all_proven = |snapshot: &Snapshot| proven(snapshot) == options.members();
    let snapshot = events.until(engine, PATIENCE, out, all_proven).await?;
    report::print_start(options, &snapshot, out)?;

    let half = Duration::from_secs(options.seconds) / 2;
    let load = LoadGenerator::start(gateway(&snapshot)?, page.addr);
    events.during(half, out).await?;

    let victim = snapshot.members[0].clone();
    servers.kill(&victim.id);
    let killed = Instant::now();
    report::print_kill(&victim.name, out)?;
    let replaced = |snapshot: &Snapshot| is_replaced(snapshot, options, &victim.id);
    let replaced = events.until(engine, PATIENCE, out, replaced).await;
    let replaced_after = replaced.is_ok().then(|| killed.elapsed());
    events.during(half.saturating_sub(killed.elapsed()), out).await?;

    let stats = load.stop().await;
    let replacement = events.seen().iter().find_map(|event| replacement(&event.kind, &victim.id));
    let last = status(&mut client).await?;
    Ok(DemoReport { options, stats, last, killed: victim.name, replaced_after, replacement })
}

/// Connects a client to the engine over an in-memory pipe, served by a task in `control`.
async fn connect(engine: &Handle, control: &mut JoinSet<()>) -> Result<Client, CliError> {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    control.spawn(server::serve_stream(theirs, engine.clone(), CancellationToken::new()));
    Ok(Client::over(ours).await?)
}

/// Adds the nodes and turns on load balancing over all but one of them.
async fn configure(
    options: DemoOptions,
    servers: &DemoServers,
    page: &WebPage,
    client: &mut Client,
) -> Result<(), CliError> {
    let links: Vec<_> = servers.nodes().map(link::print).collect();
    client.call(Command::Import { texts: vec![links.join("\n").into()], scope: ImportScope::Nodes }).await?;
    let urls = format!("[\"http://{}/\"]", page.addr);
    // Nothing leaves this machine.
    let transfer = ("health.transfer_bytes", "0".to_owned());
    let changes = [("health.urls", urls.clone()), ("health.direct_urls", urls), transfer];
    let changes = changes.map(|(key, value)| (key.to_owned(), value));
    client.call(Command::Set { changes: changes.into() }).await?;
    let strategy = Some(Strategy::RoundRobin);
    client.call(Command::ClusterOn { group: None, size: Some(options.members()), strategy }).await?;
    Ok(())
}

async fn status(client: &mut Client) -> Result<Snapshot, CliError> {
    let Reply::Status(snapshot) = client.call(Command::Status).await? else { return Err(unexpected_reply()) };
    Ok(*snapshot)
}

fn gateway(snapshot: &Snapshot) -> Result<SocketAddr, CliError> {
    snapshot.gateway.addr.parse().map_err(|_| CliError::Message("the gateway has no address".into()))
}

/// Number of members that have passed a health check.
fn proven(snapshot: &Snapshot) -> usize {
    snapshot.members.iter().filter(|member| member.latency_ms.is_some()).count()
}

/// Whether as many members as at the start serve again, without the killed one.
fn is_replaced(snapshot: &Snapshot, options: DemoOptions, victim: &NodeId) -> bool {
    let serving: Vec<_> = snapshot.members.iter().filter(|member| member.state.is_serving()).collect();
    serving.len() == options.members() && serving.iter().all(|member| member.id != *victim)
}

fn replacement(event: &EventKind, victim: &NodeId) -> Option<String> {
    let EventKind::MemberEvicted { id, replacement, .. } = event else { return None };
    replacement.clone().filter(|_| id == victim)
}
