//! What a frame of the window costs with 1,000 nodes and three members: laying out and tessellating, as the
//! program does it before anything is handed to a graphics card.
//!
//! In front of a real engine, which answers as fast as it does. Prints half, 95 and 99 of 100 frames of the
//! page of the nodes while it scrolls and its numbers change, and the same while nothing moves.
//!
//!     cargo bench --bench window

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use eframe::egui::{Context, Event, MouseWheelSource, MouseWheelUnit, RawInput, Rect, TouchPhase, Vec2, pos2, vec2};
use sluice::control::Client;
use sluice::model::{Command as Ask, Page};
use sluice::os::paths::Paths;
use sluice::window::{App, Start};

const NODES: usize = 1_000;
const FRAMES: usize = 500;

fn main() -> anyhow::Result<()> {
    let home = tempfile::tempdir()?;
    let program = env!("CARGO_BIN_EXE_sluice");
    let mut engine = Command::new(program).arg("--home").arg(home.path()).arg("serve").stderr(Stdio::null()).spawn()?;
    let measured = measure(&Paths::find(Some(home.path()))?);
    engine.kill()?;
    engine.wait()?;
    measured
}

fn measure(paths: &Paths) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let began = Instant::now();
    let mut client = loop {
        match runtime.block_on(Client::connect(paths)) {
            Ok(client) => break client,
            Err(error) if began.elapsed() > Duration::from_secs(10) => return Err(error).context("the engine answers"),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let text = (0..NODES).map(|nth| format!("socks5://127.0.0.1:{}#Server {nth}\n", nth + 1)).collect();
    let listen = [("gateway.listen".to_owned(), "127.0.0.1:0".to_owned())].into();
    for command in [
        Ask::Set { changes: listen },
        Ask::Import { text },
        Ask::ClusterOn { group: None, size: Some(3), strategy: None },
    ] {
        runtime.block_on(client.call(command))?;
    }
    let ctx = Context::default();
    let start = Start { paths: paths.clone(), home: None, program: "sluice-tray".into(), page: Page::Nodes };
    let mut app = App::new(&ctx, start)?;
    let began = Instant::now();
    while app.known().nodes.len() < NODES {
        frame(&ctx, &mut app, Vec::new());
        anyhow::ensure!(began.elapsed() < Duration::from_secs(20), "the nodes are listed in time");
        std::thread::sleep(Duration::from_millis(10));
    }
    report("scrolling", (0..FRAMES).map(|nth| frame(&ctx, &mut app, wheel(nth))).collect());
    report("at rest", (0..FRAMES).map(|_| frame(&ctx, &mut app, Vec::new())).collect());
    Ok(())
}

/// A turn of the wheel over the table: down, and up again.
fn wheel(nth: usize) -> Vec<Event> {
    let delta = vec2(0.0, if nth % FRAMES < FRAMES / 2 { -40.0 } else { 40.0 });
    let turn = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta,
        phase: TouchPhase::Move,
        source: MouseWheelSource::Unknown,
        modifiers: eframe::egui::Modifiers::default(),
    };
    vec![Event::PointerMoved(pos2(600.0, 400.0)), turn]
}

fn frame(ctx: &Context, app: &mut App, events: Vec<Event>) -> Duration {
    let screen = Rect::from_min_size(pos2(0.0, 0.0), Vec2::new(1000.0, 680.0));
    let input = RawInput { screen_rect: Some(screen), events, ..RawInput::default() };
    let began = Instant::now();
    let output = ctx.run_ui(input, |ui| app.show(ui));
    let drawn = ctx.tessellate(output.shapes, output.pixels_per_point);
    let took = began.elapsed();
    assert!(!drawn.is_empty(), "a frame draws something");
    took
}

#[expect(clippy::print_stdout, reason = "a benchmark says what it found")]
fn report(what: &str, mut frames: Vec<Duration>) {
    frames.sort();
    let at = |share: usize| frames[frames.len() * share / 100].as_secs_f64() * 1e3;
    println!("{NODES} nodes, {what}: half under {:.2} ms, 95 of 100 under {:.2} ms, 99 under {:.2} ms", at(50), at(95), at(99));
}
