//! A diagnostic report that is safe to publish.
//!
//! It contains the version, the system, the current state, the settings, recent events and the end of the log. Names
//! and groups of nodes, hosts, non-local addresses, visited sites, home folders and all secrets are replaced, each by
//! the same placeholder throughout (`node-1`, `host-1`, `other-3`, `***`), so that the report can still be followed.
//!
//! Pure: takes [`Facts`], returns a text.

mod redact;
mod redactions;

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;

use self::redact::Redactor;
pub use self::redactions::Redactions;
use crate::model::snapshot::NodeView;
use crate::model::{Event, Settings, Snapshot};

/// The contents of a report.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The time, formatted.
    pub at: String,
    /// Facts about the system, one per line.
    pub system: Vec<String>,
    /// The current state.
    pub snapshot: Snapshot,
    /// The settings.
    pub settings: Settings,
    /// The nodes.
    pub nodes: Vec<NodeView>,
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// The last lines of the log.
    pub log: Vec<String>,
}

/// Writes the report.
pub fn text(facts: &Facts, known: &Redactions) -> String {
    let settings = facts.settings.listing();
    let mut redactor = Redactor::new(known, settings.iter().map(|(key, _)| key.clone()));
    let mut out = format!("Sluice {}, diagnosis of {}\n", facts.snapshot.version, facts.at);
    out.push_str("Names, groups, hosts, addresses and folders are replaced by placeholders; secrets are ***.\n");
    section(&mut out, "System", facts.system.iter().map(|line| redactor.line(line)));
    let state = serde_json::to_string_pretty(&redacted(&mut redactor, &facts.snapshot)).expect("it is plain JSON");
    section(&mut out, "State", [state]);
    section(&mut out, "Settings", settings_lines(&mut redactor, settings));
    section(&mut out, "Nodes", facts.nodes.iter().map(|node| redacted(&mut redactor, node).to_string()));
    section(&mut out, "Events", facts.events.iter().map(|event| redacted(&mut redactor, event).to_string()));
    section(&mut out, "Log", facts.log.iter().map(|line| redactor.line(line)));
    out
}

fn section(out: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    // Writing to a string cannot fail.
    let _written = write!(out, "\n## {title}\n\n");
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
}

fn redacted(redactor: &mut Redactor, value: &impl Serialize) -> Value {
    redactor.value("", serde_json::to_value(value).expect("it is plain JSON"))
}

/// The settings, one per line. A default value identifies no one and is not redacted.
fn settings_lines(redactor: &mut Redactor, settings: Vec<(String, Value)>) -> Vec<String> {
    let defaults = Settings::default().listing();
    let line = |(key, value): (String, Value)| {
        let is_default = defaults.iter().any(|row| row.0 == key && row.1 == value);
        let last = key.rsplit('.').next().unwrap_or_default();
        let shown = if is_default { value } else { redactor.value(last, value) };
        format!("{key} = {shown}")
    };
    settings.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests;
