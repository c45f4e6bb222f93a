//! `diagnose`: collects the facts for the room [`diagnosis`], which redacts them.

use crate::diagnosis::{self, Facts, Redactions};
use crate::engine::calls::{CallId, Completion};
use crate::engine::event_loop::EventLoop;
use crate::engine::traffic::today;
use crate::logs::Tail;
use crate::model::{Reply, Snapshot};
use crate::os::{memory, system};

/// Number of log lines that are included: some minutes of a busy log.
const LOG_LINES: usize = 2_000;

/// How much memory of each process is locked, if that is known.
fn locked_memory(snapshot: &Snapshot) -> Option<String> {
    let own = memory::locked_kib(std::process::id())?;
    let members = snapshot.members.iter().filter_map(|member| memory::locked_kib(member.pid?));
    let members: Vec<_> = members.map(|kib| kib.to_string()).collect();
    Some(format!("locked memory (KiB): engine {own}, members {}", members.join(" ")))
}

impl EventLoop {
    /// Replies with the report, which is written on another thread.
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
        self.inbox.workers.answer(call, move || {
            facts.system = system::description();
            facts.system.extend(locked_memory(&facts.snapshot));
            facts.log = match Tail::open(&logs, LOG_LINES) {
                Ok(found) => found.map(|(_, lines)| lines).unwrap_or_default(),
                Err(error) => vec![error.to_string()],
            };
            Ok(Reply::Diagnosis(diagnosis::text(&facts, &known)))
        })
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
