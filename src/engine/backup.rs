//! Backups: all that a user has made, as one text, and the way back.
//!
//! A backup is JSON: a version, when and by which program it was made, and a map of named parts, each in
//! the format of the file it stands for, with that file's own version and migrations. A part that is not
//! there is left as it is and one that is not known is left out, so that a new part is no new version.
//! Passwords are in it in clear; sealing it is for whoever keeps it ([`crate::seal`]).
//!
//! A restoration is read whole before anything changes, what was before is kept for one undo, and where
//! something cannot be made true, all is as it was.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::book::{Entry, NodeFile};
use super::owner::Engine;
use super::store::{self, NODES, SETTINGS, SUBSCRIPTIONS};
use super::subscriptions::SubscriptionFile;
use crate::model::backup::Restoration;
use crate::model::link::shown;
use crate::model::route::BadLine;
use crate::model::settings::SettingChange;
use crate::model::{BackupProblem, Cause, EventKind, Fault, FaultCode, FileProblem, Node, NodeId, Secret, Settings};
use crate::rules::RuleList;
use crate::rules::acl::Acl;

/// The version of the outer format.
const VERSION: u64 = 1;

/// Names of parts.
mod part {
    pub(super) const SETTINGS: &str = "settings";
    pub(super) const NODES: &str = "nodes";
    pub(super) const SUBSCRIPTIONS: &str = "subscriptions";
    pub(super) const RULES: &str = "rules";
    /// What is in the file that `rules.acl` names; its path means nothing on another machine.
    pub(super) const ACCESS_LIST: &str = "access-list";
}

/// The text as a whole.
#[derive(Serialize, Deserialize)]
struct Backup {
    #[serde(rename = "sluice-backup")]
    version: u64,
    made: String,
    by: String,
    parts: BTreeMap<String, Value>,
}

/// What is in a backup, read and found good.
struct Content {
    made: String,
    by: String,
    settings: Option<Settings>,
    nodes: Option<Vec<Node>>,
    subscriptions: Option<SubscriptionFile>,
    rules: Option<String>,
    access_list: Option<String>,
    unknown: Vec<String>,
}

