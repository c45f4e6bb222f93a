//! Who is at fault, and who goes: what checks and real traffic mean for the whole pool.
//!
//! A member that fails is accused. It is ejected only if another member has shown *later* that the
//! network works: by a check that passed, or by bytes that came back through it. Where nobody has,
//! those in good standing are asked for a check, and if that does not help, this machine's own
//! network is looked at ([`super::network`]). More than half of the pool is ejected only if such a
//! look says that the network works, and the last member that serves never is.

use std::time::{Duration, Instant};

use super::super::Report;
use super::health_state::{Charge, Edge, Standing};
use super::member::Member;
use super::{Action, Fleet};
use crate::model::outcome::Signal;
use crate::model::{Failure, NodeId};

/// Bytes through another member count as proof this long after the trouble began: what was on its
/// way then has arrived.
const ARRIVED: Duration = Duration::from_millis(200);

/// Proof that comes later than this after a single failed check may mean that the network was away
/// for a moment and is back: the member is checked once more before it is judged.
const PROMPT: Duration = Duration::from_secs(1);

/// A witness that has not answered after this is not waited for: the network is looked at.
const WITNESS: Duration = Duration::from_millis(1_500);

/// Whether the network worked while a member failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// It did.
    Sure,
    /// It works, but may have been away when the member was checked.
    Late,
    /// Nobody has shown it.
    None,
}

impl Fleet {
    /// Takes in how a check through a member went. While the network is down, that one fails says
    /// nothing.
    pub(super) fn checked(
        &mut self,
        id: &NodeId,
        spawn: u64,
        result: Result<Duration, Failure>,
        now: Instant,
        actions: &mut Vec<Action>,
    ) {
        let (schedule, is_frozen) = (self.wanted.schedule.clone(), self.network.is_frozen());
        let Some(member) = self.find(id, spawn) else { return };
        if member.is_between_checks() {
            return;
        }
        if is_frozen && result.is_err() {
            member.health.pause();
            return;
        }
        let edge = member.note_check(&result, &schedule, now);
        let is_told = edge == Edge::Suspected && member.told.suspected(now);
        let reason = member.reason().filter(|_| is_told).cloned();
        actions.push(Action::Publish);
        actions.push(Action::Report(Report::Checked { id: id.clone(), result }));
        actions.extend(reason.map(|reason| Action::Report(Report::Suspected { id: id.clone(), reason })));
    }

    /// Takes in what the gateway saw of a member. While the network is down, only an answer counts.
    pub(super) fn noted(&mut self, id: &NodeId, signal: Signal, now: Instant, actions: &mut Vec<Action>) {
        if self.network.is_frozen() && signal != Signal::FirstByte {
            return;
        }
        // Of one that is starting or leaving it says nothing new.
        let is_meant = |member: &&mut Member| member.id() == id && member.ready().is_some();
        let Some(member) = self.members.iter_mut().find(is_meant) else { return };
        let before = member.health.standing.clone();
        let edge = member.note_signal(signal, now);
        if member.health.standing != before {
            actions.push(Action::Publish);
        }
        if edge == Edge::Suspected && member.told.suspected(now) {
            let reason = member.reason().cloned();
            actions.extend(reason.map(|reason| Action::Report(Report::Suspected { id: id.clone(), reason })));
        }
    }

    /// Judges the accused: ejects those whose fault is proven, and sees to proof for the rest.
    pub(super) fn judge(&mut self, now: Instant, actions: &mut Vec<Action>) {
        self.members.iter_mut().for_each(|member| member.accuse_by_signs(now));
        let accused = |member: &Member| member.charge().map(|charge| (member.id().clone(), charge.clone()));
        let accused: Vec<_> = self.members.iter().filter_map(accused).collect();
        let mut open = Vec::new();
        for (id, charge) in accused {
            match self.proof_against(&id, &charge, now) {
                Proof::Sure if self.may_eject(&id, &charge, now, actions) => self.convict(&id, now, actions),
                Proof::Late => self.summon(|member| *member.id() == id, now),
                Proof::Sure | Proof::None => open.push((id, charge)),
            }
        }
        self.investigate(&open, now, actions);
        self.replace_untried(&open, now, actions);
        self.note_panic(now, actions);
    }

    fn proof_against(&self, id: &NodeId, charge: &Charge, now: Instant) -> Proof {
        let others = || self.members.iter().filter(|member| member.id() != id);
        let passed = others().filter_map(|member| member.health.last_pass()).filter(|at| *at > charge.since).min();
        let came = others().any(|member| member.traffic.came_after(charge.since + ARRIVED));
        let proven_at = if came { Some(passed.map_or(now, |at| at.min(now))) } else { passed };
        match proven_at {
            None => Proof::None,
            Some(at) if charge.times >= 2 || at <= charge.since + PROMPT => Proof::Sure,
            Some(_) => Proof::Late,
        }
    }

    /// Whether a member may be ejected: another one that works stays, and at least half of all that
    /// have ever worked do, unless the network itself was seen to work.
    fn may_eject(&mut self, id: &NodeId, charge: &Charge, now: Instant, actions: &mut Vec<Action>) -> bool {
        let tried = || self.members.iter().filter(|member| member.ready().is_some() && member.health.is_proven());
        if !tried().any(|member| member.id() != id && member.is_good()) {
            return false;
        }
        let ejected = tried().filter(|member| !member.takes_connections()).count();
        let is_within_half = (ejected + 1) * 2 <= tried().count();
        if !is_within_half && !self.network.was_up_after(charge.since) {
            self.look(charge.since, now, actions);
            return false;
        }
        true
    }

