//! Hedging: when a request whose member is silent is sent through another one as well ("hedged
//! requests", Dean & Barroso 2013).
//!
//! A copy costs: the page does its work twice, a long poll loses a message. So it is made late,
//! rarely, and with a reason:
//!
//! | the first member | the next one is asked |
//! |---|---|
//! | suspect, or out of the pool | after half of the patience, each time: the request would be lost |
//! | silent, to this and everything else | after the patience; a ClientHello soon again, a page once its check had time |
//! | silent, and its check had time and did not pass | after half of the patience, each time |
//! | answered something since | once, after the patience: it is the page that is slow |
//!
//! The patience is twice what the best member usually takes, and for a page at least twice what its
//! site usually takes. All copies but those of the first and the third line need a token: a pool has
//! a few and gets one for each twenty requests. Who proves with a copy that the first member was at
//! fault gets the token back. One copy for each site is on its way at a time.

pub(super) mod budget;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::race::{Asked, HedgeDelay, RaceResult, SHORTEST_PATIENCE};
use super::site_times::Site;
use super::state::GatewayState;

/// A member that is silent has this long, after the first copy, to pass the check it is asked for.
const CHECK_TIME: Duration = Duration::from_millis(1_200);

/// How often a request that waits looks at how things stand.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What is sent, by how soon a server answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestKind {
    /// A TLS handshake: every server answers at once.
    Handshake,
    /// A request for a page, which takes what it takes.
    Page(Site),
}

/// How it stands with a member that has not answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MemberHealth {
    /// It answered something else since, or passed a check.
    Good,
    /// Nothing came through it since.
    Unknown,
    /// The pool holds it for suspect, or has ejected it.
    Failing,
}

/// What a request that is not answered yet is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HedgeDecision {
    /// Ask the next member.
    Ask,
    /// Ask the next member, if there is a token.
    Copy,
    /// Wait.
    Wait,
}

/// A request that is not answered yet.
#[derive(Clone, Copy, Debug)]
struct PendingRequest {
    is_page: bool,
    health: MemberHealth,
    /// Members asked beside the first.
    copies: usize,
    /// Since the first member was asked.
    waited: Duration,
    /// Since the last one was asked.
    since_last: Duration,
    patience: Duration,
    /// What the site usually takes, where it is known as slow.
    usual: Option<Duration>,
}

impl PendingRequest {
    fn decide(&self) -> HedgeDecision {
        let is_overdue = self.waited >= self.patience.max(self.usual.unwrap_or_default() * 2);
        let pause = match (self.copies, self.is_page) {
            (0, _) => Duration::ZERO,
            (_, false) => self.patience / 2,
            (_, true) => self.patience.max(CHECK_TIME),
        };
        // Its check had time and has not passed either: waiting for a token would lose the request. What comes
        // late from a slow site proves less.
        let is_lost = self.usual.is_none() && self.waited > SHORTEST_PATIENCE + self.patience.max(CHECK_TIME);
        match self.health {
            MemberHealth::Unknown if is_lost && self.since_last >= self.patience / 2 => HedgeDecision::Ask,
            MemberHealth::Failing if self.copies == 0 || self.since_last >= self.patience / 2 => HedgeDecision::Ask,
            MemberHealth::Unknown if is_overdue && self.since_last >= pause => HedgeDecision::Copy,
            MemberHealth::Good if is_overdue && self.copies == 0 => HedgeDecision::Copy,
            MemberHealth::Failing | MemberHealth::Unknown | MemberHealth::Good => HedgeDecision::Wait,
        }
    }
}

/// When one request is sent through further members.
pub(super) struct Hedge {
    state: Arc<GatewayState>,
    kind: RequestKind,
    first: Asked,
    progress: Mutex<HedgeProgress>,
}

struct HedgeProgress {
    last_asked: Instant,
    tokens: u32,
    is_on_its_way: bool,
    has_asked_for_check: bool,
}

impl Hedge {
    /// A request whose first member is asked now.
    pub(super) fn new(state: Arc<GatewayState>, kind: RequestKind, first: Asked) -> Self {
        let progress =
            HedgeProgress { last_asked: Instant::now(), tokens: 0, is_on_its_way: false, has_asked_for_check: false };
        Self { state, kind, first, progress: Mutex::new(progress) }
    }

    /// Takes in how the race of this request ended.
    pub(super) fn conclude<T, E>(&self, won: &RaceResult<T, E>) {
        self.learn(won.took);
        let tokens = std::mem::take(&mut self.progress().tokens);
        if won.is_fault_of(&self.first.member) {
            self.state.budget.give_back(tokens);
        }
    }

    /// Takes in that the first member has answered before another one was asked.
    pub(super) fn answered(&self) {
        self.learn(self.first.waited());
    }

    /// Takes in that the client has left unanswered. If the member is well, the page is slow.
    pub(super) fn given_up(&self) {
        if self.first.has_answered_since() {
            self.learn(self.first.waited());
        }
    }

    fn learn(&self, took: Duration) {
        learn(&self.state, self.kind, took);
    }

