//! Hedging: decides when a request whose member is silent is also sent through another one ("hedged requests", Dean &
//! Barroso 2013).
//!
//! A copy has a cost: the server handles the request twice, and a long poll may lose a message. So copies are late,
//! rare and justified:
//!
//! | the first member | the next member is tried |
//! |---|---|
//! | suspect, or out of the pool | after half of the patience, each time: the request would be lost |
//! | silent for all requests | after the patience; a ClientHello soon again, a page once the member's check had time |
//! | silent, and its check had time and did not pass | after half of the patience, each time |
//! | has answered something since | once, after the patience: the page itself is slow |
//!
//! The patience is twice the usual time of the best member, and for a page at least twice the usual time of its site.
//! All copies except those of the first and the third row need a token: a pool has a few and earns one for each twenty
//! requests. If a copy proves that the first member was at fault, the token is returned. Only one copy per site is in
//! progress at a time.

pub(super) mod budget;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::race::{Attempt, HedgeDelay, MIN_PATIENCE, RaceResult};
use super::site_times::Site;
use super::state::GatewayState;

/// Time for a silent member, after the first copy, to pass the check that is requested then.
const CHECK_TIME: Duration = Duration::from_millis(1_200);

/// How often a waiting request is re-evaluated.
const RECHECK_INTERVAL: Duration = Duration::from_millis(100);

/// The kind of a request, by how soon servers answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestKind {
    /// A TLS handshake: every server answers it at once.
    Handshake,
    /// A page, which may take any time.
    Page(Site),
}

/// The health of a member that has not answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MemberHealth {
    /// It has responded to something else since, or passed a check.
    Good,
    /// It has responded to nothing since.
    Unknown,
    /// It is suspect or ejected.
    Failing,
}

/// What to do with a request without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HedgeDecision {
    /// Send it through the next member.
    Send,
    /// Send it through the next member, if there is a token.
    SendWithToken,
    /// Wait.
    Wait,
}

/// A request without a response.
#[derive(Clone, Copy, Debug)]
struct PendingRequest {
    is_page: bool,
    health: MemberHealth,
    /// Number of members tried in addition to the first.
    copies: usize,
    /// Time since the first member was tried.
    waited: Duration,
    /// Time since the last one was tried.
    since_last: Duration,
    patience: Duration,
    /// The usual time of the site, if it is known to be slow.
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
        // The member's check had time and has not passed either: waiting for a token would lose the request. For a slow
        // site, silence proves less.
        let is_lost = self.usual.is_none() && self.waited > MIN_PATIENCE + self.patience.max(CHECK_TIME);
        match self.health {
            MemberHealth::Unknown if is_lost && self.since_last >= self.patience / 2 => HedgeDecision::Send,
            MemberHealth::Failing if self.copies == 0 || self.since_last >= self.patience / 2 => HedgeDecision::Send,
            MemberHealth::Unknown if is_overdue && self.since_last >= pause => HedgeDecision::SendWithToken,
            MemberHealth::Good if is_overdue && self.copies == 0 => HedgeDecision::SendWithToken,
            MemberHealth::Failing | MemberHealth::Unknown | MemberHealth::Good => HedgeDecision::Wait,
        }
    }
}

/// Decides when a request is sent through further members.
pub(super) struct Hedge {
    state: Arc<GatewayState>,
    kind: RequestKind,
    first: Attempt,
    progress: Mutex<HedgeProgress>,
}

struct HedgeProgress {
    last_sent: Instant,
    tokens: u32,
    is_copy_in_progress: bool,
    has_requested_check: bool,
}

impl Hedge {
    /// A request that is sent through its first member now.
    pub(super) fn new(state: Arc<GatewayState>, kind: RequestKind, first: Attempt) -> Self {
        let progress = HedgeProgress {
            last_sent: Instant::now(),
            tokens: 0,
            is_copy_in_progress: false,
            has_requested_check: false,
        };
        Self { state, kind, first, progress: Mutex::new(progress) }
    }

    /// Evaluates the result of the request's race.
    pub(super) fn conclude<T, E>(&self, won: &RaceResult<T, E>) {
        self.record_time(won.took);
        let tokens = std::mem::take(&mut self.progress().tokens);
        if won.is_fault_of(&self.first.member) {
            self.state.budget.return_tokens(tokens);
        }
    }

    /// The first member has responded before another one was tried.
    pub(super) fn answered(&self) {
        self.record_time(self.first.waited());
    }

