//! Sends one request through several members: the first response wins.
//!
//! The first member is tried alone. If it fails, the next one is tried at once; if it is silent, a [`HedgeDelay`]
//! decides when the next one is tried as well. No attempt is abandoned, because a slow response is still a response (as
//! in Happy Eyeballs, RFC 8305).
//!
//! If no member is left, the race goes on with those that come later, as long as one attempt is in progress or one member
//! has failed itself ([`CandidateSource::renew`]). A connection that ended without a response may be the fault of either
//! side; before the race is lost, [`CandidateSource::has_lost_server`] decides whose it is.
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

use super::strategy::MAX_TRIES;
use crate::model::Upstream;

/// Shortest time that a member is given for its first byte: a handshake with a distant server that loses a packet takes
/// as long.
pub(super) const MIN_PATIENCE: Duration = Duration::from_millis(800);

/// A loser must have been silent for this much longer than the winner took: less may be chance.
const MARGIN: Duration = Duration::from_millis(800);

/// Maximum number of attempts after which a race still goes on with members that come later.
const MAX_ATTEMPTS: usize = 2 * MAX_TRIES;

/// Decides when further members are tried while one is silent.
pub(super) trait HedgeDelay {
    /// Completes when one more member may be tried; `started` have been tried so far.
    fn until_next(&self, started: usize) -> impl Future<Output = ()> + Send;
}

/// The members that a race may try, best first.
pub(super) trait CandidateSource: Iterator<Item = Arc<Upstream>> {
    /// Whether no member is left to try.
    fn is_empty(&self) -> bool;

    /// Waits for members other than those that were tried, and returns whether there is one in time.
    fn renew(&mut self, tried: impl Fn() -> Vec<Arc<Upstream>> + Send) -> impl Future<Output = bool> + Send;

    /// Whether a member that gave no response cannot be connected through any more.
    fn has_lost_server(&self, member: &Upstream) -> impl Future<Output = bool> + Send;
}

/// The error of an attempt.
pub(super) trait AttemptFailure: Sized + Sync {
    /// Whether the member itself has failed, so that another one, or a later one, may do better.
    fn is_members_fault(&self) -> bool;

    /// Whether it may be the fault of the member or of the target.
    fn is_of_either(&self) -> bool;

