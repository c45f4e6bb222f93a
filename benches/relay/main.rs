//! The relay compared with HAProxy: both with the same SOCKS5 clients and the same two SOCKS5 servers, which are also source
//! and sink of the data, so that only the relay differs. Rounds alternate; ratios within a round are reliable, absolute
//! figures depend on the machine.
//!
//! `cargo bench --bench relay [-- ROUNDS]`; needs `haproxy` in PATH.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints its results and ends on errors")]

mod backend;
mod load;
mod relays;

use std::time::Duration;

use self::load::Sample;
use self::relays::{Relay, haproxy, sluice};

/// The duration of one measurement.
const TIME: Duration = Duration::from_secs(2);

type Measure = fn(&Relay) -> Sample;

fn main() {
    let rounds = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(3);
    let backends = [backend::start(), backend::start()];
    let relays = [haproxy(&backends), sluice(&backends)];
    let measures: [(&str, Measure); 5] = [
        ("down, 1 stream, Gbit/s", |relay| load::bulk(relay, 1, backend::SOURCE)),
        ("down, 16 streams, Gbit/s", |relay| load::bulk(relay, 16, backend::SOURCE)),
        ("up, 1 stream, Gbit/s", |relay| load::bulk(relay, 1, backend::SINK)),
        ("new connections a second", |relay| load::connections(relay, 32)),
        ("idle connection, bytes", |relay| load::idle(relay, 2_000)),
    ];
    for (name, measure) in measures {
        println!("{name}");
        for round in 0..rounds {
            let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
            let mut samples = [Sample::default(); 2];
            for which in order {
                samples[which] = measure(&relays[which]);
            }
            let [theirs, ours] = samples;
            println!(
                "  haproxy {:>10.2}  sluice {:>10.2}  ratio {:.2}   cpu ratio {:.2}",
                theirs.value,
                ours.value,
                ours.value / theirs.value,
                ours.cpu / theirs.cpu.max(1e-9)
            );
        }
    }
}
