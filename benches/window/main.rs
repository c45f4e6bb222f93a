//! The cost of a frame of the window with 1,000 nodes, 60,000 rules and three members with traffic: processing of messages,
//! layout and tessellation, which is everything before the rendering.
//!
//! The engine is real, with real members, `ss-server`s, and clients that keep loading pages ([`workload`]). Each page is
//! drawn ([`screen`]) idle, and while it is scrolled, searched and sorted. In an optimized build the benchmark fails if the
//! 95th percentile of a frame's CPU time reaches 8 ms.
//!
//! ```text
//! cargo bench --bench window
//! ```

#![expect(clippy::unwrap_used, reason = "shared with the tests, where a failed unwrap is a failed test")]

#[path = "../../tests/it/counterparts/mod.rs"]
#[expect(unused_imports, reason = "shared with the tests; this program needs only two of them")]
mod counterparts;
#[path = "../../tests/it/engine.rs"]
#[expect(dead_code, reason = "shared with the tests, which need more of it")]
mod engine;
mod idle_clients;
mod screen;
mod workload;

use std::time::Duration;

use anyhow::Context as _;
use eframe::egui::{Event, Key};
use sluice::model::Page;

use self::idle_clients::IdleClients;
use self::screen::{Cost, Screen};
use self::workload::{RULES, Workload};

/// The limit of the 95th percentile.
const LIMIT: Duration = Duration::from_millis(8);

/// The number of frames of each measurement.
const FRAMES: usize = 200;

fn main() -> anyhow::Result<()> {
    let Some(workload) = Workload::start() else { return Ok(()) };
    let mut screen = Screen::open(workload.home())?;
    let mut slow = Vec::new();
    let mut measured = |what: &str, frames: Vec<Cost>| slow.extend(report(what, frames));
    println(&format!("{:<30} {:>8} {:>8} {:>8} {:>8} {:>8}", "ms per frame", "p50", "p95", "p99", "max", "cpu p95"));

    measured("nodes, idle", screen.frames(FRAMES, |_| Vec::new())?);
    measured("nodes, scrolled", screen.frames(FRAMES, scroll)?);
    for column in ["Name", "Latency", "Total"] {
        let place = screen.find(column).with_context(|| format!("there is no column {column}"))?;
        measured(&format!("nodes, sorted by {column}"), screen.frames(FRAMES / 2, |nth| screen::clicks(place, nth))?);
    }
    let field = screen.find("Search").context("there is no search field")?;
    screen.frames(4, |nth| screen::clicks(field, nth))?;
    measured("nodes, searched", screen.frames(FRAMES, typed)?);
    measured("nodes, all selected", {
        screen.frames(2, |_| screen::presses(Key::Escape))?;
        screen.frames(FRAMES, |_| screen::with_command(Key::A))?
    });
    for page in Page::ALL.into_iter().filter(|page| *page != Page::Nodes) {
        screen.go(page)?;
        measured(&format!("{}, idle", page.as_str()), screen.frames(FRAMES, |_| Vec::new())?);
        measured(&format!("{}, scrolled", page.as_str()), screen.frames(FRAMES, scroll)?);
    }
    rules(&mut screen, &mut measured)?;
    screen.go(Page::Nodes)?;
    let clients = IdleClients::connect_all(workload.gateway())?;
    let (pid, unobserved) = (workload.engine_pid(), idle_clients::cpu_percent(workload.engine_pid())?);
    screen.go(Page::Connections)?;
    screen.wait_for_connections(clients.len())?;
    let what = format!("{} connections", clients.len());
    measured(&format!("{what}, idle"), screen.frames(FRAMES, |_| Vec::new())?);
    measured(&format!("{what}, scrolled"), screen.frames(FRAMES, scroll)?);
    let place = screen.find("Host").context("there is no column Host")?;
    measured(&format!("{what}, sorted"), screen.frames(FRAMES / 2, |nth| screen::clicks(place, nth))?);
    let place = screen.find("Group by: Site").context("there is no choice of the grouping")?;
    screen.frames(4, |nth| screen::clicks(place, nth))?;
    measured(&format!("{what}, by site"), screen.frames(FRAMES, scroll)?);
    let followed = idle_clients::cpu_percent(pid)?;
    println(&format!("{what}: the engine takes {unobserved:.1} % of a core, and {followed:.1} % while they are shown"));
    println(&workload.summary());
    anyhow::ensure!(slow.is_empty() || cfg!(debug_assertions), "over {LIMIT:?}: {}", slow.join("; "));
    Ok(())
}

/// Types into the rules editor with a long text. Fails if a key does not reach it.
fn rules(screen: &mut Screen, measured: &mut impl FnMut(&str, Vec<Cost>)) -> anyhow::Result<()> {
    screen.go(Page::Rules)?;
    screen.wait_for_lines(RULES)?;
    let editor = screen.find_editor()?;
    screen.frames(4, |nth| screen::clicks(editor, nth))?;
    let down = (0..RULES / 28).flat_map(|_| screen::presses(Key::PageDown));
    let middle: Vec<_> = screen::with_command(Key::Home).into_iter().chain(down).collect();
    for (place, keys) in
        [("begin", screen::with_command(Key::Home)), ("middle", middle), ("end", screen::with_command(Key::End))]
    {
        screen.frames(1, |_| keys.clone())?;
        let before = screen.editor_text()?;
        measured(&format!("{RULES} rules, typed at the {place}"), screen.frames(FRAMES, typed)?);
        let (grown, expected) = (screen.editor_text()?.len().abs_diff(before.len()), typed_letters(FRAMES));
        anyhow::ensure!(grown == expected, "{grown} letters arrived at the {place}, {expected} were typed");
    }
    screen.frames(1, |_| screen::with_command(Key::A))?;
    measured(&format!("{RULES} rules, all selected"), screen.frames(FRAMES, |_| Vec::new())?);
    Ok(())
}

/// Scrolls down and up again.
fn scroll(nth: usize) -> Vec<Event> {
    screen::wheel(if nth % 100 < 50 { -60.0 } else { 60.0 })
}

/// The word that is typed and deleted.
const WORD: [&str; 6] = ["s", "e", "r", "v", "e", "r"];

/// How many letters of the word are there after so many frames.
fn typed_letters(frames: usize) -> usize {
    let keys = frames.div_ceil(5) % (2 * WORD.len());
    keys.min(2 * WORD.len() - keys)
}

/// Types and deletes a word, one key every five frames.
fn typed(nth: usize) -> Vec<Event> {
    match (nth % 5, (nth / 5) % 12) {
        (0, key @ 0..6) => vec![Event::Text(WORD[key].into())],
        (0, _) => screen::presses(Key::Backspace),
        (_, _) => Vec::new(),
    }
}

/// Prints the costs of frames; a message if they exceed the limit.
fn report(what: &str, mut frames: Vec<Cost>) -> Option<String> {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    frames.sort_by_key(|cost| cost.cpu);
    let cpu = frames[frames.len() * 95 / 100].cpu;
    frames.sort_by_key(|cost| cost.took);
    let at = |share: usize| millis(frames[(frames.len() * share / 100).min(frames.len() - 1)].took);
    println(&format!(
        "{what:<30} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2}",
        at(50),
        at(95),
        at(99),
        at(100),
        millis(cpu)
    ));
    (cpu > LIMIT).then(|| format!("{what} {:.2} ms", millis(cpu)))
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
fn println(line: &str) {
    println!("{line}");
}
