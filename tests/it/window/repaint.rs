//! The window is redrawn only if something that it shows has changed.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use eframe::egui::ViewportId;
use sluice::control::Client;
use sluice::model::Page;
use sluice::os::paths::Paths;
use tokio::time::timeout;

use super::harness::TestWindow;
use crate::counterparts::{Origin, SocksServer, V4};
use crate::engine::{Engine, LIMIT, Setup};

/// How long frames are counted: the engine publishes changing figures once a second.
const TIME: Duration = Duration::from_secs(4);

/// Clients of a gateway, one after another, until dropped.
struct Clients {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Clients {
    /// Each sends `request`, reads the response and disconnects.
    fn start(gateway: SocketAddr, request: String) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let over = is_over.clone();
        let thread = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let mut client = TcpStream::connect(gateway).unwrap();
                client.write_all(request.as_bytes()).unwrap();
                if !request.is_empty() {
                    // The gateway may close at the end of the test.
                    let _ended = std::io::copy(&mut client, &mut std::io::sink());
                }
                thread::sleep(Duration::from_millis(20));
            }
        });
        Self { is_over, thread: Some(thread) }
    }

    /// Each loads a page.
    fn of_a_page(gateway: SocketAddr, origin: &Origin) -> Self {
        let url = origin.url("/bytes/50000");
        Self::start(gateway, format!("GET {url} HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n"))
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // A panic has been reported by the thread.
        let _ended = self.thread.take().map(JoinHandle::join);
    }
}

/// A cluster of three members that are checked every second, and a window.
fn cluster(page: Page) -> (Origin, [SocksServer; 3], Engine, TestWindow) {
    let (origin, servers) = (Origin::start(V4), [(); 3].map(|()| SocksServer::start()));
    let engine = Setup::new(&origin, |settings| settings.health.schedule = vec![1]).start();
    engine.import(&[servers[0].node("Tokyo"), servers[1].node("Osaka"), servers[2].node("Lima")]);
    engine.cluster_on(3, "round-robin");
    let window = TestWindow::open(&engine, page);
    (origin, servers, engine, window)
}

/// Draws for [`TIME`], and longer until there were so many frames: the causes of the frames, and the seconds.
#[track_caller]
fn at_least(window: &mut TestWindow, count: usize) -> (Vec<String>, usize) {
    let (began, mut frames) = (Instant::now(), window.frames(TIME));
    while frames.len() < count {
        assert!(began.elapsed() < LIMIT, "{} of {count} frames: {frames:#?}", frames.len());
        frames.extend(window.frames(Duration::from_secs(1)));
    }
    (frames, usize::try_from(began.elapsed().as_secs()).unwrap())
}

#[tokio::test]
async fn an_idle_engine_publishes_no_snapshots() {
    let (origin, server) = (Origin::start(V4), SocksServer::start());
    let engine = Setup::new(&origin, |settings| settings.health.schedule = vec![3_600]).start();
    engine.import(&[server.node("Tokyo")]);
    engine.run_ok(&["connect", "Tokyo"]);
    engine.wait_for_members(1);
    let client = Client::connect(&Paths::find(Some(engine.home())).unwrap()).await.unwrap();
    let mut snapshots = client.watch().await.unwrap();
    let mut received = vec![snapshots.next().await.unwrap()];
    // The CPU share of a process that has just started still changes.
    let idle = async {
        while let Ok(snapshot) = timeout(TIME, snapshots.next()).await {
            received.push(snapshot.unwrap());
        }
    };
    let is_idle = timeout(LIMIT, idle).await.is_ok();
    assert!(is_idle, "snapshots without a change: {received:#?}");
}

#[test]
fn changes_that_are_not_shown_cause_no_frame() {
    let (_origin, _servers, engine, mut window) = cluster(Page::Rules);
    window.wait_until_idle();
    let accepted = |window: &TestWindow| window.app().state().snapshot().map(|snapshot| snapshot.gateway.total);
    let before = accepted(&window);
    // Meanwhile members are checked and connections counted, neither of which this page shows.
    let clients = Clients::start(engine.gateway(), String::new());
    let frames = window.frames(TIME);
    drop(clients);
    assert!(frames.is_empty(), "nothing that the page shows has changed: {frames:#?}");
    window.harness.step();
    assert!(accepted(&window) > before, "the next frame has the newest snapshot");
}

#[test]
fn figures_are_redrawn_at_intervals_that_are_longer_in_the_background() {
    let (origin, _servers, engine, mut window) = cluster(Page::Nodes);
    let _clients = Clients::of_a_page(engine.gateway(), &origin);
    window.wait_until("there is traffic", |window| {
        window.app().state().snapshot().is_some_and(|snapshot| snapshot.gateway.down_rate > 0)
    });
    let seconds = usize::try_from(TIME.as_secs()).unwrap();
    let (in_front, time) = at_least(&mut window, seconds);
    assert!(in_front.len() <= 4 * time, "frames in {time} s with focus: {in_front:#?}");

    window.harness.input_mut().focused = false;
    window.harness.step();
    let (behind, time) = at_least(&mut window, 1);
    assert!(behind.len() <= time + 1, "frames in {time} s without focus: {behind:#?}");

    let viewport = window.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
    (viewport.minimized, viewport.occluded) = (Some(true), Some(false));
    window.wait_until_idle();
    let hidden = window.frames(TIME);
    assert!(hidden.is_empty(), "a minimized window is not drawn: {hidden:#?}");
}
