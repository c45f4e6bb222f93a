//! The log as rows; followed while it is shown.

use super::super::super::effects::{Effects, LocalOutput, LocalTask, Ticket};
use super::ActivityFilter;
use super::rows::{Row, Tone};
use crate::logs::Tail;

/// Most lines that are kept.
const MAX_LINES: usize = 20_000;

/// The log's lines.
#[derive(Default)]
pub(super) struct LogList {
    tail: Option<Tail>,
    pending: Option<Ticket>,
    fault: Option<String>,
    all: Vec<Row>,
    filtered_by: Option<(usize, ActivityFilter)>,
    filtered: Vec<Row>,
    /// Number of lines received so far; changes with the list.
    received: usize,
}

impl LogList {
    /// The rows that match the filter; requests further lines.
    pub(super) fn rows(&mut self, filter: &ActivityFilter, effects: &mut Effects) -> &[Row] {
        if self.pending.is_none() && self.fault.is_none() {
            self.pending = Some(effects.run_local(LocalTask::ReadLog(self.tail.take())));
        }
        self.filtered(filter)
    }

    /// The rows that match the filter.
    pub(super) fn filtered(&mut self, filter: &ActivityFilter) -> &[Row] {
        let key = (self.received, filter.clone());
        if self.filtered_by.as_ref() != Some(&key) {
            let text = filter.text.trim().to_lowercase();
            let passes = |row: &&Row| (!filter.only_troubles || row.tone == Tone::Bad) && row.has(&text);
            self.filtered = self.all.iter().filter(passes).cloned().collect();
            self.filtered_by = Some(key);
        }
        &self.filtered
    }

    pub(super) fn on_reply(&mut self, ticket: Ticket, output: Result<LocalOutput, String>) {
        if self.pending != Some(ticket) {
            return;
        }
        self.pending = None;
        match output {
            Ok(LocalOutput::Log { tail, lines }) => {
                self.tail = tail;
                self.received += lines.len();
                self.all.extend(lines.into_iter().map(row));
                let surplus = self.all.len().saturating_sub(MAX_LINES);
                self.all.drain(..surplus);
            }
            Err(why) => {
                self.all.push(Row { time: String::new(), text: why.clone(), tone: Tone::Bad });
                self.received += 1;
                self.fault = Some(why);
            }
            Ok(_) => {}
        }
    }
}

fn row(line: String) -> Row {
    let is_bad = [" WARN ", " ERROR "].iter().any(|level| line.contains(level));
    Row { time: String::new(), text: line, tone: if is_bad { Tone::Bad } else { Tone::Plain } }
}
