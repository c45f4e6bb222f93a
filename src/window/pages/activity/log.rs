//! The log as rows: read where the list is shown, and waited for while it is.

use super::super::super::effects::{Effects, LocalOutput, LocalTask, Ticket};
use super::ActivityFilter;
use super::rows::{Row, Tone};
use crate::logs::Tail;

/// Lines that are kept.
const KEPT: usize = 20_000;

/// The log.
#[derive(Default)]
pub(super) struct LogList {
    tail: Option<Tail>,
    asked: Option<Ticket>,
    fault: Option<String>,
    all: Vec<Row>,
    filtered_by: Option<(usize, ActivityFilter)>,
    filtered: Vec<Row>,
    /// Lines that have come in all: a number for the state of the list.
    come: usize,
}

impl LogList {
    /// The rows that pass; asks for more to come.
    pub(super) fn rows(&mut self, filter: &ActivityFilter, effects: &mut Effects) -> &[Row] {
        if self.asked.is_none() && self.fault.is_none() {
            self.asked = Some(effects.run_local(LocalTask::ReadLog(self.tail.take())));
        }
        self.filtered(filter)
    }

    /// The rows that pass.
    pub(super) fn filtered(&mut self, filter: &ActivityFilter) -> &[Row] {
        let key = (self.come, filter.clone());
        if self.filtered_by.as_ref() != Some(&key) {
            let text = filter.text.trim().to_lowercase();
            let passes = |row: &&Row| (!filter.only_troubles || row.tone == Tone::Bad) && row.has(&text);
            self.filtered = self.all.iter().filter(passes).cloned().collect();
            self.filtered_by = Some(key);
        }
        &self.filtered
    }

    pub(super) fn on_reply(&mut self, ticket: Ticket, brought: Result<LocalOutput, String>) {
        if self.asked != Some(ticket) {
            return;
        }
        self.asked = None;
        match brought {
            Ok(LocalOutput::Log { tail, lines }) => {
                self.tail = tail;
                self.come += lines.len();
                self.all.extend(lines.into_iter().map(row));
                let surplus = self.all.len().saturating_sub(KEPT);
                self.all.drain(..surplus);
            }
            Err(why) => {
                self.all.push(Row { time: String::new(), text: why.clone(), tone: Tone::Bad });
                self.come += 1;
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
