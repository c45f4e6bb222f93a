//! The engine is killed at each single write of each change of the mode: the system proxy is restored soon, or after a
//! power cut at the next start.

use std::time::{Duration, Instant};

use sluice::model::settings::Mode;
use sluice::model::{EventKind, Settings};

use super::session::{HTTP_HOST, Kill, KillingPrograms, Session, lacks_programs};
use super::{SOON, has_event};
use crate::counterparts::{Origin, V4, eventually};
use crate::engine::{Engine, LIMIT};

/// The median time until everything is restored, also on a busy machine.
const MEDIAN_LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 2 });

/// Every so many kills simulate a power cut.
const POWER_CUTS: usize = 4;

/// A change from one mode to another, which takes this many writes.
struct ModeChange {
    from: Mode,
    to: Mode,
    writes: usize,
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Manual => "manual",
        Mode::Pac => "pac",
        Mode::Global => "global",
    }
}

/// Changes the mode in a session until the engine is killed at write `at`; the engine, which has ended.
fn change_and_kill(
    session: &Session,
    origin: &Origin,
    change: &ModeChange,
    at: usize,
    kill: Kill,
) -> (Engine, KillingPrograms) {
    let programs = KillingPrograms::new();
    let mut engine = programs.used_by(session.setup(origin, change.from)).start();
    programs.arm(at, kill);
    let output = engine.run(&["mode", word(change.to)]);
    let is_stopped = eventually(LIMIT, || engine.ended().is_some());
    assert!(
        is_stopped,
        "write {at} from {:?} to {:?}: {} were made; {output:?}",
        change.from,
        change.to,
        programs.writes()
    );
    (engine, programs)
}

/// Starts the engine again in mode `manual`.
fn restart_in_manual_mode(engine: Engine) -> Engine {
    engine.start_again(|home| {
        let file = home.join("settings.json");
        let mut settings: Settings = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        settings.mode = Mode::Manual;
        std::fs::write(&file, serde_json::to_vec(&settings).unwrap()).unwrap();
    })
}

/// Kills the engine at each write of these changes.
#[expect(clippy::print_stdout, reason = "prints a measurement")]
fn kill_at_every_write(changes: &[ModeChange]) {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    let mut times = Vec::new();
    for change in changes {
        for at in 1..=change.writes {
            let kill = if at % POWER_CUTS == 0 { Kill::EngineAndWatcher } else { Kill::Engine };
            let (engine, _programs) = change_and_kill(&session, &origin, change, at, kill);
            let place = format!("{:?} to {:?}, write {at}, {kill:?}", change.from, change.to);
            if kill == Kill::Engine {
                let start = Instant::now();
                assert!(eventually(SOON, || session.all() == before), "{place}: {:#?}", session.all());
                times.push(start.elapsed());
            } else {
                let again = restart_in_manual_mode(engine);
                assert!(has_event(&again, |kind| *kind == EventKind::ProxyRepaired), "{place}: {:#?}", again.events());
                assert_eq!(session.all(), before, "{place}");
            }
        }
        let programs = KillingPrograms::new();
        let mut engine = programs.used_by(session.setup(&origin, change.from)).start();
        programs.arm(0, Kill::Engine);
        engine.run_ok(&["mode", word(change.to)]);
        let writes = programs.writes();
        // Its files must outlive it: the watcher reads the previous settings there.
        engine.kill();
        assert!(eventually(SOON, || session.all() == before), "{:#?}", session.all());
        assert_eq!(writes, change.writes, "every write from {:?} to {:?} is tested", change.from, change.to);
    }
    times.sort();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!("restored after {} kills: median {median:?}, maximum {worst:?}", times.len());
    assert!(median < MEDIAN_LIMIT, "{times:?}");
}

#[test]
fn a_kill_at_any_write_to_pac_or_global_mode_is_undone() {
    kill_at_every_write(&[
        ModeChange { from: Mode::Manual, to: Mode::Pac, writes: 4 },
        // Three values are restored, since the mode of one desktop stays the same; then everything is set.
        ModeChange { from: Mode::Pac, to: Mode::Global, writes: 3 + 16 },
    ]);
}

#[test]
fn a_kill_at_any_write_back_to_manual_mode_is_undone() {
    kill_at_every_write(&[ModeChange { from: Mode::Global, to: Mode::Manual, writes: 16 }]);
}

#[test]
fn a_foreign_change_just_before_the_kill_is_kept_and_reported_once() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let (_, kde) = session.all();
    let change = ModeChange { from: Mode::Manual, to: Mode::Global, writes: 16 };
    let (engine, _programs) = change_and_kill(&session, &origin, &change, 10, Kill::AfterForeignChange);
    let host = || session.gsettings(&format!("get {HTTP_HOST}"), "");
    let is_rest_restored = || session.gsettings("get org.gnome.system.proxy.socks host", "") == "''";
    assert!(eventually(SOON, || is_rest_restored() && session.all().1 == kde), "{:#?}", session.all());
    assert_eq!(host(), "'other.example'");

    let is_reported = |kind: &EventKind| *kind == EventKind::ProxyLeftAlone;
    let engine = restart_in_manual_mode(engine);
    assert_eq!((engine.count_events(is_reported), host()), (1, "'other.example'".into()));
    let engine = engine.restarted(|_| {});
    assert_eq!(engine.count_events(is_reported), 0, "it is reported once");
}