    /// The client has disconnected without a response. If the member is healthy, the page is slow.
    pub(super) fn abandoned(&self) {
        if self.first.has_answered_since() {
            self.record_time(self.first.waited());
        }
    }

    fn record_time(&self, took: Duration) {
        record_time(&self.state, self.kind, took);
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

    fn may_send(&self, sent: usize) -> bool {
        let usual = match self.kind {
            RequestKind::Handshake => None,
            RequestKind::Page(site) => self.state.site_times.usual(site),
        };
        let pending = PendingRequest {
            is_page: self.kind != RequestKind::Handshake,
            health: self.health(),
            copies: sent - 1,
            waited: self.first.waited(),
            since_last: self.progress().last_sent.elapsed(),
            patience: self.state.patience(),
            usual,
        };
        match pending.decide() {
            HedgeDecision::Send => true,
            HedgeDecision::SendWithToken => self.take_token(),
            HedgeDecision::Wait => false,
        }
    }

    fn take_token(&self) -> bool {
        let mut progress = self.progress();
        let has_token = match self.kind {
            RequestKind::Page(site) if !progress.is_copy_in_progress => {
                progress.is_copy_in_progress = self.state.budget.take_for(site);
                progress.is_copy_in_progress
            }
            RequestKind::Page(_) | RequestKind::Handshake => self.state.budget.take(),
        };
        progress.tokens += u32::from(has_token);
        has_token
    }

    /// Requests a check of the silent member, once per request.
    fn request_check(&self) {
        if !std::mem::replace(&mut self.progress().has_requested_check, true) {
            self.state.report_silence(&self.first);
        }
    }
}

impl HedgeDelay for Hedge {
    async fn until_next(&self, sent: usize) {
        tokio::time::sleep(MIN_PATIENCE.saturating_sub(self.first.waited())).await;
        self.request_check();
        while !self.may_send(sent) {
            self.state.table_replaced_within(RECHECK_INTERVAL).await;
        }
        self.progress().last_sent = Instant::now();
    }
}

impl Drop for Hedge {
    fn drop(&mut self) {
        if let RequestKind::Page(site) = self.kind
            && self.progress().is_copy_in_progress
        {
            self.state.budget.release(site);
        }
    }
}

/// Records the response time of a site.
pub(super) fn record_time(state: &GatewayState, kind: RequestKind, took: Duration) {
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
    fn no_copy_is_sent_before_the_patience_is_over() {
        for health in [MemberHealth::Good, MemberHealth::Unknown] {
            assert_eq!(PendingRequest { health, ..after(799) }.decide(), HedgeDecision::Wait);
            assert_eq!(PendingRequest { health, ..after(800) }.decide(), HedgeDecision::SendWithToken);
        }
        assert_eq!(PendingRequest { health: MemberHealth::Failing, ..after(1) }.decide(), HedgeDecision::Send);
    }

    #[test]
    fn a_slow_site_gets_its_usual_time() {
        let usual = Some(Duration::from_secs(5));
        for health in [MemberHealth::Good, MemberHealth::Unknown] {
            assert_eq!(PendingRequest { health, usual, ..after(9_999) }.decide(), HedgeDecision::Wait);
            assert_eq!(PendingRequest { health, usual, ..after(10_000) }.decide(), HedgeDecision::SendWithToken);
        }
        assert_eq!(PendingRequest { health: MemberHealth::Failing, usual, ..after(900) }.decide(), HedgeDecision::Send);
    }

    #[test]
    fn a_healthy_first_member_causes_one_copy() {
        assert_eq!(
            PendingRequest { health: MemberHealth::Good, copies: 1, ..after(60_000) }.decide(),
            HedgeDecision::Wait
        );
        let since_last = Duration::from_millis(1_199);
        let silent = PendingRequest { copies: 1, since_last, ..after(2_000) };
        assert_eq!(silent.decide(), HedgeDecision::Wait, "its check is in progress");
        let unproven = PendingRequest { waited: Duration::from_millis(2_001), ..silent };
        assert_eq!(unproven.decide(), HedgeDecision::Send, "its check had time and has not passed");
        assert_eq!(PendingRequest { since_last: CHECK_TIME, ..silent }.decide(), HedgeDecision::SendWithToken);
        let half = PATIENCE / 2;
        assert_eq!(
            PendingRequest { is_page: false, since_last: half, ..silent }.decide(),
            HedgeDecision::SendWithToken
        );
        assert_eq!(
            PendingRequest { health: MemberHealth::Failing, since_last: half, ..silent }.decide(),
            HedgeDecision::Send
        );
    }
}
