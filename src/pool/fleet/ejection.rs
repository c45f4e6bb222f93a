//! Outlier ejection: evaluates checks and real traffic for the whole pool.
//!
//! A failing member is ejected only if another member has shown *later* that the network works: by a check that passed,
//! or by bytes received through it. If none has, healthy members are checked, and if that does not help, this machine's
//! own network ([`super::network`]). More than half of the pool is ejected only if a connectivity check has passed, and
//! the last serving member is never ejected.

use std::time::{Duration, Instant};

use super::super::Report;
use super::health_state::{Edge, FailureRecord, HealthState};
use super::member::{Member, MemberRole};
use super::shortage::is_shortage;
use super::transfer::TransferResult;
use super::{Fleet, FleetAction};
use crate::model::outcome::Signal;
use crate::model::{Failure, NodeId};

/// Bytes through another member count as proof only this long after the failure began: data that was in flight then has
/// arrived.
const IN_FLIGHT: Duration = Duration::from_millis(200);

/// Proof that comes later than this after a single failed check may mean that the network was down for a moment: the
/// member is checked once more.
const PROOF_FRESH: Duration = Duration::from_secs(1);

/// How long healthy members are given to prove that the network works before it is checked.
const PROOF_WAIT: Duration = Duration::from_millis(1_500);

/// Whether the network worked while a member failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// It did.
    Sure,
    /// It works, but may have been down when the member was checked.
    Late,
    /// No proof.
    None,
}

impl Fleet {
    /// Handles the result of a check. While the network is down, a failed check is ignored.
    pub(super) fn on_check(
        &mut self,
        id: &NodeId,
        spawn: u64,
        result: Result<Duration, Failure>,
        now: Instant,
        actions: &mut Vec<FleetAction>,
    ) {
        let (schedule, is_frozen) = (self.spec.schedule.clone(), self.network.is_frozen());
        let Some(member) = self.find(id, spawn) else { return };
        if member.is_between_checks() {
            return;
        }
        if is_frozen && result.is_err() {
            member.health.pause();
            return;
        }
        if result.as_ref().is_err_and(is_shortage) {
            member.health.check_not_made(now);
            self.report_shortage(now, actions);
            return;
        }
        let edge = member.note_check(&result, &schedule, now);
        let is_told = edge == Edge::Suspected && member.damper.suspected(now);
        let reason = member.reason().filter(|_| is_told).cloned();
        actions.push(FleetAction::Publish);
        actions.push(FleetAction::Report(Report::Checked { id: id.clone(), result }));
        actions.extend(reason.map(|reason| FleetAction::Report(Report::Suspected { id: id.clone(), reason })));
    }

    /// Handles a signal from real traffic. While the network is down, only a response counts.
    pub(super) fn on_signal(&mut self, id: &NodeId, signal: Signal, now: Instant, actions: &mut Vec<FleetAction>) {
        if self.network.is_frozen() && signal != Signal::FirstByte {
            return;
        }
        // It is irrelevant for a member that is starting or draining.
        let is_meant = |member: &&mut Member| member.id() == id && member.ready().is_some();
        let Some(member) = self.members.iter_mut().find(is_meant) else { return };
        let before = member.health.state.clone();
        let edge = member.note_signal(signal, now);
        if member.health.state != before {
            actions.push(FleetAction::Publish);
        }
        if edge == Edge::Suspected && member.damper.suspected(now) {
            let reason = member.reason().cloned();
            actions.extend(reason.map(|reason| FleetAction::Report(Report::Suspected { id: id.clone(), reason })));
        }
    }

    /// Handles the result of a check's transfer. If it has stalled, the same is tried through the other members.
    pub(super) fn on_transfer(
        &mut self,
        id: &NodeId,
        spawn: u64,
        began: Instant,
        result: TransferResult,
        now: Instant,
    ) {
        if self.network.is_frozen() {
            return;
        }
        let Some(member) = self.find(id, spawn) else { return };
        member.transfers.note(result, began, now);
        if result == TransferResult::Stalled {
            self.request_checks(|member| member.id() != id && member.is_healthy(), now);
        }
    }

