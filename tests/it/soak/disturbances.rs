//! What happens while the programs run.

use std::fmt;
use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rustix::process::{Pid, Signal, kill_process};
use sluice::model::link;

use super::Timer;
use super::samples::Processes;
use crate::counterparts::{EmbeddedServer, Provider, ProviderReply, eventually};
use crate::engine::{LIMIT, OldEngine, TRAY};
use crate::gateway::named;
use crate::lab::testbed::{NODES, NodeFault, Testbed};
use crate::processes;
use crate::tray::desktop::Desktop;
use crate::tray::panel::Panel;

/// Faults that leave every request replayable.
const FAULTS: [NodeFault; 6] = [
    NodeFault::Refuses,
    NodeFault::Resets,
    NodeFault::BlackHole,
    NodeFault::ClosesAfterRequest,
    NodeFault::Slow,
    NodeFault::ProbesOnly,
];

/// How many nodes are faulty at the same time, at most.
const AT_ONCE: usize = 2;

/// Members of the cluster.
const MEMBERS: usize = 3;

/// How many lines of what happened last are shown with a failed request.
const RECENT: usize = 12;

/// How often each thing has happened.
#[derive(Debug, Default)]
pub struct Counts {
    faults: usize,
    kills: usize,
    updates: usize,
    modes: usize,
    windows: usize,
    take_overs: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { faults, kills, updates, modes, windows, take_overs } = self;
        write!(f, "{faults} faults, {kills} members killed, {updates} subscription updates, {modes} mode switches, ")?;
        write!(f, "window opened and closed {windows} times, {take_overs} take-overs")
    }
}

/// When each thing happens.
struct Plan {
    fault: Timer,
    kill: Timer,
    update: Timer,
    mode: Timer,
    window: Timer,
    take_over: Timer,
}

impl Plan {
    fn of(total: Duration) -> Self {
        let at_most = |share: u32, seconds| Timer::every((total / share).min(Duration::from_secs(seconds)));
        Self {
            fault: at_most(8, 20),
            kill: at_most(7, 25),
            update: at_most(5, 60),
            mode: at_most(6, 30),
            // Opened at one time, closed at the next: 200 windows in two hours.
            window: at_most(20, 18),
            take_over: at_most(3, 600),
        }
    }
}

/// The programs, and what happens to them.
pub struct Disturbances<'a> {
    desktop: &'a Desktop,
    panel: Panel,
    testbed: Testbed,
    tray: Child,
    /// Nodes that a provider lists.
    servers: [EmbeddedServer; 2],
    provider: Provider,
    plan: Plan,
    random: StdRng,
    faulty: Vec<usize>,
    has_window: bool,
    old_engines: Vec<OldEngine>,
    faults: Vec<Instant>,
    recent: Vec<String>,
    pub counts: Counts,
}