    /// Ejects a member; one that has never worked and is one of too many leaves.
    fn convict(&mut self, id: &NodeId, now: Instant, actions: &mut Vec<Action>) {
        let schedule = self.wanted.schedule.clone();
        let is_spare = self.members.iter().filter(|member| !member.is_retired()).count() > self.wanted.size;
        let Some(member) = self.members.iter_mut().find(|member| member.id() == id) else { return };
        let is_untried = !member.health.is_proven();
        let Some(failure) = member.eject(&schedule, now) else { return };
        if is_untried && is_spare {
            self.dismiss(id, failure, None, now, actions);
            return;
        }
        let is_told = member.told.ejected(now);
        actions.push(Action::Publish);
        actions.extend(is_told.then(|| Action::Report(Report::Ejected { id: id.clone(), failure })));
    }

    /// Asks those in good standing for proof, and looks at the network where nobody is left to ask,
    /// or nobody answers.
    fn investigate(&mut self, open: &[(NodeId, Charge)], now: Instant, actions: &mut Vec<Action>) {
        if let Some(since) = open.iter().map(|(_, charge)| charge.since).max() {
            self.summon(|member| member.is_good() && member.health.last_pass().is_none_or(|at| at <= since), now);
        }
        if let Some(since) = self.doubt_about_network(now) {
            self.look(since, now, actions);
        }
    }

    /// Since when it is doubtful that the network works, if it is.
    fn doubt_about_network(&self, now: Instant) -> Option<Instant> {
        let serving = || self.members.iter().filter(|member| member.takes_connections());
        let nobody_is_good = !serving().any(Member::is_good);
        let is_struck = |member: &&Member| member.health.standing == Standing::Suspect;
        let charges = || serving().filter_map(Member::charge).map(|charge| charge.since);
        let all_struck = serving().filter(is_struck).map(Member::since).max().filter(|_| nobody_is_good);
        let is_open_long = charges().min().is_some_and(|since| since + WITNESS <= now);
        let accused = charges().max().filter(|_| nobody_is_good || charges().count() > 1 || is_open_long);
        all_struck.max(accused)
    }

    /// When there may be more to judge by, or the network is to be looked at.
    pub(super) fn judge_at(&self, now: Instant) -> Option<Instant> {
        if self.network.is_frozen() {
            return self.network.wake_at();
        }
        let members = self.members.iter().filter_map(|member| member.judge_at(now));
        let charges = || self.members.iter().filter_map(Member::charge).map(|charge| charge.since);
        let long = charges().min().map(|since| since + WITNESS);
        let again = charges().max().and_then(|since| self.network.may_look_at(since));
        members.chain(long.zip(again).map(|(long, again)| long.max(again))).min()
    }

    /// Lets those go that were started in the place of others, and do not work either.
    fn replace_untried(&mut self, open: &[(NodeId, Charge)], now: Instant, actions: &mut Vec<Action>) {
        for (id, charge) in open {
            let here = self.members.iter().filter(|member| !member.is_retired());
            let is_spare = here.count() > self.wanted.size;
            let is_untried = self.members.iter().any(|member| member.id() == id && !member.health.is_proven());
            if is_spare && is_untried && self.network.was_up_after(charge.since) {
                self.dismiss(id, charge.failure.clone(), None, now, actions);
            }
        }
    }

    /// Says once that the network works and no member does; all stay in use, and the ejected are
    /// tried again now.
    fn note_panic(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let serving = || self.members.iter().filter(|member| member.takes_connections());
        if serving().any(Member::is_good) {
            self.end_panic(now, actions);
            return;
        }
        let tried = || serving().filter(|member| member.health.standing != Standing::New);
        let all_fail = tried().count() > 0 && tried().all(|member| !self.holds_place(member));
        if all_fail && !std::mem::replace(&mut self.all_fail, true) {
            actions.push(Action::Publish);
            actions.push(Action::Report(Report::AllNodesFail { members: tried().count() }));
            self.summon(|member| member.ejected_for().is_some(), now);
        }
    }

    /// One works again: that is told at once.
    fn end_panic(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if !std::mem::take(&mut self.all_fail) {
            return;
        }
        for member in self.members.iter_mut().filter(|member| member.is_good()) {
            if member.told.well(now) {
                actions.push(Action::Report(Report::Recovered { id: member.id().clone() }));
            }
        }
        actions.push(Action::Publish);
    }

    /// Tells of members that have been well for long enough.
    pub(super) fn tell_recovered(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for member in self.members.iter_mut().filter(|member| member.is_good()) {
            if member.told.well_since(member.health.good_since(), now) {
                actions.push(Action::Report(Report::Recovered { id: member.id().clone() }));
            }
        }
    }

    fn summon(&mut self, is_meant: impl Fn(&Member) -> bool, now: Instant) {
        let meant = self.members.iter_mut().filter(|member| member.ready().is_some() && is_meant(member));
        meant.for_each(|member| member.health.check_at(now));
    }
}
