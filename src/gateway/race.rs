//! Sends one request through several members: the first response wins.
//!
//! The first member is tried alone. If it fails, the next one is tried at once; if it is silent, a [`HedgeDelay`]
//! decides when the next one is tried as well. No attempt is abandoned, because a slow response is still a response (as
//! in Happy Eyeballs, RFC 8305).
//!
//! Losing a race proves little: the page may be slow through any member. So the result only states which members
//! failed, and how long the others were silent compared with the winner. [`SilentMember::is_beaten`] is the rule for
//! what that means.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::Either;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use crate::model::Upstream;

/// Shortest time that a member is given for its first byte: a handshake with a distant server that loses a packet takes
/// as long.
pub(super) const MIN_PATIENCE: Duration = Duration::from_millis(800);

/// A loser must have been silent for this much longer than the winner took: less may be chance.
const MARGIN: Duration = Duration::from_millis(800);

/// Decides when further members are tried while one is silent.
pub(super) trait HedgeDelay {
    /// Completes when one more member may be tried; `started` have been tried so far.
    fn until_next(&self, started: usize) -> impl Future<Output = ()> + Send;
}

/// One more member after each such period.
pub(super) struct FixedDelay(pub(super) Duration);

impl HedgeDelay for FixedDelay {
    fn until_next(&self, _started: usize) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(self.0)
    }
}

/// An attempt through a member, with the member's response count at its start.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// The member.
    pub(super) member: Arc<Upstream>,
    started: Instant,
    answers: u32,
}

impl Attempt {
    /// Starts an attempt now.
    pub(super) fn start(member: Arc<Upstream>) -> Self {
        let answers = member.meter.answers();
        Self { member, started: Instant::now(), answers }
    }