impl<'a> Disturbances<'a> {
    /// Starts the engine, the tray beside it, and the provider.
    pub fn start(desktop: &'a Desktop, total: Duration) -> Self {
        let testbed = Testbed::within(
            |setup| desktop.with(setup),
            MEMBERS,
            |settings| {
                // No rule list: there is no internet.
                settings.pac.update_h = 0;
            },
        );
        let panel = Panel::start(&desktop.bus);
        let mut tray = testbed.engine.command(&TRAY);
        let stderr = fs::File::create(testbed.engine.home().join("stderr.tray")).unwrap();
        tray.arg("--at-login").stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr);
        let tray = tray.spawn().unwrap();
        panel.wait_until_registered();
        let servers = [(); 2].map(|()| EmbeddedServer::start("aes-256-gcm"));
        let provider = Provider::start("");
        let this = Self {
            desktop,
            panel,
            testbed,
            tray,
            servers,
            provider,
            plan: Plan::of(total),
            random: StdRng::seed_from_u64(17),
            faulty: Vec::new(),
            has_window: false,
            old_engines: Vec::new(),
            faults: Vec::new(),
            recent: Vec::new(),
            counts: Counts::default(),
        };
        this.set_reply();
        let added =
            this.testbed.engine.run_with(&["subscription", "add", "-", "--name", "Cloud"], &this.provider.url());
        assert_eq!(added.code, Some(0), "{}", added.stderr);
        this
    }

    pub fn testbed(&self) -> &Testbed {
        &self.testbed
    }

    /// When something happened that cuts off responses.
    pub fn faults(&self) -> &[Instant] {
        &self.faults
    }

    /// What happened last.
    pub fn recent(&self) -> String {
        let events = self.testbed.engine.events();
        let events = events.iter().rev().take(RECENT).rev().map(|event| format!("  {} {:?}", event.at, event.kind));
        let recent = self.recent.iter().rev().take(RECENT).rev().cloned();
        recent.chain(events).collect::<Vec<_>>().join("\n")
    }

    /// The processes at this time.
    pub fn processes(&self) -> Processes {
        let (engine, tray) = (self.testbed.engine.pid(), self.tray.id());
        let below = processes::below(engine);
        let is_member = |pid: &&u32| processes::args(**pid).iter().any(|word| word == "node");
        let members = below.iter().filter(is_member).copied().collect();
        let all = [below, processes::below(tray)].concat();
        Processes { engine, tray, members, all }
    }

    /// The bytes of all log files.
    pub fn log_size(&self) -> u64 {
        let files = fs::read_dir(self.testbed.engine.home().join("logs")).into_iter().flatten().flatten();
        files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// How often each event was reported, of those that are kept.
    pub fn event_counts(&self) -> String {
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        for event in self.testbed.engine.events() {
            let text = format!("{:?}", event.kind);
            let name = text.split([' ', '{', '(']).next().unwrap_or_default().to_owned();
            *counts.entry(name).or_default() += 1;
        }
        format!("{counts:?}")
    }

    /// Does what is due.
    pub fn act(&mut self, now: Duration) {
        if self.plan.fault.is_due(now) {
            self.change_faults(now);
        }
        if self.plan.kill.is_due(now) {
            self.kill_member(now);
        }
        if self.plan.update.is_due(now) {
            self.update_subscription(now);
        }
        if self.plan.mode.is_due(now) {
            self.switch_mode(now);
        }
        if self.plan.window.is_due(now) {
            self.open_or_close_window();
        }
        if self.plan.take_over.is_due(now) {
            self.take_over(now);
        }
        self.old_engines.retain_mut(OldEngine::is_running);
    }

    fn note(&mut self, now: Duration, what: String) {
        self.recent.push(format!("  {:.1} s: {what}", now.as_secs_f32()));
        if self.recent.len() > 2 * RECENT {
            self.recent.drain(..RECENT);
        }
    }

    /// Injects a fault into some nodes, or clears it.
    fn change_faults(&mut self, now: Duration) {
        self.faults.push(Instant::now());
        if !self.faulty.is_empty() {
            self.testbed.clear_faults();
            self.faulty.clear();
            return self.note(now, "no faults".into());
        }
        let fault = *FAULTS.choose(&mut self.random).expect("there are faults");
        let (first, count) = (self.random.random_range(0..NODES), self.random.random_range(1..=AT_ONCE));
        self.faulty = (first..first + count).map(|index| index % NODES).collect();
        self.testbed.inject_into(fault, self.faulty.clone());
        self.counts.faults += 1;
        self.note(now, format!("{fault:?} in {:?}", self.faulty));
    }

    fn kill_member(&mut self, now: Duration) {
        let members = self.processes().members;
        let Some(pid) = members.choose(&mut self.random) else { return };
        self.faults.push(Instant::now());
        // It may have ended by itself in the meantime.
        let is_killed = kill_process(Pid::from_raw(*pid as i32).expect("not 0"), Signal::KILL).is_ok();
        self.counts.kills += usize::from(is_killed);
        self.note(now, format!("member {pid} killed: {is_killed}"));
    }

    /// What the provider answers next: one node, two, the same again, or an error.
    fn set_reply(&self) {
        let node = |place: usize| link::print(&named(&format!("cloud-{place}"), self.servers[place].node())) + "\n";
        match self.counts.updates % 4 {
            0 => self.provider.serve_list(&node(0)),
            1 | 2 => self.provider.serve_list(&(node(1) + &node(0))),
            _ => self.provider.reply_with(ProviderReply::Status(503, "busy")),
        }
    }

    fn update_subscription(&mut self, now: Duration) {
        self.set_reply();
        // A node that leaves the list may have a response under way.
        self.faults.push(Instant::now());
        let output = self.testbed.engine.run(&["subscription", "update"]);
        self.counts.updates += 1;
        self.note(now, format!("subscription: {:?} {}{}", output.code, output.stdout.trim(), output.stderr.trim()));
    }

    fn switch_mode(&mut self, now: Duration) {
        let mode = ["global", "pac", "manual"][self.counts.modes % 3];
        self.testbed.engine.run_ok(&["mode", mode]);
        self.counts.modes += 1;
        self.note(now, format!("mode {mode}"));
    }

    fn open_or_close_window(&mut self) {
        self.has_window = !self.has_window;
        if self.has_window {
            let page = ["Settings…", "Activity…"][self.counts.windows % 2];
            self.panel.click(page);
            self.desktop.wait_for_window();
        } else {
            self.close_window();
        }
    }

    fn close_window(&mut self) {
        self.desktop.close_window();
        let is_closed = || !self.desktop.windows().iter().any(|name| name == "Sluice");
        assert!(eventually(LIMIT, is_closed), "the window closes");
        self.counts.windows += 1;
    }

    /// A new engine takes over; the old one ends when its connections have ended.
    fn take_over(&mut self, now: Duration) {
        let old = self.testbed.engine.take_over();
        self.old_engines.push(old);
        self.counts.take_overs += 1;
        self.note(now, format!("engine {} has taken over", self.testbed.engine.pid()));
    }

    /// Everything happened.
    #[track_caller]
    pub fn check_counts(&mut self) {
        let Counts { faults, kills, updates, modes, windows, take_overs } = self.counts;
        assert!(
            [faults, kills, updates, modes, windows, take_overs].into_iter().all(|count| count > 0),
            "{}",
            self.counts
        );
        let has_ended = || {
            self.old_engines.retain_mut(OldEngine::is_running);
            self.old_engines.is_empty()
        };
        assert!(eventually(LIMIT, has_ended), "{} old engines have not ended", self.old_engines.len());
    }

    /// Ends everything as a user does.
    pub fn quit(&mut self) {
        if self.has_window {
            self.close_window();
        }
        let quit = self.testbed.engine.command(&TRAY).arg("quit").status().unwrap();
        assert!(quit.success(), "tray and engine end: {quit}");
        assert!(self.tray.wait().unwrap().success());
        assert!(self.testbed.engine.ended().is_some_and(|status| status.success()), "the engine ends");
    }
}

impl Drop for Disturbances<'_> {
    fn drop(&mut self) {
        self.tray.kill().ok();
        self.tray.wait().ok();
    }
}
