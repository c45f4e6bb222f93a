//! Memory and descriptors of the processes, sampled while they are in use, and the rule by which they do not grow.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use super::Timer;
use crate::processes;

/// What a process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Engine,
    Tray,
    /// All members; a figure is their mean.
    Members,
    /// All descendants of engine and tray; figures are their number.
    Processes,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Engine, Self::Tray, Self::Members, Self::Processes];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Tray => "tray",
            Self::Members => "members",
            Self::Processes => "processes",
        }
    }
}

/// The processes at one time.
pub struct Processes {
    pub engine: u32,
    pub tray: u32,
    pub members: Vec<u32>,
    pub all: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    at: Duration,
    role: Role,
    /// The process, if it is one.
    pid: u32,
    /// Private memory in KiB that is the process's own: not pages of the program's file, which count as private
    /// whenever no other process happens to have them.
    memory: f64,
    descriptors: f64,
}

/// How much the median of the last quarter may be above that of the first.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    warm_up: Duration,
    /// A share of the first.
    growth: f64,
    /// KiB besides.
    memory: f64,
    descriptors: f64,
}

impl Limits {
    /// The limits for a test of this duration. In a short one every process is new, so its caches still fill.
    pub fn of(total: Duration) -> Self {
        let warm_up = (total / 3).min(Duration::from_secs(300));
        let memory = if total < Duration::from_secs(1_200) { 3.0 * 1024.0 } else { 1024.0 };
        Self { warm_up, growth: 0.05, memory, descriptors: 8.0 }
    }
}

/// All samples.
pub struct Samples {
    pub timer: Timer,
    samples: Vec<Sample>,
    seen: BTreeSet<u32>,
}

impl Samples {
    pub fn every(interval: Duration) -> Self {
        Self { timer: Timer::every(interval), samples: Vec::new(), seen: BTreeSet::new() }
    }

    pub fn take(&mut self, at: Duration, processes: &Processes) {
        for (role, pid) in [(Role::Engine, processes.engine), (Role::Tray, processes.tray)] {
            if let Some((memory, descriptors)) = figures(pid) {
                self.samples.push(Sample { at, role, pid, memory, descriptors });
            }
        }
        // A member that was killed or replaced a moment ago is passed over.
        let members: Vec<_> = processes.members.iter().filter_map(|pid| figures(*pid)).collect();
        if !members.is_empty() {
            let mean = |sum: f64| sum / members.len() as f64;
            let (memory, descriptors) = members.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            let (memory, descriptors) = (mean(memory), mean(descriptors));
            self.samples.push(Sample { at, role: Role::Members, pid: 0, memory, descriptors });
        }
        let count = processes.all.len() as f64;
        self.samples.push(Sample { at, role: Role::Processes, pid: 0, memory: 0.0, descriptors: count });
        self.seen.extend(&processes.all);
        self.seen.extend([processes.engine, processes.tray]);
    }

    /// Every process that was seen.
    pub fn seen(&self) -> &BTreeSet<u32> {
        &self.seen
    }

    /// The last figures, in words.
    pub fn last(&self) -> String {
        let last = |role| self.samples.iter().rfind(|sample| sample.role == role);
        let words = Role::ALL
            .into_iter()
            .filter_map(last)
            .map(|sample| format!("{} {:.0} KiB {:.0} fd", sample.role.as_str(), sample.memory, sample.descriptors));
        words.collect::<Vec<_>>().join(", ")
    }

    /// Whether a role's figures are flat; the figures.
    pub fn check(&self, role: Role, limits: Limits) -> Result<String, String> {
        let samples = self.samples.iter().filter(|sample| sample.role == role && sample.at >= limits.warm_up);
        let (memory, descriptors): (Vec<_>, Vec<_>) = samples.map(|sample| (sample.memory, sample.descriptors)).unzip();
        let words = |what, first, last| format!("{what} {first:.0} at first, {last:.0} at last");
        let (memory_is_flat, memory) = is_flat(&memory, limits.growth, limits.memory);
        let (descriptors_are_flat, descriptors) = is_flat(&descriptors, limits.growth, limits.descriptors);
        let figures =
            format!("{}; {}", words("KiB", memory.0, memory.1), words("descriptors", descriptors.0, descriptors.1));
        if memory_is_flat && descriptors_are_flat { Ok(figures) } else { Err(figures) }
    }
}

/// Whether the median of the last quarter exceeds that of the first by at most this share and this slack; both medians.
fn is_flat(figures: &[f64], growth: f64, slack: f64) -> (bool, (f64, f64)) {
    let quarter = figures.len().div_ceil(4);
    let first = median(&figures[..quarter]);
    let last = median(&figures[figures.len() - quarter..]);
    (last <= first * (1.0 + growth) + slack, (first, last))
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Private memory in KiB and the number of descriptors of a process.
fn figures(pid: u32) -> Option<(f64, f64)> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let of = |name: &str| -> Option<f64> {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let memory = of("Private_Dirty:")? + of("Swap:").unwrap_or_default();
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    Some((memory, descriptors as f64))
}

/// Whether a process is one of Sluice's and running.
pub fn is_of_sluice(pid: u32) -> bool {
    processes::is_alive(pid) && processes::name(pid).starts_with("sluice")
}

#[test]
fn growth_is_told_from_noise() {
    let noise: Vec<_> = (0..40).map(|turn| 1_000.0 + f64::from(turn * 7 % 5)).collect();
    let peaks = noise.iter().enumerate().map(|(turn, figure)| figure + if turn % 9 == 0 { 900.0 } else { 0.0 });
    let leak: Vec<_> = noise.iter().enumerate().map(|(turn, figure)| figure + 10.0 * turn as f64).collect();
    assert!(is_flat(&noise, 0.05, 0.0).0 && is_flat(&peaks.collect::<Vec<_>>(), 0.05, 0.0).0);
    assert!(!is_flat(&leak, 0.05, 100.0).0);
    assert_eq!(is_flat(&[], 0.0, 0.0), (true, (0.0, 0.0)));
}