    /// The time since the start.
    pub(super) fn waited(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether the member has responded to anything since, including checks.
    pub(super) fn has_answered_since(&self) -> bool {
        self.member.meter.answers() != self.answers
    }
}

/// A member that had not responded when another one did.
#[derive(Debug)]
pub(super) struct SilentMember {
    /// The member.
    pub(super) member: Arc<Upstream>,
    /// How long it had been silent.
    pub(super) time: Duration,
    /// Whether it has responded to other requests meanwhile.
    pub(super) has_answered: bool,
}

impl SilentMember {
    /// Whether its silence counts against the member, given the time that the winner took: it was silent for clearly
    /// longer, and responded to nothing else meanwhile.
    pub(super) fn is_beaten(&self, winner_took: Duration) -> bool {
        !self.has_answered && self.time >= (winner_took * 2).max(winner_took + MARGIN)
    }
}

/// The result of a race.
#[derive(Debug)]
pub(super) struct RaceResult<T, E> {
    /// The response.
    pub(super) value: T,
    /// The member that gave it.
    pub(super) winner: Arc<Upstream>,
    /// The time from the start of the winner's attempt to its response.
    pub(super) took: Duration,
    /// The members that had not responded.
    pub(super) silent: Vec<SilentMember>,
    /// The members that failed, with their errors.
    pub(super) failed: Vec<(Arc<Upstream>, E)>,
}

impl<T, E> RaceResult<T, E> {
    /// Whether it was this member's fault that another one had to be tried.
    pub(super) fn is_fault_of(&self, member: &Arc<Upstream>) -> bool {
        let has_failed = self.failed.iter().any(|(failed, _)| Arc::ptr_eq(failed, member));
        let is_beaten = |silent: &SilentMember| Arc::ptr_eq(&silent.member, member) && silent.is_beaten(self.took);
        has_failed || self.silent.iter().any(is_beaten)
    }
}

/// The state of the first attempt when others are started.
pub(super) enum FirstAttempt<F, E> {
    /// It is silent; this is its pending response.
    Silent(F),
    /// It has failed.
    Failed(E),
}

/// Tries the first member, and the others if it fails or when `delay` completes.
///
/// # Errors
/// All have failed; the last error.
pub(super) async fn race<T, E>(
    first: (Arc<Upstream>, impl Future<Output = Result<T, E>>),
    others: impl Iterator<Item = (Arc<Upstream>, impl Future<Output = Result<T, E>>)>,
    delay: &impl HedgeDelay,
) -> Result<RaceResult<T, E>, E> {
    let attempt = Attempt::start(first.0);
    let mut first: Pin<&mut _> = pin!(first.1);
    let start = tokio::select! {
        biased;
        answer = &mut first => match answer {
            Ok(value) => {
                let took = attempt.waited();
                return Ok(RaceResult { value, winner: attempt.member, took, silent: Vec::new(), failed: Vec::new() });
            }
            Err(error) => FirstAttempt::Failed(error),
        },
        () = delay.until_next(1) => FirstAttempt::Silent(first),
    };
    // Boxed: this is rare and large, and the common case must stay small.
    Box::pin(race_others(attempt, start, others, delay)).await
}

/// Tries the other members, after the first has failed or been silent for long enough.
///
/// # Errors
/// All have failed; the last error.
pub(super) async fn race_others<T, E>(
    first: Attempt,
    start: FirstAttempt<impl Future<Output = Result<T, E>>, E>,
    others: impl Iterator<Item = (Arc<Upstream>, impl Future<Output = Result<T, E>>)>,
    delay: &impl HedgeDelay,
) -> Result<RaceResult<T, E>, E> {
    let numbered = |number, attempt| async move { (number, attempt.await) };
    let (mut running, mut failed, mut attempts) = (FuturesUnordered::new(), Vec::new(), vec![first]);
    match start {
        FirstAttempt::Silent(first) => running.push(numbered(0, Either::Left(first))),
        FirstAttempt::Failed(error) => failed.push((0, error)),
    }
    let mut others = others.peekable();
    loop {
        if let Some((member, other)) = others.next() {
            running.push(numbered(attempts.len(), Either::Right(other)));
            attempts.push(Attempt::start(member));
        }
        let has_more = others.peek().is_some();
        tokio::select! {
            biased;
            ended = running.next() => match ended {
                Some((winner, Ok(value))) => return Ok(conclude(value, winner, &attempts, failed)),
                Some((number, Err(error))) => failed.push((number, error)),
                None => return Err(failed.pop().expect("the first at least has failed").1),
            },
            () = delay.until_next(attempts.len()), if has_more => {}
        }
    }
}

fn conclude<T, E>(value: T, winner: usize, attempts: &[Attempt], failed: Vec<(usize, E)>) -> RaceResult<T, E> {
    let has_failed = |number: usize| failed.iter().any(|(other, _)| *other == number);
    let silent = attempts.iter().enumerate().filter(|(number, _)| *number != winner && !has_failed(*number));
    let silent = silent.map(|(_, attempt)| SilentMember {
        member: Arc::clone(&attempt.member),
        time: attempt.waited(),
        has_answered: attempt.has_answered_since(),
    });
    let silent = silent.collect();
    let failed = failed.into_iter().map(|(number, error)| (Arc::clone(&attempts[number].member), error)).collect();
    RaceResult { value, winner: Arc::clone(&attempts[winner].member), took: attempts[winner].waited(), silent, failed }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};
    use std::task::Poll;

    use tokio::sync::Notify;

    use super::*;
    use crate::gateway::tests::stub::upstream;

    type TestAttempt<'a> = Pin<Box<dyn Future<Output = Result<&'static str, &'static str>> + 'a>>;

