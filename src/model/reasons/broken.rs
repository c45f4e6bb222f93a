//! What is wrong with one of our files or a backup. Contains no values: one may be a password in the wrong place.

use serde::{Deserialize, Serialize};

use super::line_error::LineError;
use crate::locale::messages;
use crate::model::settings::{ExpectedValue, InvalidValue};

messages! {
    /// What is wrong with one of our files.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum FileProblem {
        /// It is truncated.
        EndsEarly {
            /// The line, from 1.
            line: usize,
            /// The column, from 1.
            column: usize,
        } = "broken-ends-early",
        /// It is not valid JSON.
        NoJson {
            /// The line, from 1.
            line: usize,
            /// The column, from 1.
            column: usize,
        } = "json-invalid",
        /// A newer version of Sluice has written it.
        Version {
            /// Its version.
            found: u32,
            /// The newest supported version.
            known: u32,
        } = "broken-version",
        /// A value is of the wrong kind.
        WrongValue(wanted: ExpectedValue) = "broken-wrong-value",
        /// A field is missing.
        Missing(key: String) = "broken-missing",
        /// There is an unknown field.
        Unknown(key: String) = "broken-unknown",
        /// A setting is invalid.
        Setting(invalid: InvalidValue) = transparent,
        /// Two subscriptions have the same name, or one has none.
        Names = "broken-names",
        /// Anything else, as reported by the parser.
        Other(text: String) = verbatim,
    }
}

impl FileProblem {
    /// Converts a JSON error. Its message contains values of the wrong kind, which may be passwords in the wrong place:
    /// only the expected kind and the names of keys are kept.
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
            // The position, which serde appends.
            let wanted = wanted.split(" at line ").next().unwrap_or_default();
            return Self::WrongValue(ExpectedValue::expected(wanted));
        }
        let missing = key("missing field `").map(Self::Missing);
        let unknown = || key("unknown field `").map(Self::Unknown);
        missing.or_else(unknown).unwrap_or(Self::Other(text))
    }
}

messages! {
    /// Why a backup is invalid.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum BackupProblem {
        /// It is truncated.
        EndsEarly = "backup-ends-early",
        /// It is not a backup.
        NoBackup = "backup-none",
        /// A newer version of Sluice has made it.
        Newer(by: String) = "backup-newer",
        /// Its version is invalid.
        Version = "backup-version",
        /// There is no restore to undo.
        NothingToUndo = "backup-nothing-to-undo",
        /// A part is of the wrong kind.
        Damaged = "backup-damaged",
        /// Its checksum is wrong.
        Checksum = "backup-checksum",
        /// A part is not text.
        NoText(part: String) = "backup-no-text",
        /// A part is invalid, as its file would be.
        Part {
            /// The part's name.
            part: String,
            /// What is wrong with it.
            why: FileProblem,
        } = "backup-part",
        /// A line of a part is not a valid rule.
        Line {
            /// The part's name.
            part: String,
            /// Its number, from 1.
            line: u32,
            /// Why it is invalid.
            why: LineError,
        } = "backup-line",
    }
}
