//! `diagnose`: collects the facts for the room [`diagnosis`], which redacts them.

use crate::diagnosis::{self, Facts, Redactions};
use crate::engine::calls::{CallId, Completion};
use crate::engine::event_loop::EventLoop;
use crate::engine::nodes::NodeList;
use crate::logs::Tail;
use crate::model::{Login, Reply, Secret, Snapshot};
use crate::os::paths::Paths;
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

/// What the report must not contain.
struct PrivateWords {
    addresses: Vec<Secret>,
    login: Option<Login>,
    paths: Paths,
}

impl PrivateWords {
    fn redactions(&self, nodes: &NodeList) -> Redactions {
        let mut known = Redactions::default();
        nodes.nodes().for_each(|node| known.node(node));
        self.addresses.iter().for_each(|address| known.secret(address));
        self.login.iter().for_each(|login| known.login(login));
        for (folder, word) in self.paths.folders() {
            known.folder(&folder.display().to_string(), word);
        }
        known
    }
}

impl EventLoop {
    /// Replies with the report, which is written on another thread.
    pub(super) fn diagnose(&mut self, call: CallId) -> Completion {
        let (nodes, context) = (self.nodes.list(), self.view_context());
        let mut facts = Facts {
            at: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S %z").to_string(),
            system: Vec::new(),
            snapshot: self.snapshot(),
            settings: self.settings.clone(),
            nodes: Vec::new(),
            events: self.activity.kept(),
            log: Vec::new(),
        };
        let private = PrivateWords {
            addresses: self.subscriptions.addresses().cloned().collect(),
            login: self.settings.gateway.login.clone(),
            paths: self.files.paths().clone(),
        };
        self.inbox.workers.answer(call, move || {
            facts.nodes = nodes.views(&context);
            facts.system = system::description();
            facts.system.extend(locked_memory(&facts.snapshot));
            facts.log = match Tail::open(private.paths.logs(), LOG_LINES) {
                Ok(found) => found.map(|(_, lines)| lines).unwrap_or_default(),
                Err(error) => vec![error.to_string()],
            };
            Ok(Reply::Diagnosis(diagnosis::text(&facts, &private.redactions(&nodes))))
        })
    }
}
