//! This machine's own network: whether it, and not a node, is at fault.
//!
//! Where members fail and none proves that the network works, a direct look is asked for, past all
//! members. *Up*: the nodes are at fault; others are tried in their place. *Down*, or a *portal*
//! that wants a login: everything freezes. Nobody is ejected, evicted or checked, all stay in use,
//! and the look is repeated until the network is back; a member through which something comes says
//! so as well. What was seen meanwhile is forgotten then.
//!
//! Another way to the world, or a machine that has slept, is told as a change: what was held
//! against members was about another network.

use std::time::{Duration, Instant};

use super::super::Report;
use super::health_state::Standing;
use super::member::Member;
use super::{Action, Fleet};
use crate::model::snapshot::Network;

/// Pause before the network is looked at again while it is down: each look adds one second, up to
/// the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// While nodes are at fault all the same: the network may go as well.
const PAUSE_UP: Duration = Duration::from_secs(10);

/// A look that is not answered after this is given up.
const LOST: Duration = Duration::from_secs(15);

/// How long after a change members are checked: several routes change one after another.
const SETTLE: Duration = Duration::from_millis(500);

/// What a direct look says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Pages come.
    Up,
    /// Nothing comes.
    Down,
    /// Somebody in between wants a login.
    Portal {
        /// Where it leads to; empty where it does not say.
        location: String,
    },
}

/// What is known of the network.
#[derive(Debug, Default)]
pub(super) struct OwnNetwork {
    freeze: Option<Freeze>,
    looking: Option<Instant>,
    /// When the last look that said "up" began.
    up_at: Option<Instant>,
}

#[derive(Debug)]
struct Freeze {
    since: Instant,
    verdict: Verdict,
    looks: u32,
    next_look: Instant,
}

impl OwnNetwork {
    /// Whether everything waits for the network.
    pub(super) fn is_frozen(&self) -> bool {
        self.freeze.is_some()
    }

    /// Whether a look that began after a moment said that the network works.
    pub(super) fn was_up_after(&self, moment: Instant) -> bool {
        self.freeze.is_none() && self.up_at.is_some_and(|at| at >= moment)
    }

    /// What is to be shown of it; none where that is for real traffic to say.
    pub(super) fn shown(&self) -> Option<Network> {
        match &self.freeze.as_ref()?.verdict {
            Verdict::Up => Some(Network::Up),
            Verdict::Down => Some(Network::Down),
            Verdict::Portal { .. } => Some(Network::Portal),
        }
    }

    /// Whether a look about trouble since `since` is to begin.
    fn begin_look(&mut self, since: Instant, now: Instant) -> bool {
        let may = self.may_look_at(since).is_some_and(|at| at <= now);
        if may {
            self.looking = Some(now);
        }
        may
    }

    /// When a look about trouble since `since` may begin; none while one is on its way.
    pub(super) fn may_look_at(&self, since: Instant) -> Option<Instant> {
        match (self.looking, &self.freeze, self.up_at) {
            (Some(began), ..) => Some(began + LOST),
            (None, Some(freeze), _) => Some(freeze.next_look),
            (None, None, Some(up)) if up >= since => Some(up + PAUSE_UP),
            (None, None, _) => Some(since),
        }
    }

    /// When it wants to be asked again.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.freeze.as_ref().and_then(|freeze| self.may_look_at(freeze.since))
    }
}

impl Fleet {
    /// Asks for a direct look, if one about trouble since then is due.
    pub(super) fn look(&mut self, since: Instant, now: Instant, actions: &mut Vec<Action>) {
        if self.network.begin_look(since, now) {
            let members = self.members.iter().filter(|member| !member.is_retired());
            let server = |member: &Member| (member.candidate.node.host.clone(), member.candidate.node.port);
            actions.push(Action::LookAtNetwork { servers: members.map(server).collect() });
        }
    }

    /// Takes in what a direct look said.
    pub(super) fn looked(&mut self, verdict: Verdict, now: Instant, actions: &mut Vec<Action>) {
        let Some(began) = self.network.looking.take() else { return };
        let is_over = !self.members.iter().any(Member::is_in_trouble);
        let is_disproven = self.members.iter().any(|member| member.proves_after(began));
        if verdict == Verdict::Up {
            self.network.up_at = Some(began);
            self.thaw(now, actions);
        } else if self.network.is_frozen() || !(is_over || is_disproven) {
            self.freeze_on(verdict, now, actions);
        }
    }

    /// While frozen: looks again when it is time, and ends the freeze where a member proves that
    /// the network is back.
    pub(super) fn watch_freeze(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let Some(freeze) = &self.network.freeze else { return };
        // What was on its way when the network went may still arrive for a moment.
        let since = freeze.since + Duration::from_secs(1);
        if self.members.iter().all(Member::is_retired) {
            self.network = OwnNetwork::default();
            actions.push(Action::Publish);
        } else if self.members.iter().any(|member| member.proves_after(since)) {
            self.thaw(now, actions);
        } else {
            let since = freeze.since;
            self.look(since, now, actions);
        }
    }

    /// Ends a freeze, if there is one: all is forgotten, and everybody is checked.
    pub(super) fn thaw(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.network.freeze.take().is_some() {
            self.forget(now);
            actions.push(Action::Publish);
            actions.push(Action::Report(Report::NetworkBack));
        }
    }

    /// Takes in that this machine is on another network, or has slept.
    pub(super) fn network_changed(&mut self, now: Instant, actions: &mut Vec<Action>) {
        // A look on its way may have gone the old way.
        (self.network.looking, self.network.up_at) = (None, None);
        if let Some(freeze) = &mut self.network.freeze {
            (freeze.looks, freeze.next_look) = (0, now);
            return;
        }
        self.forget(now + SETTLE);
        actions.push(Action::Publish);
    }

    fn freeze_on(&mut self, verdict: Verdict, now: Instant, actions: &mut Vec<Action>) {
        let before = self.network.freeze.take();
        let looks = before.as_ref().map_or(0, |freeze| freeze.looks + 1);
        let pause = (FIRST_PAUSE + Duration::from_secs(1) * looks).min(LONGEST_PAUSE);
        if before.as_ref().is_none_or(|freeze| freeze.verdict != verdict) {
            actions.push(Action::Publish);
            actions.push(Action::Report(match verdict.clone() {
                Verdict::Portal { location } => Report::CaptivePortal { location },
                Verdict::Up | Verdict::Down => Report::NetworkDown,
            }));
        }
        let since = before.map_or(now, |freeze| freeze.since);
        self.network.freeze = Some(Freeze { since, verdict, looks, next_look: now + pause });
    }

    /// Forgets what was held against members and nodes, and has all members checked.
    fn forget(&mut self, check_at: Instant) {
        self.bench.clear();
        self.all_fail = false;
        for member in self.members.iter_mut().filter(|member| member.ready().is_some()) {
            member.health.forget();
            member.health.check_at(check_at);
        }
    }
}

impl Member {
    /// Whether something is held against it.
    fn is_in_trouble(&self) -> bool {
        match self.health.standing {
            Standing::Suspect | Standing::Accused(_) => self.ready().is_some(),
            Standing::New | Standing::Good | Standing::Ejected(_) => false,
        }
    }

    /// Whether it has shown after a moment that the network works.
    pub(super) fn proves_after(&self, moment: Instant) -> bool {
        self.health.last_pass().is_some_and(|at| at > moment) || self.traffic.came_after(moment)
    }
}