    /// The same failure, now that it is known to be the member's.
    fn of_member(self) -> Self;
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
pub(super) async fn race<T, E: AttemptFailure, F: Future<Output = Result<T, E>>>(
    first: Arc<Upstream>,
    others: impl CandidateSource,
    ask: impl Fn(Arc<Upstream>) -> F,
    delay: &impl HedgeDelay,
) -> Result<RaceResult<T, E>, E> {
    let attempt = Attempt::start(Arc::clone(&first));
    let mut first: Pin<&mut _> = pin!(ask(first));
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
    Box::pin(race_others(attempt, start, others, ask, delay)).await
}

/// Tries the other members, after the first has failed or been silent for long enough.
///
/// # Errors
/// All have failed; the last error.
pub(super) async fn race_others<T, E: AttemptFailure, F: Future<Output = Result<T, E>>>(
    first: Attempt,
    start: FirstAttempt<impl Future<Output = Result<T, E>>, E>,
    mut others: impl CandidateSource,
    ask: impl Fn(Arc<Upstream>) -> F,
    delay: &impl HedgeDelay,
) -> Result<RaceResult<T, E>, E> {
    let numbered = |number, attempt| async move { (number, attempt.await) };
    let (mut running, mut failed, mut attempts) = (FuturesUnordered::new(), Vec::new(), vec![first]);
    match start {
        FirstAttempt::Silent(first) => running.push(numbered(0, Either::Left(first))),
        FirstAttempt::Failed(error) => failed.push((0, error)),
    }
    let (mut may_start, mut is_renewed) = (true, true);
    loop {
        if may_start && let Some(member) = others.next() {
            running.push(numbered(attempts.len(), Either::Right(ask(Arc::clone(&member)))));
            attempts.push(Attempt::start(member));
            may_start = false;
        }
        let (is_empty, is_running) = (others.is_empty(), !running.is_empty());
        let may_renew = is_renewed && attempts.len() < MAX_ATTEMPTS && (is_running || is_any_members_fault(&failed));
        tokio::select! {
            biased;
            Some(ended) = running.next() => match ended {
                (winner, Ok(value)) => return Ok(conclude(value, winner, &attempts, failed)),
                (number, Err(error)) => {
                    failed.push((number, error));
                    may_start = true;
                }
            },
            () = delay.until_next(attempts.len()), if is_running && !is_empty => may_start = true,
            renewed = others.renew(|| tried(&attempts, &failed)), if is_empty && may_renew => {
                is_renewed = renewed;
                may_start |= !is_running;
            }
            else => {
                let (number, error) = failed.pop().expect("the first at least has failed");
                let may_check = is_renewed && attempts.len() < MAX_ATTEMPTS && error.is_of_either();
                if !may_check || !others.has_lost_server(&attempts[number].member).await {
                    return Err(error);
                }
                failed.push((number, error.of_member()));
            }
        }
    }
}

fn is_any_members_fault<E: AttemptFailure>(failed: &[(usize, E)]) -> bool {
    failed.iter().any(|(_, error)| error.is_members_fault())
}

/// The members that are not tried again: all except those that failed themselves, and have responded since.
fn tried<E: AttemptFailure>(attempts: &[Attempt], failed: &[(usize, E)]) -> Vec<Arc<Upstream>> {
    let has_failed = |number: usize| failed.iter().any(|(other, error)| *other == number && error.is_members_fault());
    let is_back = |number: usize, attempt: &Attempt| has_failed(number) && attempt.has_answered_since();
    let tried = attempts.iter().enumerate().filter(|(number, attempt)| !is_back(*number, attempt));
    tried.map(|(_, attempt)| Arc::clone(&attempt.member)).collect()
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
    use std::cell::RefCell;
    use std::future::{pending, poll_fn, ready};
    use std::task::Poll;

    use tokio::sync::Notify;

    use super::*;
    use crate::gateway::tests::stub::{upstream, within};
    use crate::model::NodeId;

    type TestAttempt<'a> = Pin<Box<dyn Future<Output = Result<&'static str, &'static str>> + 'a>>;

    /// How a member fails itself.
    const DEAD: &str = "dead";

    /// How a connection ends if its member has lost its server, or the site closes it.
    const CLOSED: &str = "closed";

    impl AttemptFailure for &'static str {
        fn is_members_fault(&self) -> bool {
            *self == DEAD
        }

        fn is_of_either(&self) -> bool {
            *self == CLOSED
        }

        fn of_member(self) -> Self {
            DEAD
        }
    }

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

    /// Members of which some come later.
    struct TestMembers {
        now: std::vec::IntoIter<Arc<Upstream>>,
        later: Vec<Arc<Upstream>>,
        lost: Option<NodeId>,
    }

    impl Iterator for TestMembers {
        type Item = Arc<Upstream>;

        fn next(&mut self) -> Option<Arc<Upstream>> {
            self.now.next()
        }
    }

    impl CandidateSource for TestMembers {
        fn is_empty(&self) -> bool {
            self.now.as_slice().is_empty()
        }

        async fn renew(&mut self, tried: impl Fn() -> Vec<Arc<Upstream>>) -> bool {
            assert!(!tried().is_empty() && self.is_empty());
            self.now = std::mem::take(&mut self.later).into_iter();
            !self.is_empty()
        }

        async fn has_lost_server(&self, member: &Upstream) -> bool {
            self.lost.as_ref() == Some(&member.id)
        }
    }