impl Engine {
    /// All that a user has made, as one text.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn take_backup(&self) -> Result<Secret, Fault> {
        let value = |value: Result<Value, _>| value.expect("what is written to files is plain JSON");
        let mut parts = BTreeMap::from([
            (part::SETTINGS.to_owned(), value(serde_json::to_value(&self.settings))),
            (part::NODES.to_owned(), value(serde_json::to_value(self.book.file()))),
            (part::SUBSCRIPTIONS.to_owned(), value(serde_json::to_value(self.subscriptions.file()))),
            (part::RULES.to_owned(), text_of(&self.paths.rules())?.into()),
        ]);
        if let Some(path) = &self.settings.rules.acl {
            parts.insert(part::ACCESS_LIST.to_owned(), text_of(path)?.into());
        }
        let made = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let backup = Backup { version: VERSION, made, by: env!("CARGO_PKG_VERSION").into(), parts };
        Ok(serde_json::to_string(&backup).expect("a backup is plain JSON").into())
    }

    /// Says what a backup would change.
    ///
    /// # Errors
    /// It is no backup that can be restored.
    pub(super) fn compare(&self, text: &Secret) -> Result<Restoration, Fault> {
        self.difference(&Content::read(text)?)
    }

    /// Has all be as in a backup, and keeps what was before.
    ///
    /// # Errors
    /// It is no backup that can be restored, or cannot be made true here; then nothing has changed.
    pub(super) async fn restore(&mut self, text: &Secret) -> Result<Restoration, Fault> {
        let content = Content::read(text)?;
        let restoration = self.difference(&content)?;
        let before = self.take_backup()?;
        store::save_text(&self.paths.undo(), before.expose()).map_err(|error| Fault::from(&error))?;
        if let Err(fault) = self.take_over(content).await {
            self.go_back(&before).await;
            return Err(fault);
        }
        let (added, removed, changed) = (restoration.added.len(), restoration.removed.len(), restoration.changed.len());
        self.activity.note(EventKind::Restored { added, removed, changed });
        Ok(restoration)
    }

    /// Has all be as before the last restoration.
    ///
    /// # Errors
    /// There was none, or as of [`Engine::restore`].
    pub(super) async fn undo_restoration(&mut self) -> Result<Restoration, Fault> {
        let before = store::read_text(&self.paths.undo()).map_err(|error| Fault::from(&error))?;
        let before = before.ok_or_else(|| refused(BackupProblem::NothingToUndo))?;
        self.restore(&before.into()).await
    }

    /// After a restoration that failed half-way. What held a moment ago can be made true again.
    async fn go_back(&mut self, before: &Secret) {
        if let Err(error) = store::take_back(&self.paths.undo()) {
            tracing::error!(error = &error as &dyn std::error::Error, "the undo is of a restoration that failed");
        }
        let content = Content::read(before).expect("it was taken a moment ago");
        if let Err(fault) = self.take_over(content).await {
            tracing::error!(%fault, "what was before a restoration does not hold again");
        }
    }

    async fn take_over(&mut self, content: Content) -> Result<(), Fault> {
        let mut settings = content.settings.unwrap_or_else(|| self.settings.clone());
        if let Some(text) = &content.access_list {
            settings.rules.acl = Some(self.access_list(&settings, text)?);
        }
        if let Some(text) = &content.rules
            && *text != text_of(&self.paths.rules())?
        {
            let file = self.paths.rules();
            let written = if text.is_empty() { store::remove(&file) } else { store::save_text(&file, text) };
            written.map_err(|error| Fault::from(&error))?;
        }
        self.follow_rules(&settings)?;
        if let Some(nodes) = content.nodes {
            // What a node that goes has moved until now belongs into the ledger.
            self.look_at_meters();
            self.book.replace(nodes);
            store::save(&self.paths.nodes(), &self.book.file()).map_err(|error| Fault::from(&error))?;
        }
        if let Some(file) = content.subscriptions {
            self.subscriptions.replace(file);
            self.save_subscriptions()?;
        }
        self.adopt(settings).await
    }

    /// The file with an access list: the one that the settings name where it holds this text, or else
    /// our own copy.
    fn access_list(&self, settings: &Settings, text: &str) -> Result<std::path::PathBuf, Fault> {
        if let Some(path) = &settings.rules.acl
            && std::fs::read(path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes) == text)
        {
            return Ok(path.clone());
        }
        let own = self.paths.acl();
        store::save_text(&own, text).map_err(|error| Fault::from(&error))?;
        Ok(own)
    }

    fn difference(&self, content: &Content) -> Result<Restoration, Fault> {
        let mut restoration = Restoration {
            made: content.made.clone(),
            by: content.by.clone(),
            unknown: content.unknown.clone(),
            ..Restoration::default()
        };
        if let Some(settings) = &content.settings {
            restoration.settings = other_settings(&self.settings, settings);
        }
        if let Some(nodes) = &content.nodes {
            other_nodes(self.book.entries(), nodes, &mut restoration);
        }
        let acl = self.settings.rules.acl.as_deref();
        let texts = [
            (part::RULES, &content.rules, text_of(&self.paths.rules())?),
            (part::ACCESS_LIST, &content.access_list, acl.map(text_of).transpose()?.unwrap_or_default()),
        ];
        let differs = texts.into_iter().filter(|(_, then, now)| then.as_ref().is_some_and(|then| then != now));
        restoration.parts = differs.map(|(name, ..)| name.to_owned()).collect();
        if content.subscriptions.as_ref().is_some_and(|then| !self.subscriptions.are_those_of(then)) {
            restoration.parts.push(part::SUBSCRIPTIONS.to_owned());
        }
        if content.access_list.is_some() && !restoration.parts.iter().any(|name| name == part::ACCESS_LIST) {
            // The same list, wherever it lies.
            restoration.settings.retain(|change| change.key != "rules.acl");
        }
        Ok(restoration)
    }
}