    /// Marks members as failing whose transfers stall while the same transfer through another member is complete, or
    /// those of several sites, again and again.
    fn judge_transfers(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        let stalled = |member: &Member| {
            let is_complete_elsewhere = |since: &Instant| {
                let mut others = self.members.iter().filter(|other| other.id() != member.id());
                others.any(|other| other.transfers.was_complete_after(*since))
            };
            let by_check = member.transfers.stalled_since(now).filter(is_complete_elsewhere);
            let since = by_check.or_else(|| member.transfers.failing_since())?;
            Some((member.id().clone(), since))
        };
        let may_fail = |member: &&Member| member.takes_connections() && member.failing().is_none();
        let failing: Vec<_> = self.members.iter().filter(may_fail).filter_map(stalled).collect();
        for (id, since) in failing {
            let Some(member) = self.members.iter_mut().find(|member| *member.id() == id) else { continue };
            let edge = member.fail_by_stall(since, now);
            let is_told = edge == Edge::Suspected && member.damper.suspected(now);
            let reason = member.reason().filter(|_| is_told).cloned();
            actions.push(FleetAction::Publish);
            actions.extend(reason.map(|reason| FleetAction::Report(Report::Suspected { id, reason })));
        }
    }

    /// Ejects failing members if there is proof, and requests proof for the rest.
    pub(super) fn evaluate(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        self.judge_transfers(now, actions);
        self.members.iter_mut().for_each(|member| member.fail_by_signals(now));
        let failing = |member: &Member| member.failing().map(|record| (member.id().clone(), record.clone()));
        let failing: Vec<_> = self.members.iter().filter_map(failing).collect();
        let mut open = Vec::new();
        for (id, record) in failing {
            match self.proof_for_ejection(&id, &record, now) {
                Proof::Sure if self.may_eject(&id, &record, now, actions) => self.eject(&id, now, actions),
                Proof::Late => self.request_checks(|member| *member.id() == id, now),
                Proof::Sure | Proof::None => open.push((id, record)),
            }
        }
        self.request_proof(&open, now, actions);
        self.replace_unproven(&open, now, actions);
        self.report_panic(now, actions);
    }

    fn proof_for_ejection(&self, id: &NodeId, record: &FailureRecord, now: Instant) -> Proof {
        let others = || self.members.iter().filter(|member| member.id() != id);
        let passed = others().filter_map(|member| member.health.last_pass()).filter(|at| *at > record.since).min();
        let received = others().any(|member| member.traffic.received_after(record.since + IN_FLIGHT));
        let proven_at = if received { Some(passed.map_or(now, |at| at.min(now))) } else { passed };
        match proven_at {
            None => Proof::None,
            Some(at) if record.times >= 2 || at <= record.since + PROOF_FRESH => Proof::Sure,
            Some(_) => Proof::Late,
        }
    }

    /// Whether a member may be ejected: another healthy one must stay, and at least half of those that have ever
    /// worked, unless a connectivity check has passed.
    fn may_eject(&mut self, id: &NodeId, record: &FailureRecord, now: Instant, actions: &mut Vec<FleetAction>) -> bool {
        let tried = || self.members.iter().filter(|member| member.ready().is_some() && member.health.is_proven());
        // A reserved member replaces one of the pool only if it may enter the pool.
        let is_reserved = self.role(id) == MemberRole::Reserved;
        let replaces =
            |member: &Member| is_reserved || member.role == MemberRole::Pool || self.spec.is_in_pool(member.id());
        if !tried().any(|member| member.id() != id && member.is_healthy() && replaces(member)) {
            return false;
        }
        let ejected = tried().filter(|member| !member.takes_connections()).count();
        let is_within_half = (ejected + 1) * 2 <= tried().count();
        if !is_within_half && !self.network.was_up_after(record.since) {
            self.check_connectivity(record.since, now, actions);
            return false;
        }
        true
    }

    /// Ejects a member; one that has never worked and is surplus is evicted.
    fn eject(&mut self, id: &NodeId, now: Instant, actions: &mut Vec<FleetAction>) {
        let schedule = self.spec.schedule.clone();
        let is_spare = self.is_spare(id);
        let Some(member) = self.members.iter_mut().find(|member| member.id() == id) else { return };
        let is_untried = !member.health.is_proven();
        let Some(failure) = member.eject(&schedule, now) else { return };
        if is_untried && is_spare {
            self.evict_failing(id, failure, None, now, actions);
            return;
        }
        let is_told = member.damper.ejected(now);
        actions.push(FleetAction::Publish);
        actions.extend(is_told.then(|| FleetAction::Report(Report::Ejected { id: id.clone(), failure })));
    }

