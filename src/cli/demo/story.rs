//! Telling what happens: events as they come, the tables, the end.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use serde_json::json;
use tokio::sync::broadcast;

use super::super::ending::Failed;
use super::super::out::{Format, Out, Style};
use super::super::tables;
use super::Plan;
use super::load::Tally;
use crate::engine::Handle;
use crate::i18n::{Locale, events, tr, troubles, units};
use crate::model::Event;
use crate::model::snapshot::Snapshot;

/// The events of the demo's engine: told as they come, and kept.
pub(super) struct Story {
    events: broadcast::Receiver<Event>,
    seen: Vec<Event>,
}

/// How it ended.
pub(super) struct End {
    pub(super) plan: Plan,
    pub(super) tally: Tally,
    pub(super) last: Snapshot,
    pub(super) killed: String,
    pub(super) replaced_after: Option<Duration>,
    pub(super) replacement: Option<String>,
}

impl Story {
    pub(super) fn of(engine: &Handle) -> Self {
        Self { events: engine.events(), seen: Vec::new() }
    }

    /// What has happened so far.
    pub(super) fn seen(&self) -> &[Event] {
        &self.seen
    }

    /// Tells what happens for a while.
    pub(super) async fn during(&mut self, time: Duration, out: &mut Out) -> Result<(), Failed> {
        let end = tokio::time::Instant::now() + time;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(end) => return Ok(()),
                Ok(event) = self.events.recv() => self.tell(event, out)?,
            }
        }
    }

    /// Tells what happens until a snapshot is as wanted; fails when that takes too long.
    pub(super) async fn until(
        &mut self,
        engine: &Handle,
        limit: Duration,
        out: &mut Out,
        is_wanted: impl Fn(&Snapshot) -> bool,
    ) -> Result<Snapshot, Failed> {
        let deadline = Instant::now() + limit;
        let mut snapshots = engine.watch();
        loop {
            let snapshot = snapshots.borrow_and_update().clone();
            if is_wanted(&snapshot) {
                // What led here was sent before the snapshot.
                while let Ok(event) = self.events.try_recv() {
                    self.tell(event, out)?;
                }
                return Ok(Snapshot::clone(&snapshot));
            }
            tokio::select! {
                () = tokio::time::sleep_until(deadline.into()) => {
                    return Err(Failed::Told(tr!(out.locale, "demo-not-ready", seconds = limit.as_secs())));
                }
                Ok(()) = snapshots.changed() => {}
                Ok(event) = self.events.recv() => self.tell(event, out)?,
            }
        }
    }

    fn tell(&mut self, event: Event, out: &mut Out) -> Result<(), Failed> {
        match out.format {
            Format::Json => {}
            Format::Text(_) => out.text(&events::line(out.locale, &event, &TimeZone::system()))?,
        }
        self.seen.push(event);
        Ok(())
    }
}

/// The pool before anything happens to it.
pub(super) fn tell_start(plan: Plan, snapshot: &Snapshot, out: &mut Out) -> Result<(), Failed> {
    let Format::Text(style) = out.format else { return Ok(()) };
    let Plan { nodes, seconds } = plan;
    let addr = &*snapshot.gateway.addr;
    let start =
        tr!(style.locale, "demo-start", servers = nodes, members = nodes - 1, address = addr, seconds = seconds);
    out.text(&format!("\n{start}\n\n"))?;
    tell_members(snapshot, style, out)
}

/// The blow.
pub(super) fn tell_kill(name: &str, out: &mut Out) -> Result<(), Failed> {
    match out.format {
        Format::Json => Ok(()),
        Format::Text(Style { locale, .. }) => out.text(&format!("\n  ✗ {}\n", tr!(locale, "demo-kill", node = name))),
    }
}

fn tell_members(snapshot: &Snapshot, style: Style, out: &mut Out) -> Result<(), Failed> {
    out.text(&tables::members(&snapshot.members, style))?;
    out.text("\n\n")
}

impl End {
    /// Whether nothing failed and the dead server was replaced.
    pub(super) fn is_good(&self) -> bool {
        self.tally.failed == 0 && self.tally.requests > 0 && self.replaced_after.is_some()
    }

    fn millis(&self, quantile: f64) -> f64 {
        self.tally.time_at(quantile).as_secs_f64() * 1_000.0
    }
}

/// How it ended.
pub(super) fn tell_end(end: &End, out: &mut Out) -> Result<(), Failed> {
    match out.format {
        Format::Json => out.json(&as_json(end)),
        Format::Text(style) => {
            out.text("\n\n")?;
            tell_members(&end.last, style, out)?;
            out.text(&summary(end, style.locale))
        }
    }
}

fn summary(end: &End, locale: Locale) -> String {
    let tally = &end.tally;
    let old = &*end.killed;
    let replaced = match (&end.replaced_after, &end.replacement) {
        (Some(after), Some(new)) => {
            tr!(locale, "demo-replaced", old = old, new = &**new, millis = after.as_millis() as u64)
        }
        (Some(after), None) => tr!(locale, "demo-replaced-by-another", old = old, millis = after.as_millis() as u64),
        (None, _) => tr!(locale, "demo-not-replaced", old = old),
    };
    let failed = match &tally.first_failure {
        None => tr!(locale, "demo-none-failed"),
        Some(why) => tr!(locale, "demo-failed", failed = tally.failed, why = troubles::obstacle(locale, why)),
    };
    let (half, most) = (format!("{:.1}", end.millis(0.5)), format!("{:.1}", end.millis(0.99)));
    let requests = tr!(locale, "demo-requests", requests = tally.requests, failed = failed, half = half, most = most);
    let (up, down) = (units::bytes(end.last.gateway.up), units::bytes(end.last.gateway.down));
    format!("{requests}\n{}", tr!(locale, "demo-traffic", up = up, down = down, replaced = replaced))
}

fn as_json(end: &End) -> serde_json::Value {
    json!({
        "nodes": end.plan.nodes,
        "seconds": end.plan.seconds,
        "requests": end.tally.requests,
        "failed": end.tally.failed,
        "first_failure": end.tally.first_failure.as_ref().map(ToString::to_string),
        "latency_ms": { "p50": end.millis(0.5), "p99": end.millis(0.99), "max": end.millis(1.0) },
        "up": end.last.gateway.up,
        "down": end.last.gateway.down,
        "killed": end.killed,
        "replaced_by": end.replacement,
        "replaced_after_ms": end.replaced_after.map(|after| after.as_millis() as u64),
        "members": end.last.members,
        "ok": end.is_good(),
    })
}
