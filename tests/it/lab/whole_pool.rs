//! All members fail at the same moment: requests wait for those that replace them.

use std::time::{Duration, Instant};

use super::load::{FailedRequest, Load};
use super::testbed::{NODES, NodeFault, Testbed, name};
use crate::processes;

/// How often the members fail.
const ROUNDS: usize = 3;

/// How soon the end of a process is in force, on a busy machine.
const IN_FORCE: Duration = Duration::from_secs(2);

fn member_processes(testbed: &Testbed) -> Vec<u32> {
    let mut below = processes::below(testbed.engine.pid());
    below.retain(|pid| processes::args(*pid).iter().any(|word| word == "node"));
    below
}

/// Kills the processes of all members; when.
fn kill_members(testbed: &Testbed) -> Instant {
    let (pids, now) = (member_processes(testbed), Instant::now());
    pids.into_iter().for_each(processes::kill);
    now
}

/// A testbed in single mode.
fn one_member() -> Testbed {
    let testbed = Testbed::with_cluster_of(3);
    testbed.engine.run_ok(&["connect", &name(0)]);
    testbed.engine.wait_for("one member", |status| status.members.len() == 1);
    testbed
}

/// The indexes of the nodes that are members.
fn members(testbed: &Testbed) -> Vec<usize> {
    let status = testbed.engine.status();
    (0..NODES).filter(|index| status.members.iter().any(|member| member.name == name(*index))).collect()
}

/// Waits until this many more requests have succeeded or failed.
fn wait_for_requests(load: &Load, count: usize) {
    let done = || {
        let (succeeded, failed) = load.so_far();
        succeeded + failed.len()
    };
    let wanted = done() + count;
    assert!(crate::counterparts::eventually(crate::engine::LIMIT, || done() >= wanted), "requests go on");
}

/// The requests that failed, except those whose response was cut off when processes were killed.
fn failed(load: Load, killed: &[Instant]) -> Vec<FailedRequest> {
    let mut failed = load.stop().failed;
    let is_cut_by = |request: &FailedRequest, kill: &Instant| {
        request.is_cut && request.began <= *kill + IN_FORCE && request.ended >= *kill
    };
    failed.retain(|request| !killed.iter().any(|kill| is_cut_by(request, kill)));
    failed
}

#[test]
fn no_request_fails_if_all_processes_are_killed() {
    let testbed = Testbed::with_cluster_of(3);
    let (load, mut killed) = (Load::start(&testbed), Vec::new());
    for _ in 0..ROUNDS {
        wait_for_requests(&load, 100);
        assert!(member_processes(&testbed).len() >= 3);
        killed.push(kill_members(&testbed));
    }
    wait_for_requests(&load, 100);
    assert_eq!(failed(load, &killed), Vec::new());
}

#[test]
fn no_request_fails_if_two_servers_refuse_while_the_third_process_is_killed() {
    let testbed = Testbed::with_cluster_of(3);
    let (load, mut killed) = (Load::start(&testbed), Vec::new());
    for _ in 0..ROUNDS {
        wait_for_requests(&load, 100);
        testbed.inject_into(NodeFault::Refuses, members(&testbed).into_iter().take(2));
        killed.push(kill_members(&testbed));
        wait_for_requests(&load, 100);
        testbed.clear_faults();
        testbed.engine.wait_for("the pool is whole", |status| {
            status.members.iter().filter(|member| member.state.is_serving()).count() >= 3
        });
    }
    assert_eq!(failed(load, &killed), Vec::new());
}

#[test]
fn no_request_fails_if_the_only_process_is_killed() {
    let testbed = one_member();
    let (load, mut killed) = (Load::start(&testbed), Vec::new());
    for _ in 0..ROUNDS {
        wait_for_requests(&load, 100);
        killed.push(kill_members(&testbed));
    }
    wait_for_requests(&load, 100);
    assert_eq!(failed(load, &killed), Vec::new());
}

#[test]
fn no_request_fails_if_the_only_server_refuses_for_a_moment() {
    let testbed = one_member();
    let load = Load::start(&testbed);
    wait_for_requests(&load, 100);
    let refused = Instant::now();
    testbed.inject_into(NodeFault::Refuses, [0]);
    testbed.engine.wait_for("the failure is noticed", |status| {
        status.members.iter().any(|member| !member.state.is_serving() || member.failures > 3)
    });
    testbed.clear_faults();
    wait_for_requests(&load, 100);
    assert_eq!(failed(load, &[refused]), Vec::new());
}