    fn progress(&self) -> MutexGuard<'_, HedgeProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn health(&self) -> MemberHealth {
        if self.state.is_failing(&self.first.member) {
            MemberHealth::Failing
        } else if self.first.has_answered_since() {
            MemberHealth::Good
        } else {
            MemberHealth::Unknown
        }
    }

    fn is_time(&self, asked: usize) -> bool {
        let usual = match self.kind {
            RequestKind::Handshake => None,
            RequestKind::Page(site) => self.state.site_times.usual(site),
        };
        let pending = PendingRequest {
            is_page: self.kind != RequestKind::Handshake,
            health: self.health(),
            copies: asked - 1,
            waited: self.first.waited(),
            since_last: self.progress().last_asked.elapsed(),
            patience: self.state.patience(),
            usual,
        };
        match pending.decide() {
            HedgeDecision::Ask => true,
            HedgeDecision::Copy => self.take_token(),
            HedgeDecision::Wait => false,
        }
    }

    fn take_token(&self) -> bool {
        let mut progress = self.progress();
        let has_token = match self.kind {
            RequestKind::Page(site) if !progress.is_on_its_way => {
                progress.is_on_its_way = self.state.budget.take_for(site);
                progress.is_on_its_way
            }
            RequestKind::Page(_) | RequestKind::Handshake => self.state.budget.take(),
        };
        progress.tokens += u32::from(has_token);
        has_token
    }

    /// A member that is silent is checked, once for each request: the check says whether it is well.
    fn ask_for_check(&self) {
        if !std::mem::replace(&mut self.progress().has_asked_for_check, true) {
            self.state.unanswered(&self.first);
        }
    }
}

impl HedgeDelay for Hedge {
    async fn may_ask(&self, asked: usize) {
        tokio::time::sleep(SHORTEST_PATIENCE.saturating_sub(self.first.waited())).await;
        self.ask_for_check();
        while !self.is_time(asked) {
            self.state.table_replaced_within(LOOK_AGAIN).await;
        }
        self.progress().last_asked = Instant::now();
    }
}

impl Drop for Hedge {
    fn drop(&mut self) {
        if let RequestKind::Page(site) = self.kind
            && self.progress().is_on_its_way
        {
            self.state.budget.arrived(site);
        }
    }
}

/// Takes in what an answer took.
pub(super) fn learn(state: &GatewayState, kind: RequestKind, took: Duration) {
    match kind {
        RequestKind::Handshake => {}
        RequestKind::Page(site) => state.site_times.observe(site, took),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(800);

    fn after(ms: u64) -> PendingRequest {
        let waited = Duration::from_millis(ms);
        PendingRequest {
            is_page: true,
            health: MemberHealth::Unknown,
            copies: 0,
            waited,
            since_last: waited,
            patience: PATIENCE,
            usual: None,
        }
    }

    #[test]
    fn nobody_else_is_asked_before_the_patience_is_over() {
        for health in [MemberHealth::Good, MemberHealth::Unknown] {
            assert_eq!(PendingRequest { health, ..after(799) }.decide(), HedgeDecision::Wait);
            assert_eq!(PendingRequest { health, ..after(800) }.decide(), HedgeDecision::Copy);
        }
        assert_eq!(PendingRequest { health: MemberHealth::Failing, ..after(1) }.decide(), HedgeDecision::Ask);
    }

    #[test]
    fn a_site_that_is_usually_slow_has_its_time() {
        let usual = Some(Duration::from_secs(5));
        for health in [MemberHealth::Good, MemberHealth::Unknown] {
            assert_eq!(PendingRequest { health, usual, ..after(9_999) }.decide(), HedgeDecision::Wait);
            assert_eq!(PendingRequest { health, usual, ..after(10_000) }.decide(), HedgeDecision::Copy);
        }
        assert_eq!(PendingRequest { health: MemberHealth::Failing, usual, ..after(900) }.decide(), HedgeDecision::Ask);
    }

    #[test]
    fn a_healthy_first_member_has_one_copy_beside_it() {
        assert_eq!(
            PendingRequest { health: MemberHealth::Good, copies: 1, ..after(60_000) }.decide(),
            HedgeDecision::Wait
        );
        let since_last = Duration::from_millis(1_199);
        let silent = PendingRequest { copies: 1, since_last, ..after(2_000) };
        assert_eq!(silent.decide(), HedgeDecision::Wait, "its check is on the way");
        let unproven = PendingRequest { waited: Duration::from_millis(2_001), ..silent };
        assert_eq!(unproven.decide(), HedgeDecision::Ask, "its check had time and has not passed");
        assert_eq!(PendingRequest { since_last: CHECK_TIME, ..silent }.decide(), HedgeDecision::Copy);
        let half = PATIENCE / 2;
        assert_eq!(PendingRequest { is_page: false, since_last: half, ..silent }.decide(), HedgeDecision::Copy);
        assert_eq!(
            PendingRequest { health: MemberHealth::Failing, since_last: half, ..silent }.decide(),
            HedgeDecision::Ask
        );
    }
}
