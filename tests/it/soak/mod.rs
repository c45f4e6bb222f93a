//! The soak test: engine, tray and window in a desktop session, with a steady stream of requests, while everything goes
//! on that goes on in months of use, only faster: nodes fail and come back, members are killed, subscriptions change, the
//! mode is switched, the window is opened and closed, a new engine takes over.
//!
//! No request may fail that could have been replayed, memory and descriptors must not grow, and the log stays within its
//! limits. A short form runs with the other tests; CONTRIBUTING.md says how to run the long ones.

mod disturbances;
mod samples;
mod transfers;

use std::time::{Duration, Instant};

use self::disturbances::Disturbances;
use self::samples::{Limits, Role, Samples};
use crate::counterparts::eventually;
use crate::engine::LIMIT;
use crate::lab::load::{FailedRequest, Load, Pace};
use crate::tray::desktop::Desktop;

/// The short form, in seconds.
const SHORT: u64 = 75;

/// The steady stream of requests: on a busy machine an answer may take long.
const PACE: Pace = Pace { pause: Duration::from_millis(100), patience: Duration::from_secs(30) };

/// How soon a fault is in force, on a busy machine.
const IN_FORCE: Duration = Duration::from_secs(2);

/// How often the test looks whether something is due.
const TICK: Duration = Duration::from_millis(100);

/// The maximum size of the log files, as docs/files.md has it.
const LOG_LIMIT: u64 = 64 << 20;

/// What `SLUICE_SOAK_SECONDS` says, or this many seconds.
fn duration_or(short: u64) -> Duration {
    let seconds = std::env::var("SLUICE_SOAK_SECONDS").map(|seconds| seconds.parse().expect("a number of seconds"));
    Duration::from_secs(seconds.unwrap_or(short))
}

/// Something that is due again and again.
struct Timer {
    every: Duration,
    due: Duration,
}

impl Timer {
    fn every(every: Duration) -> Self {
        Self { every, due: every }
    }

    fn is_due(&mut self, now: Duration) -> bool {
        let is_due = self.due <= now;
        if is_due {
            // What was missed while the machine was busy is not made up for.
            self.due = now.max(self.due + self.every);
        }
        is_due
    }
}

/// Whether a request failed although it could have been replayed, or for no reason that is known.
fn is_failure(request: &FailedRequest, faults: &[Instant]) -> bool {
    let disturbed = faults.iter().any(|fault| request.began <= *fault + IN_FORCE && request.ended >= *fault);
    !request.is_cut || !disturbed
}

#[test]
fn long_use() {
    let Some(desktop) = Desktop::start() else { return };
    let total = duration_or(SHORT);
    let mut disturbances = Disturbances::start(&desktop, total);
    let load = Load::with_pace(disturbances.testbed(), PACE);
    let began = Instant::now();
    let mut samples = Samples::every((total / 40).min(Duration::from_secs(10)));
    let (mut minutes, mut reported) = (Timer::every(Duration::from_secs(60)), 0);
    while began.elapsed() < total {
        std::thread::sleep(TICK);
        disturbances.act(began.elapsed());
        if samples.timer.is_due(began.elapsed()) {
            samples.take(began.elapsed(), &disturbances.processes());
            let log = disturbances.log_size();
            assert!(log <= LOG_LIMIT, "the log files have {log} bytes");
        }
        let (requests, failed) = load.so_far();
        for request in &failed[reported..] {
            let verdict = if is_failure(request, disturbances.faults()) { "FAILED" } else { "cut off" };
            println!("{:.1} s: {verdict}: {request:?}\n{}", began.elapsed().as_secs_f32(), disturbances.recent());
        }
        reported = failed.len();
        if minutes.is_due(began.elapsed()) {
            let (done, log) = (&disturbances.counts, disturbances.log_size() >> 10);
            println!(
                "{} min: {requests} requests, {done}, log {log} KiB, {}",
                minutes.due.as_secs() / 60 - 1,
                samples.last()
            );
        }
    }
    let mut tally = load.stop();
    let p99 = tally.p99();
    let (failed, cut): (Vec<_>, Vec<_>) =
        tally.failed.iter().partition(|request| is_failure(request, disturbances.faults()));
    println!("{} s: {}", total.as_secs(), disturbances.counts);
    println!("{} requests, {} cut off, {} failed", tally.took.len(), cut.len(), failed.len());
    let limits = Limits::of(total);
    let verdicts = Role::ALL.map(|role| (role, samples.check(role, limits)));
    for (role, verdict) in &verdicts {
        println!("{}: {}", role.as_str(), verdict.as_ref().unwrap_or_else(|error| error));
    }
    println!("log: {} KiB; p99 {:?}", disturbances.log_size() >> 10, p99);
    println!("engine events: {}", disturbances.event_counts());

    assert_eq!(failed, Vec::<&FailedRequest>::new(), "no replayable request fails");
    assert!(cut.len() <= 3 + disturbances.faults().len() / 4, "{} responses were cut off", cut.len());
    for (role, verdict) in verdicts {
        assert!(verdict.is_ok(), "{}: {verdict:?}", role.as_str());
    }
    disturbances.check_counts();
    disturbances.quit();
    let left = || samples.seen().iter().filter(|pid| samples::is_of_sluice(**pid)).count();
    assert!(eventually(LIMIT, || left() == 0), "{} processes are left", left());
}
