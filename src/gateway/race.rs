//! One thing asked of several members: whoever gives it first.
//!
//! The first is asked alone. Where it fails, the next is asked at once; where it is slow, the next
//! is asked beside it and nobody is given up, for a slow answer is still an answer (the idea of
//! Happy Eyeballs, RFC 8305). Who was slower than another one, or failed where another one did
//! not, is told to the caller: that says something of the member, while failing together says
//! something of the place they were asked for.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::future::Either;
use futures_util::stream::{FuturesUnordered, StreamExt};

/// What somebody gave. Members are numbered in the order in which they were asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Won<T, E> {
    /// What was given.
    pub(super) value: T,
    /// By whom.
    pub(super) winner: usize,
    /// Who had been given all its time, and was still silent.
    pub(super) late: Vec<usize>,
    /// Who failed, and how.
    pub(super) failed: Vec<(usize, E)>,
}

/// How it went with the first.
pub(super) enum First<F, E> {
    /// It has been silent for all its time; here is what it may still say.
    Late(F),
    /// It failed.
    Failed(E),
}

/// Asks the first; where it fails or takes longer than `patience`, the others as well.
///
/// # Errors
/// All have failed; this is what the last of them said.
pub(super) async fn race<T, E>(
    first: impl Future<Output = Result<T, E>>,
    others: impl Iterator<Item = impl Future<Output = Result<T, E>>>,
    patience: Duration,
) -> Result<Won<T, E>, E> {
    let mut first: Pin<&mut _> = pin!(first);
    let start = match tokio::time::timeout(patience, &mut first).await {
        Ok(Ok(value)) => return Ok(Won { value, winner: 0, late: Vec::new(), failed: Vec::new() }),
        Ok(Err(error)) => First::Failed(error),
        Err(_elapsed) => First::Late(first),
    };
    // Rare, and large: the usual case is not to carry it along.
    Box::pin(overtake(start, others, patience)).await
}

/// Asks the others, now that the first has failed or been silent for `patience`. The longer it
/// takes, the less is gained by waiting: each of them has half of that before one more is asked.
///
/// # Errors
/// All have failed; this is what the last of them said.
pub(super) async fn overtake<T, E>(
    start: First<impl Future<Output = Result<T, E>>, E>,
    others: impl Iterator<Item = impl Future<Output = Result<T, E>>>,
    patience: Duration,
) -> Result<Won<T, E>, E> {
    let numbered = |number, attempt| async move { (number, attempt.await) };
    let (mut running, mut failed, mut late) = (FuturesUnordered::new(), Vec::new(), Vec::new());
    match start {
        First::Late(first) => {
            running.push(numbered(0, Either::Left(first)));
            late.push(0);
        }
        First::Failed(error) => failed.push((0, error)),
    }
    let mut others = others.enumerate().fuse();
    let mut asked = 1;
    loop {
        let next = others.next();
        let pause = if next.is_some() { patience / 2 } else { Duration::MAX };
        if let Some((index, other)) = next {
            asked = index + 2;
            running.push(numbered(index + 1, Either::Right(other)));
        }
        match tokio::time::timeout(pause, running.next()).await {
            Ok(Some((winner, Ok(value)))) => {
                late.retain(|number| *number != winner && failed.iter().all(|(other, _)| other != number));
                return Ok(Won { value, winner, late, failed });
            }
            Ok(Some((number, Err(error)))) => failed.push((number, error)),
            Ok(None) => return Err(failed.pop().expect("the first at least has failed").1),
            Err(_elapsed) => late = (0..asked).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};
    use std::task::Poll;

    use tokio::sync::Notify;

    use super::*;

    type Attempt<'a> = Pin<Box<dyn Future<Output = Result<&'static str, &'static str>> + 'a>>;

    fn gives<'a>(what: &'static str) -> Attempt<'a> {
        Box::pin(ready(Ok(what)))
    }

    fn fails<'a>(how: &'static str) -> Attempt<'a> {
        Box::pin(ready(Err(how)))
    }

    fn silent<'a>() -> Attempt<'a> {
        Box::pin(pending())
    }

    fn unasked<'a>() -> Attempt<'a> {
        Box::pin(poll_fn(|_| -> Poll<_> { panic!("nobody was to ask") }))
    }

    async fn run(attempts: Vec<Attempt<'_>>) -> Result<Won<&'static str, &'static str>, &'static str> {
        let mut attempts = attempts.into_iter();
        let first = attempts.next().unwrap();
        race(first, attempts, Duration::from_millis(20)).await
    }

    #[tokio::test]
    async fn the_first_is_asked_alone_while_it_has_time() {
        let won = run(vec![gives("a"), unasked()]).await.unwrap();
        assert_eq!(won, Won { value: "a", winner: 0, late: vec![], failed: vec![] });
    }

    #[tokio::test]
    async fn a_failure_has_the_next_asked() {
        let won = run(vec![fails("x"), fails("y"), gives("c"), unasked()]).await.unwrap();
        assert_eq!(won, Won { value: "c", winner: 2, late: vec![], failed: vec![(0, "x"), (1, "y")] });
    }

    #[tokio::test]
    async fn the_slow_may_still_win() {
        let second_is_asked = Notify::new();
        let first: Attempt<'_> = Box::pin(async {
            second_is_asked.notified().await;
            Ok("a")
        });
        let second: Attempt<'_> = Box::pin(async {
            second_is_asked.notify_one();
            pending().await
        });
        let won = run(vec![first, second]).await.unwrap();
        assert_eq!(won, Won { value: "a", winner: 0, late: vec![], failed: vec![] });
    }

    #[tokio::test]
    async fn who_is_overtaken_was_late() {
        let won = run(vec![silent(), silent(), fails("x"), gives("d")]).await.unwrap();
        assert_eq!(won, Won { value: "d", winner: 3, late: vec![0, 1], failed: vec![(2, "x")] });
    }

    #[tokio::test]
    async fn who_was_late_and_then_failed_has_failed() {
        let second_is_asked = Notify::new();
        let first: Attempt<'_> = Box::pin(async {
            second_is_asked.notified().await;
            Err("x")
        });
        let second: Attempt<'_> = Box::pin(async {
            second_is_asked.notify_one();
            pending().await
        });
        let won = run(vec![first, second, gives("c")]).await.unwrap();
        assert_eq!(won, Won { value: "c", winner: 2, late: vec![], failed: vec![(0, "x")] });
    }

    #[tokio::test]
    async fn when_all_fail_the_last_reason_is_given() {
        assert_eq!(run(vec![fails("x"), fails("y")]).await, Err("y"));
        assert_eq!(run(vec![fails("x")]).await, Err("x"));
    }
}
