//! The whole chain compared with other clients: from a program that speaks SOCKS5 to the destination, through the client
//! and a Shadowsocks server. Server, destination and load are the same for all, so that only the client differs. The
//! clients take turns within a round, each round in another order; ratios within a round are reliable, absolute figures
//! depend on the machine.
//!
//! `cargo bench --bench chain [-- [--long] [ROUNDS]]`: aes-256-gcm in less than two minutes, or all ciphers with
//! `--long`. Needs `ss-server`; compares with those of `ss-local`, `sslocal` and `sing-box` that are in PATH (sing-box
//! also where the tests keep it), and names those that are missing. Speed over ShadowsocksR is measured by `ssr_speed`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints its results and ends on errors")]

mod clients;
mod destination;
mod load;
mod processes;
mod programs;
mod report;
mod servers;

use std::time::Duration;

use self::clients::Client;
use self::destination::Destination;
use self::load::{Chain, Load};
use self::servers::Server;

/// How long and with which ciphers to measure.
struct Plan {
    rounds: usize,
    ciphers: &'static [&'static str],
    time: Duration,
}

const CIPHERS: [&str; 3] = ["aes-256-gcm", "chacha20-ietf-poly1305", "2022-blake3-aes-256-gcm"];

fn main() {
    let plan = plan(std::env::args().skip(1));
    let destination = Destination::start();
    for cipher in plan.ciphers {
        println!("\n{cipher}");
        let Some(server) = Server::start(cipher) else { continue };
        let clients = clients::start(&server, &destination);
        for load in Load::ALL {
            report::print(load, &measure(load, &clients, (&server, &destination), &plan), &clients);
        }
    }
}

fn plan(words: impl Iterator<Item = String>) -> Plan {
    let words: Vec<_> = words.collect();
    let rounds = words.iter().find_map(|word| word.parse().ok());
    if words.iter().any(|word| word == "--long") {
        Plan { rounds: rounds.unwrap_or(5), ciphers: &CIPHERS, time: Duration::from_secs(2) }
    } else {
        Plan { rounds: rounds.unwrap_or(3), ciphers: &CIPHERS[..1], time: Duration::from_millis(700) }
    }
}

/// One sample of each client in each round.
fn measure(
    load: Load,
    clients: &[Client],
    (server, to): (&Server, &Destination),
    plan: &Plan,
) -> Vec<Vec<load::Sample>> {
    let mut rounds = Vec::new();
    for round in 0..plan.rounds {
        let mut samples = vec![load::Sample::default(); clients.len()];
        for turn in 0..clients.len() {
            let which = (turn + round) % clients.len();
            samples[which] = load.measure(Chain { client: &clients[which], server, to }, plan.time);
        }
        rounds.push(samples);
    }
    rounds
}
