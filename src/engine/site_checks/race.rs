//! A staggered race: attempts begin two at a time, the next two when those have failed or take long, until one wins.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

/// Number of attempts in a round.
const AT_ONCE: usize = 2;

/// After this time without a winner the next round begins, although attempts are in progress.
pub(super) const PATIENCE: Duration = Duration::from_millis(1_500);

/// Runs attempts in their order until one wins; `note` gets each result with the number of its round, from 1. The rest is
/// cancelled.
pub(super) async fn race<T, F: Future<Output = T>>(
    attempts: Vec<F>,
    patience: Duration,
    mut note: impl FnMut(usize, &T),
    wins: impl Fn(&T) -> bool,
) -> Vec<(usize, T)> {
    let (mut waiting, mut running) = (attempts.into_iter(), FuturesUnordered::new());
    let (mut results, mut round) = (Vec::new(), 0);
    let mut due = Instant::now();
    loop {
        if running.is_empty() || due <= Instant::now() {
            round += 1;
            due = Instant::now() + patience;
            let numbered = |attempt: F| async move { (round, attempt.await) };
            running.extend(waiting.by_ref().take(AT_ONCE).map(numbered));
        }
        let has_more = waiting.len() > 0;
        tokio::select! {
            Some((round, result)) = running.next() => {
                note(round, &result);
                let is_over = wins(&result);
                results.push((round, result));
                if is_over {
                    return results;
                }
            }
            () = sleep_until(due), if has_more => {}
            else => return results,
        }
        if running.is_empty() && !has_more {
            return results;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Attempt {
        Fails,
        Wins,
        Hangs,
    }

    /// The place and the round of the attempt that wins.
    async fn winner(attempts: &[Attempt]) -> Option<(usize, usize)> {
        let run = |(place, attempt): (usize, Attempt)| async move {
            if attempt == Attempt::Hangs {
                std::future::pending::<()>().await;
            }
            (place, attempt)
        };
        let runs = attempts.iter().copied().enumerate().map(run).collect();
        let mut noted = 0;
        let wins = |(_, attempt): &(usize, Attempt)| *attempt == Attempt::Wins;
        let ended = race(runs, Duration::from_millis(10), |_, _| noted += 1, wins).await;
        assert_eq!(noted, ended.len());
        let last = ended.last().filter(|(_, result)| wins(result));
        last.map(|(round, (place, _))| (*place, *round))
    }

    #[tokio::test]
    async fn the_next_two_begin_when_two_have_failed_or_take_long() {
        use Attempt::{Fails, Hangs, Wins};
        assert_eq!(winner(&[]).await, None);
        assert_eq!(winner(&[Fails, Fails, Fails]).await, None);
        assert_eq!(winner(&[Fails, Wins]).await, Some((1, 1)));
        assert_eq!(winner(&[Fails, Fails, Fails, Wins]).await, Some((3, 2)));
        assert_eq!(winner(&[Hangs, Fails, Wins]).await, Some((2, 2)));
        assert_eq!(winner(&[Hangs, Hangs, Hangs, Hangs, Wins]).await, Some((4, 3)));
    }
}
