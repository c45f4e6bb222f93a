//! `demo`: the main job, shown on this machine alone.
//!
//! A few Shadowsocks servers and a small web page run inside this process, on loopback. The real
//! engine balances real member processes over them while clients ask for the page all the time; in
//! the middle one server is killed. What happens is told as it happens, and the end says whether a
//! single request failed. It uses a folder of its own that is gone afterwards.

mod load;
mod servers;
mod story;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::load::{Load, Tally};
use self::servers::{Page, Servers};
use self::story::{End, Story};
use super::ending::{self, Failed};
use super::out::Out;
use crate::control::{Client, server};
use crate::engine::{self, Handle, Options};
use crate::model::settings::Strategy;
use crate::model::snapshot::Snapshot;
use crate::model::{Command, EventKind, NodeId, Reply, link};
use crate::os::descriptors;
use crate::os::paths::Paths;

/// How long anything but the show itself may take: start, eviction, replacement.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the show is to be like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Servers; all but one are in the pool at the start.
    pub(super) nodes: usize,
    /// How long the clients go on.
    pub(super) seconds: u64,
}

pub(super) fn run(plan: Plan, out: &mut Out) -> Result<ExitCode, Failed> {
    let home = tempfile::tempdir()?;
    let paths = Paths::find(Some(home.path()))?;
    paths.create()?;
    descriptors::raise_limit();
    let options = Options { listen: Some(([127, 0, 0, 1], 0).into()), program: std::env::current_exe()? };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let end = runtime.block_on(async {
        let (handle, running) = engine::start(paths, options).map_err(|error| Failed::Fault((&error).into()))?;
        let end = show(plan, &handle, out).await;
        running.stop().await;
        end
    })?;
    story::tell_end(&end, out)?;
    Ok(if end.is_good() { ExitCode::SUCCESS } else { ending::FAILED.into() })
}

async fn show(plan: Plan, engine: &Handle, out: &mut Out) -> Result<End, Failed> {
    let page = Page::open().await?;
    let mut servers = Servers::start(plan.nodes)?;
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let mut door = JoinSet::new();
    door.spawn(server::attend(theirs, engine.clone(), CancellationToken::new()));
    let mut client = Client::over(ours).await?;
    let mut events = Story::of(engine);

    prepare(plan, &servers, &page, &mut client).await?;
    let all_serve = |snapshot: &Snapshot| {
        let proven = snapshot.members.iter().filter(|member| member.latency_ms.is_some());
        proven.count() == plan.nodes - 1
    };
    let snapshot = events.until(engine, PATIENCE, out, all_serve).await?;
    story::tell_start(plan, &snapshot, out)?;

    let half = Duration::from_secs(plan.seconds) / 2;
    let load = Load::start(snapshot.gateway.addr.parse().map_err(|_| Failed::Told("no gateway".into()))?, page.addr);
    events.during(half, out).await?;

    let victim = snapshot.members[0].clone();
    servers.kill(&victim.id);
    let killed = Instant::now();
    story::tell_kill(&victim.name, out)?;
    let is_replaced = |snapshot: &Snapshot| {
        let serving = snapshot.members.iter().filter(|member| member.state.is_serving());
        serving.clone().count() == plan.nodes - 1 && serving.clone().all(|member| member.id != victim.id)
    };
    let replaced = events.until(engine, PATIENCE, out, is_replaced).await;
    let replaced_after = replaced.is_ok().then(|| killed.elapsed());
    events.during(half.saturating_sub(killed.elapsed()), out).await?;

    let tally: Tally = load.stop().await;
    let Reply::Status(last) = client.call(Command::Status).await? else {
        return Err(Failed::Told("the engine gave no status".into()));
    };
    let replacement = events.seen().iter().find_map(|event| replacement(&event.kind, &victim.id));
    Ok(End { plan, tally, last: *last, killed: victim.name, replaced_after, replacement })
}

async fn prepare(plan: Plan, servers: &Servers, page: &Page, client: &mut Client) -> Result<(), Failed> {
    let links: Vec<_> = servers.nodes().map(link::print).collect();
    client.call(Command::Import { text: links.join("\n") }).await?;
    let urls = format!("[\"http://{}/\"]", page.addr);
    let changes = ["health.urls", "health.direct_urls"].map(|key| (key.to_owned(), urls.clone()));
    client.call(Command::Set { changes: changes.into() }).await?;
    let strategy = Some(Strategy::RoundRobin);
    client.call(Command::ClusterOn { group: None, size: Some(plan.nodes - 1), strategy }).await?;
    Ok(())
}

fn replacement(event: &EventKind, victim: &NodeId) -> Option<String> {
    let EventKind::MemberEvicted { id, replacement, .. } = event else { return None };
    replacement.clone().filter(|_| id == victim)
}