    /// The response, the winner, the silent members and the failed ones; members are named 0, 1, 2.
    type Summary = (&'static str, String, Vec<String>, Vec<(String, &'static str)>);

    async fn run(attempts: Vec<TestAttempt<'_>>) -> Result<Summary, &'static str> {
        run_with(attempts, Vec::new(), None).await
    }

    /// Runs a race; the last attempts are through members that come later, and one has lost its server.
    async fn run_with(
        mut attempts: Vec<TestAttempt<'_>>,
        later: Vec<TestAttempt<'_>>,
        lost: Option<usize>,
    ) -> Result<Summary, &'static str> {
        let now = attempts.len();
        attempts.extend(later);
        let mut members: Vec<_> =
            (0..attempts.len()).map(|number| Arc::new(upstream(&number.to_string(), "host"))).collect();
        let later = members.split_off(now);
        let mut members = TestMembers {
            now: members.into_iter(),
            later,
            lost: lost.map(|number| upstream(&number.to_string(), "host").id),
        };
        let first = members.next().unwrap();
        let attempts = RefCell::new(attempts.into_iter());
        let ask = |_member| attempts.borrow_mut().next().unwrap();
        let won = within(race(first, members, ask, &FixedDelay(Duration::from_millis(20)))).await?;
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

    #[tokio::test]
    async fn a_member_that_comes_later_is_tried_if_one_failed_itself() {
        let won = run_with(vec![fails("x"), fails(DEAD)], vec![fails("y"), gives("d"), unasked()], None).await;
        let failed = vec![(name(0), "x"), (name(1), DEAD), (name(2), "y")];
        assert_eq!(won, Ok(("d", name(3), vec![], failed)));
        assert_eq!(
            run_with(vec![fails("x"), fails("y")], vec![unasked()], None).await,
            Err("y"),
            "the site's own error"
        );
        assert_eq!(run_with(vec![fails(DEAD)], vec![], None).await, Err(DEAD));
    }

    #[tokio::test]
    async fn a_closed_connection_is_the_members_fault_if_it_has_lost_its_server() {
        let won = run_with(vec![fails(CLOSED)], vec![gives("b"), unasked()], Some(0)).await;
        assert_eq!(won, Ok(("b", name(1), vec![], vec![(name(0), DEAD)])));
        let won = run_with(vec![fails(CLOSED), fails(CLOSED)], vec![gives("c"), unasked()], Some(1)).await;
        assert_eq!(won, Ok(("c", name(2), vec![], vec![(name(0), CLOSED), (name(1), DEAD)])));
        assert_eq!(run_with(vec![fails(CLOSED)], vec![unasked()], None).await, Err(CLOSED));
        assert_eq!(run_with(vec![fails("x")], vec![unasked()], Some(0)).await, Err("x"), "the site's own error");
        assert_eq!(run_with(vec![fails(CLOSED)], vec![], Some(0)).await, Err(DEAD));
    }

    #[tokio::test]
    async fn a_member_that_comes_later_is_tried_if_the_others_are_silent() {
        let won = run_with(vec![silent(), fails("x")], vec![gives("c"), unasked()], None).await;
        assert_eq!(won, Ok(("c", name(2), vec![name(0)], vec![(name(1), "x")])));
        let won = run_with(vec![silent()], vec![gives("b")], None).await;
        assert_eq!(won, Ok(("b", name(1), vec![name(0)], vec![])));
    }

    #[test]
    fn a_member_that_failed_is_tried_again_once_it_works() {
        let members = ["a", "b", "c"].map(|name| Arc::new(upstream(name, "host")));
        let attempts = members.clone().map(Attempt::start);
        let failed = [(0, DEAD), (1, "x")];
        let tried_again = || {
            let tried = tried(&attempts, &failed);
            members.iter().filter(|member| !tried.iter().any(|other| Arc::ptr_eq(other, member))).count()
        };
        assert_eq!(tried_again(), 0);
        members[1].meter.answered(None, 0);
        members[2].meter.answered(None, 0);
        assert_eq!(tried_again(), 0, "one is the site's own error, one is only silent");
        members[0].meter.answered(None, 0);
        assert_eq!(tried_again(), 1);
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
