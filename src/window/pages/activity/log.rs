//! The log as rows: read where the list is shown, and waited for while it is.

use super::super::super::out::{Brought, Errand, Out, Ticket};
use super::Sieve;
use super::rows::{Row, Tone};
use crate::logs::Tail;

/// Lines that are kept.
const KEPT: usize = 20_000;

/// The log.
#[derive(Default)]
pub(super) struct Log {
    tail: Option<Tail>,
    asked: Option<Ticket>,
    fault: Option<String>,
    all: Vec<Row>,
    sifted_by: Option<(usize, Sieve)>,
    sifted: Vec<Row>,
    /// Lines that have come in all: a number for the state of the list.
    come: usize,
}

impl Log {
    /// The rows that pass; asks for more to come.
    pub(super) fn rows(&mut self, sieve: &Sieve, out: &mut Out) -> &[Row] {
        if self.asked.is_none() && self.fault.is_none() {
            self.asked = Some(out.errand(Errand::ReadLog(self.tail.take())));
        }
        self.sifted(sieve)
    }

    /// The rows that pass.
    pub(super) fn sifted(&mut self, sieve: &Sieve) -> &[Row] {
        let key = (self.come, sieve.clone());
        if self.sifted_by.as_ref() != Some(&key) {
            let text = sieve.text.trim().to_lowercase();
            let passes = |row: &&Row| (!sieve.only_troubles || row.tone == Tone::Bad) && row.has(&text);
            self.sifted = self.all.iter().filter(passes).cloned().collect();
            self.sifted_by = Some(key);
        }
        &self.sifted
    }

    pub(super) fn hear(&mut self, ticket: Ticket, brought: Result<Brought, String>) {
        if self.asked != Some(ticket) {
            return;
        }
        self.asked = None;
        match brought {
            Ok(Brought::Log { tail, lines }) => {
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
