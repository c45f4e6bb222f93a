//! What a program and its children cost.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::thread;
use std::time::Duration;

/// A running program with all its children.
pub struct Process(pub Child);

/// CPU time in seconds, memory (PSS) in bytes.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    pub cpu: f64,
    pub memory: f64,
}

impl Process {
    pub fn usage(&self) -> Usage {
        let mut sum = Usage::default();
        for pid in family(self.0.id()) {
            let Some(usage) = usage(pid) else { continue };
            sum.cpu += usage.cpu;
            sum.memory += usage.memory;
        }
        sum
    }

    /// Waits until a port accepts connections.
    pub fn listening(mut self, addr: SocketAddr) -> Self {
        while TcpStream::connect(addr).is_err() {
            assert!(self.0.try_wait().unwrap().is_none(), "the program that should listen at {addr} has exited");
            thread::sleep(Duration::from_millis(10));
        }
        self
    }
}

/// CPU seconds of this program, with those of its threads that have ended, in hundredths.
pub fn own_cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    // utime and stime, see proc_pid_stat(5).
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A port that is free now.
pub fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

fn family(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut next = 0;
    while next < found.len() {
        let tasks = fs::read_dir(format!("/proc/{}/task", found[next])).into_iter().flatten().flatten();
        for task in tasks {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|word| word.parse::<u32>().ok()));
        }
        next += 1;
    }
    found
}

fn usage(pid: u32) -> Option<Usage> {
    // The scheduler counts in nanoseconds, `stat` only in hundredths of a second.
    let mut cpu = 0.0;
    for task in fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        let stat = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        cpu += stat.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0) / 1e9;
    }
    let maps = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let pss = maps.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let memory = pss.trim().trim_end_matches(" kB").parse::<f64>().ok()? * 1024.0;
    Some(Usage { cpu, memory })
}
