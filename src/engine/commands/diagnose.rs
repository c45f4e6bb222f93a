//! `diagnose`: what is known here, handed to the room that removes what is private.

use crate::diagnosis::{self, Facts, Redactions};
use crate::engine::calls::{CallId, Completion};
use crate::engine::event_loop::EventLoop;
use crate::engine::traffic::today;
use crate::logs::Tail;
use crate::model::Reply;
use crate::os::system;

/// Lines of the log that are included: some minutes of a busy one.
const LOG_LINES: usize = 2_000;

impl EventLoop {
    /// Answers with a text for whoever looks for a fault. It is read and cleaned on another thread.
    pub(super) fn diagnose(&mut self, call: CallId) -> Completion {
        self.record_traffic();
        let mut facts = Facts {
            at: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S %z").to_string(),
            system: Vec::new(),
            snapshot: self.snapshot(),
            settings: self.settings.clone(),
            nodes: self.nodes.views(self.traffic.accounting(), today(), &self.settings.members.plugins),
            events: self.activity.kept(),
            log: Vec::new(),
        };
        let known = self.known();
        let logs = self.files.paths().logs().to_owned();
        self.inbox.work.spawn_blocking(move || {
            facts.system = system::description();
            facts.log = match Tail::open(&logs, LOG_LINES) {
                Ok(found) => found.map(|(_, lines)| lines).unwrap_or_default(),
                Err(error) => vec![error.to_string()],
            };
            (call, Ok(Reply::Diagnosis(diagnosis::text(&facts, &known))))
        });
        Completion::Later
    }

    fn known(&self) -> Redactions {
        let mut known = Redactions::default();
        self.nodes.entries().iter().for_each(|entry| known.node(&entry.node));
        self.subscriptions.addresses().for_each(|address| known.secret(address));
        self.settings.gateway.login.iter().for_each(|login| known.login(login));
        for (folder, word) in self.files.paths().folders() {
            known.folder(&folder.display().to_string(), word);
        }
        known
    }
}
