//! The speed of a ShadowsocksR member compared with a Shadowsocks member (aes-256-gcm): from a client through the gateway
//! and the member, each in its own process, to a server that plays a recording, so that only the member's work differs.
//! Rounds alternate; ratios within a round are reliable, absolute figures depend on the machine. The second ratio compares
//! the members' CPU time, which is less affected by other work on the machine. First, the protocol layers are measured in
//! memory.
//!
//! `cargo bench --bench ssr_speed [-- MIB [ROUNDS]]`
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints its results and ends on errors")]

mod engine;
mod memory;
mod recorded;

use sluice::ssr::{Method, Obfs, Protocol};

use self::engine::{Cost, Engine, Flow};
use self::recorded::Wire;

const COMBINATIONS: [(Method, Protocol, Obfs); 3] = [
    (Method::Aes256Cfb, Protocol::AuthAes128Md5, Obfs::Plain),
    (Method::Aes256Cfb, Protocol::AuthAes128Sha1, Obfs::Plain),
    (Method::Aes256Cfb, Protocol::Origin, Obfs::Plain),
];

fn main() {
    let mut numbers = std::env::args().filter_map(|word| word.parse::<usize>().ok());
    let total = numbers.next().unwrap_or(1024) << 20;
    let rounds = numbers.next().unwrap_or(3);
    for (method, protocol, obfs) in COMBINATIONS {
        memory::measure(total / 4, method, protocol, obfs);
    }
    let engine = Engine::start();
    for (method, protocol, obfs) in COMBINATIONS {
        for round in 0..rounds {
            for flow in [Flow::Down, Flow::Up] {
                // One recording at a time, since each is as large as the data.
                let ss = measure(&engine, flow, total, || Wire::of_ss(flow.recorded(total)));
                let ssr = measure(&engine, flow, total, || Wire::of_ssr(flow.recorded(total), method, protocol, obfs));
                let (speed, work) = (ssr.rate(total) / ss.rate(total), ss.member.div_duration_f64(ssr.member));
                println!(
                    "{flow:?} {round}  ss {:>6.0} MB/s  {method} {protocol} {obfs} {:>6.0} MB/s  ratio {speed:.2}, by member time {work:.2}",
                    ss.rate(total),
                    ssr.rate(total)
                );
            }
        }
    }
}

fn measure(engine: &Engine, flow: Flow, total: usize, record: impl FnOnce() -> Wire) -> Cost {
    let node = recorded::serve(record());
    engine.client(&node, flow).run(total)
}