    fn gives<'a>(what: &'static str) -> TestAttempt<'a> {
        Box::pin(ready(Ok(what)))
    }

    fn fails<'a>(how: &'static str) -> TestAttempt<'a> {
        Box::pin(ready(Err(how)))
    }

    fn silent<'a>() -> TestAttempt<'a> {
        Box::pin(pending())
    }

    fn unasked<'a>() -> TestAttempt<'a> {
        Box::pin(poll_fn(|_| -> Poll<_> { panic!("no other member may be tried") }))
    }

    /// The response, the winner, the silent members and the failed ones; members are named 0, 1, 2.
    type Summary = (&'static str, String, Vec<String>, Vec<(String, &'static str)>);

    async fn run(attempts: Vec<TestAttempt<'_>>) -> Result<Summary, &'static str> {
        let mut attempts = attempts
            .into_iter()
            .enumerate()
            .map(|(number, attempt)| (Arc::new(upstream(&number.to_string(), "host")), attempt));
        let first = attempts.next().unwrap();
        let won = race(first, attempts, &FixedDelay(Duration::from_millis(20))).await?;
        let name = |member: &Upstream| member.id.as_str().to_owned();
        let silent = won.silent.iter().map(|silent| name(&silent.member)).collect();
        let failed = won.failed.iter().map(|(member, error)| (name(member), *error)).collect();
        Ok((won.value, name(&won.winner), silent, failed))
    }

    fn name(number: usize) -> String {
        upstream(&number.to_string(), "host").id.as_str().to_owned()
    }

    #[tokio::test]
    async fn the_first_is_tried_alone_within_its_time() {
        assert_eq!(run(vec![gives("a"), unasked()]).await, Ok(("a", name(0), vec![], vec![])));
    }

    #[tokio::test]
    async fn a_failure_starts_the_next_attempt() {
        let won = run(vec![fails("x"), fails("y"), gives("c"), unasked()]).await;
        assert_eq!(won, Ok(("c", name(2), vec![], vec![(name(0), "x"), (name(1), "y")])));
    }

    #[tokio::test]
    async fn the_slow_may_still_win() {
        let second_is_asked = Notify::new();
        let first: TestAttempt<'_> = Box::pin(async {
            second_is_asked.notified().await;
            Ok("a")
        });
        let second: TestAttempt<'_> = Box::pin(async {
            second_is_asked.notify_one();
            pending().await
        });
        assert_eq!(run(vec![first, second]).await, Ok(("a", name(0), vec![name(1)], vec![])));
    }

    #[tokio::test]
    async fn silent_members_are_reported() {
        let won = run(vec![silent(), silent(), fails("x"), gives("d")]).await;
        assert_eq!(won, Ok(("d", name(3), vec![name(0), name(1)], vec![(name(2), "x")])));
    }

    #[tokio::test]
    async fn a_silent_member_that_fails_counts_as_failed() {
        let second_is_asked = Notify::new();
        let first: TestAttempt<'_> = Box::pin(async {
            second_is_asked.notified().await;
            Err("x")
        });
        let second: TestAttempt<'_> = Box::pin(async {
            second_is_asked.notify_one();
            pending().await
        });
        let won = run(vec![first, second, gives("c")]).await;
        assert_eq!(won, Ok(("c", name(2), vec![name(1)], vec![(name(0), "x")])));
    }

    #[tokio::test]
    async fn if_all_fail_the_last_error_is_returned() {
        assert_eq!(run(vec![fails("x"), fails("y")]).await, Err("y"));
        assert_eq!(run(vec![fails("x")]).await, Err("x"));
    }

    #[test]
    fn a_loser_is_beaten_by_a_clear_margin_only() {
        let ms = Duration::from_millis;
        let member = Arc::new(upstream("a", "host"));
        let is_beaten =
            |time, took| SilentMember { member: Arc::clone(&member), time, has_answered: false }.is_beaten(took);
        // The page takes five seconds for everybody.
        assert!(!is_beaten(ms(5_800), ms(5_000)) && !is_beaten(ms(4_200), ms(5_000)));
        // A dead server beside one that answers in the usual time.
        assert!(is_beaten(ms(850), ms(50)) && is_beaten(ms(1_200), ms(400)));
        assert!(!is_beaten(ms(800), ms(50)), "chance");
        assert!(!is_beaten(ms(3_900), ms(2_000)) && is_beaten(ms(4_000), ms(2_000)));
        let alive = SilentMember { member, time: ms(60_000), has_answered: true };
        assert!(!alive.is_beaten(ms(1)));
    }
}
