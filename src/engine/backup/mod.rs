//! Backups: everything that a user has configured, as one text, and how it is restored.
//!
//! A backup is JSON: a version, the time and the program that made it, and a map of named parts, each in the format of
//! the corresponding file, with that file's version and migrations. A missing part stays unchanged and an unknown one
//! is skipped, so a new part needs no new version. A checksum of the parts detects damage; backups of older programs
//! have none. Passwords are included in clear text; the caller encrypts the backup if the user wants that
//! ([`crate::seal`]).
//!
//! A backup may name programs to run, so these are restored only with the user's consent.
//!
//! This module has the format, and computes what a backup would change ([`difference`]), which takes time and is done
//! on other threads; [`super::commands`] restores one.

mod difference;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(super) use self::difference::other_settings;
use super::nodes::{NodeFile, NodeStore};
use super::store::{self, NODES, SETTINGS, SUBSCRIPTIONS};
use super::subscriptions::SubscriptionFile;
use crate::model::backup::ProgramScope;
use crate::model::link::shown;
use crate::model::route::BadLine;
use crate::model::{BackupProblem, Cause, Fault, FaultCode, FileProblem, Node, NodeId, Secret, Settings};
use crate::os::paths::Paths;
use crate::rules::RuleList;
use crate::rules::acl::Acl;

/// The version of the outer format.
const VERSION: u64 = 1;

/// The names of the parts.
mod part {
    pub(super) const SETTINGS: &str = "settings";
    pub(super) const NODES: &str = "nodes";
    pub(super) const SUBSCRIPTIONS: &str = "subscriptions";
    pub(super) const RULES: &str = "rules";
    /// The content of the file that `rules.acl` names; the path is meaningless on another computer.
    pub(super) const ACCESS_LIST: &str = "access-list";
}

/// The backup file.
#[derive(Serialize, Deserialize)]
struct BackupFile {
    #[serde(rename = "sluice-backup")]
    version: u64,
    made: String,
    by: String,
    /// SHA-256 of the parts as compact JSON, in hexadecimal; `None` in a backup of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    parts: BTreeMap<String, Value>,
}

/// The validated content of a backup.
pub(super) struct BackupContent {
    made: String,
    by: String,
    pub(super) settings: Option<Settings>,
    pub(super) nodes: Option<NodeStore>,
    pub(super) subscriptions: Option<SubscriptionFile>,
    pub(super) rules: Option<String>,
    pub(super) access_list: Option<String>,
    unknown: Vec<String>,
}

/// Everything the user has configured.
pub(super) struct UserState {
    pub(super) settings: Settings,
    pub(super) nodes: Vec<(NodeId, Arc<Node>)>,
    pub(super) subscriptions: SubscriptionFile,
    pub(super) paths: Paths,
}

impl UserState {
    /// The state as one text.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn backup(&self) -> Result<Secret, Fault> {
        let value = |value: Result<Value, _>| value.expect("what is written to files is plain JSON");
        let mut parts = BTreeMap::from([
            (part::SETTINGS.to_owned(), value(serde_json::to_value(&self.settings))),
            (
                part::NODES.to_owned(),
                value(serde_json::to_value(NodeFile::of(self.nodes.iter().map(|(_, node)| Arc::clone(node))))),
            ),
            (part::SUBSCRIPTIONS.to_owned(), value(serde_json::to_value(&self.subscriptions))),
            (part::RULES.to_owned(), text_of(&self.paths.rules())?.into()),
        ]);
        if let Some(path) = &self.settings.rules.acl {
            parts.insert(part::ACCESS_LIST.to_owned(), text_of(path)?.into());
        }
        let made = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (by, sha256) = (env!("CARGO_PKG_VERSION").into(), Some(checksum(&parts)));
        let backup = BackupFile { version: VERSION, made, by, sha256, parts };
        Ok(serde_json::to_string(&backup).expect("a backup is plain JSON").into())
    }
}

impl BackupContent {
    /// Parses and validates a backup.
    ///
    /// # Errors
    /// It is invalid.
    pub(super) fn read(text: &Secret) -> Result<Self, Fault> {
        let BackupFile { made, by, sha256, mut parts, .. } = outer(text.expose())?;
        if sha256.is_some_and(|written| written != checksum(&parts)) {
            return Err(refused(BackupProblem::Checksum));
        }
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
            nodes: nodes.map_err(broken(part::NODES))?.map(NodeStore::of),
            subscriptions: subscriptions.map_err(broken(part::SUBSCRIPTIONS))?,
            rules,
            access_list,
            unknown: parts.into_keys().map(|name| shown(&name)).collect(),
        })
    }
}

impl BackupContent {
    /// The settings to restore.
    fn restored_settings(&self, own: &Settings, programs: ProgramScope) -> Settings {
        match (&self.settings, programs) {
            (None, _) => own.clone(),
            (Some(settings), ProgramScope::All) => settings.clone(),
            (Some(settings), ProgramScope::Known) => settings.clone().with_programs_of(own),
        }
    }

    /// Writes the texts that are separate files: the user's rules, and the access list if no file has it yet. Returns
    /// the settings to restore.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub(super) fn write_texts(&self, own: &Settings, paths: &Paths, programs: ProgramScope) -> Result<Settings, Fault> {
        let mut settings = self.restored_settings(own, programs);
        if let Some(text) = &self.access_list {
            settings.rules.acl = Some(access_list(&settings, text, paths)?);
        }
        if let Some(text) = &self.rules
            && *text != text_of(&paths.rules())?
        {
            let file = paths.rules();
            let written = if text.is_empty() { store::remove(&file) } else { store::save_text(&file, text) };
            written.map_err(|error| Fault::from(&error))?;
        }
        Ok(settings)
    }
}

/// The file for an access list: the one that the settings name if it has this text, or our own copy.
fn access_list(settings: &Settings, text: &str, paths: &Paths) -> Result<PathBuf, Fault> {
    if let Some(path) = &settings.rules.acl
        && std::fs::read(path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes) == text)
    {
        return Ok(path.clone());
    }
    let own = paths.acl();
    store::save_text(&own, text).map_err(|error| Fault::from(&error))?;
    Ok(own)
}

/// The checksum of the parts. Serializing parsed JSON again results in the same text.
fn checksum(parts: &BTreeMap<String, Value>) -> String {
    let text = serde_json::to_string(parts).expect("what was read from JSON is plain JSON");
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Parses the outer format.
fn outer(text: &str) -> Result<BackupFile, Fault> {
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
    // serde's message would contain a value of the wrong kind, which may be a password.
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

/// The fault for an invalid backup.
pub(super) fn refused(problem: BackupProblem) -> Fault {
    Fault::of(FaultCode::Backup, Cause::Backup(problem))
}

/// The text of a file; empty if it does not exist.
pub(super) fn text_of(path: &Path) -> Result<String, Fault> {
    Ok(store::read_text(path).map_err(|error| Fault::from(&error))?.unwrap_or_default())
}