impl Content {
    fn read(text: &Secret) -> Result<Self, Fault> {
        let Backup { made, by, mut parts, .. } = outer(text.expose())?;
        let (rules, access_list) = (take_text(&mut parts, part::RULES)?, take_text(&mut parts, part::ACCESS_LIST)?);
        if let Some(text) = &rules
            && let Some(skipped) = RuleList::parse(text).skipped().first()
        {
            return Err(bad_line(part::RULES, skipped.clone()));
        }
        if let Some(text) = &access_list {
            Acl::parse(text).map_err(|bad| bad_line(part::ACCESS_LIST, bad))?;
        }
        let broken =
            |name: &'static str| move |why: FileProblem| refused(BackupProblem::Part { part: name.into(), why });
        let settings = parts.remove(part::SETTINGS).map(|part| SETTINGS.read(part)).transpose();
        let nodes = parts.remove(part::NODES).map(|part| NODES.read(part)).transpose();
        let subscriptions = parts.remove(part::SUBSCRIPTIONS).map(|part| SUBSCRIPTIONS.read(part)).transpose();
        Ok(Self {
            made: shown(&made),
            by: shown(&by),
            settings: settings.map_err(broken(part::SETTINGS))?,
            nodes: nodes.map_err(broken(part::NODES))?.map(NodeFile::into_nodes),
            subscriptions: subscriptions.map_err(broken(part::SUBSCRIPTIONS))?,
            rules,
            access_list,
            unknown: parts.into_keys().map(|name| shown(&name)).collect(),
        })
    }
}

/// The outer format, once it is clear that it is ours.
fn outer(text: &str) -> Result<Backup, Fault> {
    let tree: Value = serde_json::from_str(text).map_err(|error| {
        let is_cut = error.is_eof() && text.contains("\"sluice-backup\"");
        refused(if is_cut { BackupProblem::EndsEarly } else { BackupProblem::NoBackup })
    })?;
    match tree.get("sluice-backup").map(Value::as_u64) {
        None => return Err(refused(BackupProblem::NoBackup)),
        Some(Some(VERSION)) => {}
        Some(Some(version)) if version > VERSION => {
            let by = tree.get("by").and_then(Value::as_str).unwrap_or_default();
            let by: String = by.chars().filter(|character| !character.is_control()).take(20).collect();
            return Err(refused(BackupProblem::Newer(by)));
        }
        Some(_) => return Err(refused(BackupProblem::Version)),
    }
    // A value of the wrong kind would be quoted, and may be a password.
    serde_json::from_value(tree).map_err(|_| refused(BackupProblem::Damaged))
}

fn take_text(parts: &mut BTreeMap<String, Value>, name: &'static str) -> Result<Option<String>, Fault> {
    match parts.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(refused(BackupProblem::NoText(name.into()))),
    }
}

fn bad_line(part: &str, BadLine { line, reason }: BadLine) -> Fault {
    refused(BackupProblem::Line { part: part.into(), line, why: reason })
}

fn refused(problem: BackupProblem) -> Fault {
    Fault::of(FaultCode::Backup, Cause::Backup(problem))
}

fn text_of(path: &Path) -> Result<String, Fault> {
    Ok(store::read_text(path).map_err(|error| Fault::from(&error))?.unwrap_or_default())
}

/// Settings whose values differ, as they are shown.
pub(super) fn other_settings(now: &Settings, then: &Settings) -> Vec<SettingChange> {
    let shown = |settings: &Settings| settings.listing().into_iter().collect::<BTreeMap<_, _>>();
    let (from, to) = (shown(now), shown(then));
    let keys: std::collections::BTreeSet<_> = from.keys().chain(to.keys()).collect();
    let value = |values: &BTreeMap<String, Value>, key: &str| values.get(key).cloned().unwrap_or_default();
    let change = |key: &String| SettingChange { key: key.clone(), from: value(&from, key), to: value(&to, key) };
    let mut changes: Vec<_> = keys.into_iter().map(change).filter(|change| change.from != change.to).collect();
    let password = |settings: &Settings| settings.gateway.login.as_ref().map(|login| login.password.clone());
    let is_shown = changes.iter().any(|change| change.key.starts_with("gateway.login"));
    if !is_shown && password(now) != password(then) {
        let hidden = || Value::from("***");
        changes.push(SettingChange { key: "gateway.login.password".into(), from: hidden(), to: hidden() });
    }
    changes
}

