//! What is wrong with a file of ours or a backup. None of it repeats a value, which may be a password in the
//! wrong place.

use serde::{Deserialize, Serialize};

use super::line_error::LineError;
use crate::locale::messages;
use crate::model::settings::{Invalid, Wanted};

messages! {
    /// What is wrong with a file of ours.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum FileProblem {
        /// It ends in the middle.
        EndsEarly {
            /// The line, from 1.
            line: usize,
            /// The column, from 1.
            column: usize,
        } = "broken-ends-early",
        /// It is no JSON.
        NoJson {
            /// The line, from 1.
            line: usize,
            /// The column, from 1.
            column: usize,
        } = "broken-no-json",
        /// A later program has written it.
        Version {
            /// Its version.
            found: u32,
            /// The last one that is known.
            known: u32,
        } = "broken-version",
        /// A value is of another kind than is wanted there.
        WrongValue(wanted: Wanted) = "broken-wrong-value",
        /// A value is missing.
        Missing(key: String) = "broken-missing",
        /// There is something that nobody knows.
        Unknown(key: String) = "broken-unknown",
        /// A setting is out of bounds.
        Setting(invalid: Invalid) = transparent,
        /// Two subscriptions have one name, or one has none.
        Names = "broken-names",
        /// Something else, in the words of who read it.
        Other(text: String) = verbatim,
    }
}

impl FileProblem {
    /// What reading JSON says. It quotes a value of the wrong kind, which may be a password in the wrong place:
    /// only what was wanted there is told, and the names of keys.
    pub fn of(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        if error.is_eof() {
            return Self::EndsEarly { line, column };
        }
        if error.is_syntax() {
            return Self::NoJson { line, column };
        }
        let text = error.to_string();
        let key = |start: &str| text.strip_prefix(start)?.split('`').next().map(str::to_owned);
        if let Some((found, wanted)) = text.split_once(", expected ")
            && found.starts_with("invalid")
        {
            // Where it stands, which serde adds for texts.
            let wanted = wanted.split(" at line ").next().unwrap_or_default();
            return Self::WrongValue(Wanted::expected(wanted));
        }
        let missing = key("missing field `").map(Self::Missing);
        let unknown = || key("unknown field `").map(Self::Unknown);
        missing.or_else(unknown).unwrap_or(Self::Other(text))
    }
}

messages! {
    /// Why a text is no backup that can be restored.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum BackupProblem {
        /// It ends in the middle.
        EndsEarly = "backup-ends-early",
        /// It is something else.
        NoBackup = "backup-none",
        /// A newer program made it, of this version.
        Newer(by: String) = "backup-newer",
        /// Its version is none.
        Version = "backup-version",
        /// There was no restoration that could be undone.
        NothingToUndo = "backup-nothing-to-undo",
        /// A part of it is of the wrong kind.
        Damaged = "backup-damaged",
        /// Its parts are not those that were written.
        Checksum = "backup-checksum",
        /// A part is no text.
        NoText(part: String) = "backup-no-text",
        /// A part is broken as its file would be.
        Part {
            /// The part's name.
            part: String,
            /// What is wrong with it.
            why: FileProblem,
        } = "backup-part",
        /// A line of a part is no rule.
        Line {
            /// The part's name.
            part: String,
            /// Which, from 1.
            line: u32,
            /// What is wrong with it.
            why: LineError,
        } = "backup-line",
    }
}