    /// Checks the healthy members, and the network if there are none or they do not respond.
    fn request_proof(&mut self, open: &[(NodeId, FailureRecord)], now: Instant, actions: &mut Vec<FleetAction>) {
        if let Some(since) = open.iter().map(|(_, record)| record.since).max() {
            self.request_checks(
                |member| member.is_healthy() && member.health.last_pass().is_none_or(|at| at <= since),
                now,
            );
        }
        if let Some(since) = self.network_suspect_since(now) {
            self.check_connectivity(since, now, actions);
        }
    }

    /// Since when the network may be down; none if there is no doubt.
    fn network_suspect_since(&self, now: Instant) -> Option<Instant> {
        let serving = || self.members.iter().filter(|member| member.takes_connections());
        let none_is_healthy = !serving().any(Member::is_healthy);
        let is_suspect = |member: &&Member| member.health.state == HealthState::Suspect;
        let failing = || serving().filter_map(Member::failing).map(|record| record.since);
        let all_suspect = serving().filter(is_suspect).map(Member::since).max().filter(|_| none_is_healthy);
        let is_overdue = failing().min().is_some_and(|since| since + PROOF_WAIT <= now);
        let failed = failing().max().filter(|_| none_is_healthy || failing().count() > 1 || is_overdue);
        all_suspect.max(failed)
    }

    /// When failing members must be evaluated again, or the network checked.
    pub(super) fn evaluate_at(&self, now: Instant) -> Option<Instant> {
        if self.network.is_frozen() {
            return self.network.wake_at();
        }
        let members = self.members.iter().filter_map(|member| member.evaluate_at(now));
        let failing = || self.members.iter().filter_map(Member::failing).map(|record| record.since);
        let long = failing().min().map(|since| since + PROOF_WAIT);
        let again = failing().max().and_then(|since| self.network.may_check_at(since));
        members.chain(long.zip(again).map(|(long, again)| long.max(again))).min()
    }

    /// Evicts members that were started as replacements and do not work either.
    fn replace_unproven(&mut self, open: &[(NodeId, FailureRecord)], now: Instant, actions: &mut Vec<FleetAction>) {
        for (id, record) in open {
            let is_spare = self.is_spare(id);
            let is_untried = self.members.iter().any(|member| member.id() == id && !member.health.is_proven());
            if is_spare && is_untried && self.network.was_up_after(record.since) {
                self.evict_failing(id, record.failure.clone(), None, now, actions);
            }
        }
    }

    /// Panic mode: reports once that the network works and no member does. All stay in use, and the ejected ones are
    /// checked now.
    fn report_panic(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        let serving = || self.members.iter().filter(|member| member.takes_connections());
        if serving().any(Member::is_healthy) {
            self.end_panic(now, actions);
            return;
        }
        let tried = || serving().filter(|member| member.health.state != HealthState::New);
        let all_fail = tried().count() > 0 && tried().all(|member| !self.holds_slot(member));
        if all_fail && !std::mem::replace(&mut self.all_fail, true) {
            actions.push(FleetAction::Publish);
            actions.push(FleetAction::Report(Report::AllNodesFail { members: tried().count() }));
            self.request_checks(|member| member.ejected_for().is_some(), now);
        }
    }

    /// Ends panic mode: a member works again, which is reported at once.
    fn end_panic(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        if !std::mem::take(&mut self.all_fail) {
            return;
        }
        for member in self.members.iter_mut().filter(|member| member.is_healthy()) {
            if member.damper.recovered(now) {
                actions.push(FleetAction::Report(Report::Recovered { id: member.id().clone() }));
            }
        }
        actions.push(FleetAction::Publish);
    }

    /// Reports members that have been healthy for long enough.
    pub(super) fn report_recovered(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        for member in self.members.iter_mut().filter(|member| member.is_healthy()) {
            if member.damper.recovered_since(member.health.healthy_since(), now) {
                actions.push(FleetAction::Report(Report::Recovered { id: member.id().clone() }));
            }
        }
    }

    fn request_checks(&mut self, is_meant: impl Fn(&Member) -> bool, now: Instant) {
        let meant = self.members.iter_mut().filter(|member| member.ready().is_some() && is_meant(member));
        meant.for_each(|member| member.health.check_at(now));
    }
}