fn other_nodes(entries: &[Entry], nodes: &[Node], restoration: &mut Restoration) {
    let now: HashMap<&NodeId, &Entry> = entries.iter().map(|entry| (&entry.id, entry)).collect();
    let mut seen = HashSet::new();
    let mut stay = Vec::new();
    for node in nodes {
        let id = node.id();
        match now.get(&id) {
            _ if seen.contains(&id) => {}
            None => restoration.added.push(node.label()),
            Some(entry) => {
                if *entry.node != *node {
                    restoration.changed.push(node.label());
                }
                stay.push(id.clone());
            }
        }
        seen.insert(id);
    }
    let (kept, gone): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| seen.contains(&entry.id));
    restoration.removed = gone.into_iter().map(|entry| entry.node.label()).collect();
    restoration.reordered = kept.into_iter().map(|entry| &entry.id).ne(stay.iter());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        match Content::read(&text.into()) {
            Err(fault) => {
                assert_eq!(fault.code, FaultCode::Backup);
                fault.detail
            }
            Ok(_) => panic!("it is read: {text}"),
        }
    }

    fn backup(version: u64, parts: &str) -> String {
        format!(r#"{{"sluice-backup":{version},"made":"2026-01-01T00:00:00Z","by":"9.9.9","parts":{parts}}}"#)
    }

    #[test]
    fn what_is_no_backup_says_what_it_is() {
        let whole = backup(1, "{}");
        assert!(Content::read(&whole.as_str().into()).is_ok());
        assert_eq!(fault(&whole[..whole.len() - 3]), "the file ends too early");
        for other in ["", "ss://x", "{\"servers\":[]}", "{\"servers\":", "[1]", "5", "<html>"] {
            assert_eq!(fault(other), "this is no backup of Sluice", "{other}");
        }
        assert!(fault(&backup(2, "{}")).contains("newer version of Sluice (9.9.9)"));
        assert_eq!(fault(&backup(0, "{}")), "its version is not known");
        assert_eq!(fault(&whole.replace("{}", "[\"hunter2\"]")), "the file is damaged");
    }

    #[test]
    fn a_part_is_held_to_its_files_own_rules() {
        for (parts, told) in [
            (r#"{"settings":{"version":99}}"#, "settings: it is of version 99, and this program knows versions 1 to 1"),
            (r#"{"settings":{"version":1,"cluster":{"size":0}}}"#, "settings: cluster.size: "),
            (r#"{"nodes":{"version":1,"nodes":[{"host":"hunter2"}]}}"#, "nodes: port is missing"),
            (
                r#"{"subscriptions":{"version":1,"subscriptions":[{"name":"","url":"hunter2","update_h":1}]}}"#,
                "subscriptions: every",
            ),
            (r#"{"nodes":"hunter2"}"#, "nodes: a wrong value where an object"),
            (r#"{"rules":"||a.example\n/(/\n"}"#, "rules, line 2: "),
            (r#"{"rules":5}"#, "rules: a text is wanted"),
            (r#"{"access-list":"[bypass_list]\n10.0.0.0/99\n"}"#, "access-list, line 2: "),
        ] {
            let detail = fault(&backup(1, parts));
            assert!(detail.starts_with(told) && !detail.contains("hunter2"), "{detail}");
        }
    }

    #[test]
    fn parts_that_are_not_known_are_named_and_left_out() {
        let content = Content::read(&backup(1, r#"{"later":{"x":1},"rules":""}"#).into()).unwrap_or_else(|_| panic!());
        assert_eq!((content.unknown, content.settings, content.nodes), (vec!["later".into()], None, None));
    }

    #[test]
    fn a_changed_password_is_a_change_and_not_shown() {
        let with = |password: &str| {
            let mut settings = Settings::default();
            settings.gateway.login = Some(crate::model::Login { user: "me".into(), password: password.into() });
            settings
        };
        let changes = other_settings(&with("hunter2"), &with("hunter3"));
        assert_eq!(changes.len(), 1);
        assert!(!serde_json::to_string(&changes).unwrap().contains("hunter"));
        assert_eq!(other_settings(&with("hunter2"), &with("hunter2")), []);
        let changes = other_settings(&Settings::default(), &with("hunter2"));
        assert!(!changes.is_empty() && !serde_json::to_string(&changes).unwrap().contains("hunter"));
    }
}
