//! The results: each client's median, and how Sluice compares with it.

use super::clients::Client;
use super::load::{Better, Busy, Load, Sample};

/// Prints the medians, the cores that client, server and this program had in use, and minimum, median and maximum of the
/// ratio in one round; above 1 Sluice is better.
pub fn print(load: Load, rounds: &[Vec<Sample>], clients: &[Client]) {
    let (name, better, cpu_unit, cpu_factor) = load.words();
    println!("  {name}");
    for (which, client) in clients.iter().enumerate() {
        let value = spread(rounds, |samples| samples[which].value)[1];
        let cpu = spread(rounds, |samples| samples[which].cpu * cpu_factor)[1];
        let ratio = spread(rounds, |samples| match better {
            Better::More => samples[0].value / samples[which].value,
            Better::Less => samples[which].value / samples[0].value,
        });
        let cost = spread(rounds, |samples| samples[0].cpu / samples[which].cpu.max(1e-12))[1];
        let [least, median, most] = ratio;
        let value = format!("{value:.*}", if value < 10.0 { 3 } else { 0 });
        print!("    {:<14}{value:>9}", client.name);
        if cpu_factor > 0.0 {
            let busy = |part: fn(Busy) -> f64| spread(rounds, |samples| part(samples[which].busy))[1];
            let (client, server, ends) = (busy(|busy| busy.client), busy(|busy| busy.server), busy(|busy| busy.ends));
            print!("  cpu {cpu:>7.2} {cpu_unit:<6} cores {client:.2} + {server:.2} + {ends:.2}");
        }
        match which {
            0 => println!(),
            _ => println!("  sluice is {least:.2} / {median:.2} / {most:.2}, its cpu {cost:.2}"),
        }
    }
}

/// Minimum, median and maximum over the rounds.
fn spread(rounds: &[Vec<Sample>], value: impl Fn(&[Sample]) -> f64) -> [f64; 3] {
    let mut values: Vec<_> = rounds.iter().map(|samples| value(samples)).collect();
    values.sort_by(f64::total_cmp);
    [values[0], values[values.len() / 2], values[values.len() - 1]]
}
