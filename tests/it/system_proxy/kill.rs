//! The program is stopped at each single write, on the way from each mode to the next: the desktop is
//! as it was before, soon or at the next start.

use std::time::{Duration, Instant};

use sluice::model::settings::Mode;
use sluice::model::{EventKind, Settings};

use super::session::{HTTP_HOST, Session, Stop, Traps, lacks_programs};
use super::{SOON, was_told};
use crate::counterparts::{Origin, V4, eventually};
use crate::engine::{Engine, LIMIT};

/// How soon all is back after most kills, whatever else the machine does.
const USUALLY: Duration = Duration::from_secs(2);

/// Every so many steps it is the power that fails.
const POWER_CUTS: usize = 4;

/// From one mode to another, in so many writes.
struct Way {
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

/// Goes the way in a session until the trap closes; the engine, which has ended, and what it ran into.
fn walk(session: &Session, origin: &Origin, way: &Way, at: usize, stop: Stop) -> (Engine, Traps) {
    let traps = Traps::new();
    let mut engine = traps.around(session.setup(origin, way.from)).start();
    traps.arm(at, stop);
    let ran = engine.run(&["mode", word(way.to)]);
    let is_stopped = eventually(LIMIT, || engine.ended().is_some());
    assert!(is_stopped, "write {at} from {:?} to {:?}: {} were made; {ran:?}", way.from, way.to, traps.writes());
    (engine, traps)
}

/// Starts the engine again, with nothing to set.
fn again(engine: Engine) -> Engine {
    engine.start_again(|home| {
        let file = home.join("settings.json");
        let mut settings: Settings = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        settings.mode = Mode::Manual;
        std::fs::write(&file, serde_json::to_vec(&settings).unwrap()).unwrap();
    })
}

/// Stops the program at each write of these ways.
#[expect(clippy::print_stdout, reason = "a measurement is to be read")]
fn stop_everywhere(ways: &[Way]) {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let before = session.all();
    let mut times = Vec::new();
    for way in ways {
        for at in 1..=way.writes {
            let stop = if at % POWER_CUTS == 0 { Stop::Everything } else { Stop::Program };
            let (engine, _traps) = walk(&session, &origin, way, at, stop);
            let place = format!("{:?} to {:?}, write {at}, {stop:?}", way.from, way.to);
            if stop == Stop::Program {
                let start = Instant::now();
                assert!(eventually(SOON, || session.all() == before), "{place}: {:#?}", session.all());
                times.push(start.elapsed());
            } else {
                let again = again(engine);
                assert!(was_told(&again, |kind| *kind == EventKind::ProxyRepaired), "{place}: {:#?}", again.events());
                assert_eq!(session.all(), before, "{place}");
            }
        }
        let traps = Traps::new();
        let mut engine = traps.around(session.setup(&origin, way.from)).start();
        traps.arm(0, Stop::Program);
        engine.run_ok(&["mode", word(way.to)]);
        let unhurt = traps.writes();
        // Its files have to outlive it: the watcher reads there what was before.
        engine.kill();
        assert!(eventually(SOON, || session.all() == before), "{:#?}", session.all());
        assert_eq!(unhurt, way.writes, "from {:?} to {:?} no write is left out", way.from, way.to);
    }
    times.sort();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!("back after {} kills: half within {median:?}, all within {worst:?}", times.len());
    assert!(median < USUALLY, "{times:?}");
}

#[test]
fn stopped_at_any_write_on_the_way_to_the_script_and_to_everything() {
    stop_everywhere(&[
        Way { from: Mode::Manual, to: Mode::Pac, writes: 4 },
        // Three are put back, since the switch of one desktop is as it was; then all is set.
        Way { from: Mode::Pac, to: Mode::Global, writes: 3 + 16 },
    ]);
}

#[test]
fn stopped_at_any_write_on_the_way_back() {
    stop_everywhere(&[Way { from: Mode::Global, to: Mode::Manual, writes: 16 }]);
}

#[test]
fn what_somebody_set_just_before_the_end_stays_and_is_told_once() {
    if lacks_programs() {
        return;
    }
    let (origin, session) = (Origin::start(V4), Session::start());
    let (_, kde) = session.all();
    let way = Way { from: Mode::Manual, to: Mode::Global, writes: 16 };
    let (engine, _traps) = walk(&session, &origin, &way, 10, Stop::AfterForeignChange);
    let host = || session.gsettings(&format!("get {HTTP_HOST}"), "");
    let others_are_back = || session.gsettings("get org.gnome.system.proxy.socks host", "") == "''";
    assert!(eventually(SOON, || others_are_back() && session.all().1 == kde), "{:#?}", session.all());
    assert_eq!(host(), "'other.example'");

    let is_told = |kind: &EventKind| *kind == EventKind::ProxyLeftAlone;
    let engine = again(engine);
    assert_eq!((engine.count_events(is_told), host()), (1, "'other.example'".into()));
    let engine = engine.restarted(|_| {});
    assert_eq!(engine.count_events(is_told), 0, "it is told once");
}
