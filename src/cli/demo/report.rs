//! The demo's output: events as they happen, tables, and the final report.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use serde_json::json;
use tokio::sync::broadcast;

use super::super::exit::CliError;
use super::super::printer::{OutputFormat, Printer, Style};
use super::super::tables;
use super::DemoOptions;
use super::load::LoadStats;
use crate::engine::Handle;
use crate::i18n::{Locale, Localize, events, tr, units};
use crate::model::Event;
use crate::model::snapshot::Snapshot;

/// Prints the events of the demo's engine as they happen, and keeps them.
pub(super) struct EventPrinter {
    events: broadcast::Receiver<Event>,
    seen: Vec<Event>,
}

/// The result.
pub(super) struct DemoReport {
    pub(super) options: DemoOptions,
    pub(super) stats: LoadStats,
    pub(super) last: Snapshot,
    pub(super) killed: String,
    pub(super) replaced_after: Option<Duration>,
    pub(super) replacement: Option<String>,
}

impl EventPrinter {
    pub(super) fn new(engine: &Handle) -> Self {
        Self { events: engine.events(), seen: Vec::new() }
    }

    /// The events so far.
    pub(super) fn seen(&self) -> &[Event] {
        &self.seen
    }

    /// Prints events for a while.
    pub(super) async fn during(&mut self, time: Duration, out: &mut Printer) -> Result<(), CliError> {
        let end = tokio::time::Instant::now() + time;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(end) => return Ok(()),
                Ok(event) = self.events.recv() => self.print(event, out)?,
            }
        }
    }

    /// Prints events until a snapshot meets a condition; fails after a time limit.
    pub(super) async fn until(
        &mut self,
        engine: &Handle,
        limit: Duration,
        out: &mut Printer,
        is_wanted: impl Fn(&Snapshot) -> bool,
    ) -> Result<Snapshot, CliError> {
        let deadline = Instant::now() + limit;
        let mut snapshots = engine.watch();
        loop {
            let snapshot = snapshots.borrow_and_update().clone();
            if is_wanted(&snapshot) {
                // Events that led to this snapshot were sent before it.
                while let Ok(event) = self.events.try_recv() {
                    self.print(event, out)?;
                }
                return Ok(Snapshot::clone(&snapshot));
            }
            tokio::select! {
                () = tokio::time::sleep_until(deadline.into()) => {
                    return Err(CliError::Message(tr!(out.locale, "demo-not-ready", seconds = limit.as_secs())));
                }
                Ok(()) = snapshots.changed() => {}
                Ok(event) = self.events.recv() => self.print(event, out)?,
            }
        }
    }

    fn print(&mut self, event: Event, out: &mut Printer) -> Result<(), CliError> {
        match out.format {
            OutputFormat::Json => {}
            OutputFormat::Text(_) => out.text(&events::line(out.locale, &event, &TimeZone::system()))?,
        }
        self.seen.push(event);
        Ok(())
    }
}

/// Prints the pool before the load starts.
pub(super) fn print_start(options: DemoOptions, snapshot: &Snapshot, out: &mut Printer) -> Result<(), CliError> {
    let OutputFormat::Text(style) = out.format else { return Ok(()) };
    let DemoOptions { nodes, seconds } = options;
    let addr = &*snapshot.gateway.addr;
    let start =
        tr!(style.locale, "demo-start", servers = nodes, members = nodes - 1, address = addr, seconds = seconds);
    out.text(&format!("\n{start}\n\n"))?;
    print_members(snapshot, style, out)
}

/// Prints that a server is killed.
pub(super) fn print_kill(name: &str, out: &mut Printer) -> Result<(), CliError> {
    match out.format {
        OutputFormat::Json => Ok(()),
        OutputFormat::Text(Style { locale, .. }) => {
            out.text(&format!("\n  ✗ {}\n", tr!(locale, "demo-kill", node = name)))
        }
    }
}

fn print_members(snapshot: &Snapshot, style: Style, out: &mut Printer) -> Result<(), CliError> {
    out.text(&tables::members(&snapshot.members, style))?;
    out.text("\n\n")
}

impl DemoReport {
    /// Whether nothing failed and the dead server was replaced.
    pub(super) fn is_good(&self) -> bool {
        self.stats.failed == 0 && self.stats.requests > 0 && self.replaced_after.is_some()
    }
}

/// In milliseconds, to the microsecond.
fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1_000.0
}

/// Prints the result.
pub(super) fn print_report(report: &DemoReport, out: &mut Printer) -> Result<(), CliError> {
    match out.format {
        OutputFormat::Json => out.json(&as_json(report)),
        OutputFormat::Text(style) => {
            out.text("\n\n")?;
            print_members(&report.last, style, out)?;
            out.text(&summary(report, style.locale))
        }
    }
}

fn summary(report: &DemoReport, locale: Locale) -> String {
    let stats = &report.stats;
    let old = &*report.killed;
    let replaced = match (&report.replaced_after, &report.replacement) {
        (Some(after), Some(new)) => {
            tr!(locale, "demo-replaced", old = old, new = &**new, millis = after.as_millis() as u64)
        }
        (Some(after), None) => tr!(locale, "demo-replaced-by-another", old = old, millis = after.as_millis() as u64),
        (None, _) => tr!(locale, "demo-not-replaced", old = old),
    };
    let failed = match &stats.first_failure {
        None => tr!(locale, "demo-none-failed"),
        Some(why) => tr!(locale, "demo-failed", failed = stats.failed, why = why.localize(locale)),
    };
    let latencies = stats.latencies();
    let (half, most) = (format!("{:.1}", millis(latencies.p50)), format!("{:.1}", millis(latencies.p99)));
    let requests = tr!(locale, "demo-requests", requests = stats.requests, failed = failed, half = half, most = most);
    let (up, down) = (units::bytes(report.last.gateway.up), units::bytes(report.last.gateway.down));
    format!("{requests}\n{}", tr!(locale, "demo-traffic", up = up, down = down, replaced = replaced))
}

fn as_json(report: &DemoReport) -> serde_json::Value {
    let latencies = report.stats.latencies();
    json!({
        "nodes": report.options.nodes,
        "seconds": report.options.seconds,
        "requests": report.stats.requests,
        "failed": report.stats.failed,
        "first_failure": report.stats.first_failure.as_ref().map(ToString::to_string),
        "latency_ms": { "p50": millis(latencies.p50), "p99": millis(latencies.p99), "max": millis(latencies.max) },
        "up": report.last.gateway.up,
        "down": report.last.gateway.down,
        "killed": report.killed,
        "replaced_by": report.replacement,
        "replaced_after_ms": report.replaced_after.map(|after| after.as_millis() as u64),
        "members": report.last.members,
        "ok": report.is_good(),
    })
}
