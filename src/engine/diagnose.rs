//! `diagnose`: what is known here, handed to the room that takes out what is nobody's business.

use super::commands::{Answer, reply_to};
use super::owner::Engine;
use crate::diagnosis::{self, Facts, Redactions};
use crate::logs::Tail;
use crate::model::{Fault, Reply};
use crate::os::system;

/// Lines of the log that are told of: some minutes of a busy one.
const LOG_LINES: usize = 2_000;

impl Engine {
    /// Answers with a text for who looks for a fault. Reading and cleaning take their time, elsewhere.
    pub(super) fn diagnose(&mut self, asker: &mut Option<Answer>) -> Result<Reply, Fault> {
        self.look_at_meters();
        let mut facts = Facts {
            at: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S %z").to_string(),
            system: Vec::new(),
            snapshot: self.snapshot(),
            settings: self.settings.clone(),
            nodes: self.book.views(&self.ledger, jiff::Zoned::now().date()),
            events: self.activity.kept(),
            log: Vec::new(),
        };
        let known = self.known();
        let logs = self.paths.logs().to_owned();
        let asker = asker.take();
        self.errands.spawn_blocking(move || {
            facts.system = system::description();
            facts.log = match Tail::open(&logs, LOG_LINES) {
                Ok(found) => found.map(|(_, lines)| lines).unwrap_or_default(),
                Err(error) => vec![error.to_string()],
            };
            reply_to(asker, Ok(Reply::Diagnosis(diagnosis::text(&facts, &known))));
        });
        Ok(Reply::Done)
    }

    fn known(&self) -> Redactions {
        let mut known = Redactions::default();
        self.book.entries().iter().for_each(|entry| known.node(&entry.node));
        self.subscriptions.addresses().for_each(|address| known.secret(address));
        self.settings.gateway.login.iter().for_each(|login| known.login(login));
        for (folder, word) in self.paths.folders() {
            known.folder(&folder.display().to_string(), word);
        }
        known
    }
}
