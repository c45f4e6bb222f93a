//! What is wrong with a file of ours or a backup. None of it repeats a value, which may be a password in the
//! wrong place.

use serde::{Deserialize, Serialize};

use super::line_error::LineError;
use crate::model::settings::{Invalid, Wanted};

/// What is wrong with a file of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileProblem {
    /// It ends in the middle.
    #[error("line {line}, column {column}: the file ends too early")]
    EndsEarly {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It is no JSON.
    #[error("line {line}, column {column}: this is no JSON")]
    NoJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A later program has written it.
    #[error("it is of version {found}, and this program knows versions 1 to {known}")]
    Version {
        /// Its version.
        found: u32,
        /// The last one that is known.
        known: u32,
    },
    /// A value is of another kind than is wanted there.
    #[error("a wrong value where {0} is wanted")]
    WrongValue(Wanted),
    /// A value is missing.
    #[error("{0} is missing")]
    Missing(String),
    /// There is something that nobody knows.
    #[error("{0} is not known")]
    Unknown(String),
    /// A setting is out of bounds.
    #[error(transparent)]
    Setting(Invalid),
    /// Two subscriptions have one name, or one has none.
    #[error("every subscription has a name of its own")]
    Names,
    /// Something else, in the words of who read it.
    #[error("{0}")]
    Other(String),
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

/// Why a text is no backup that can be restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupProblem {
    /// It ends in the middle.
    #[error("the file ends too early")]
    EndsEarly,
    /// It is something else.
    #[error("this is no backup of Sluice")]
    NoBackup,
    /// A newer program made it, of this version.
    #[error("it was made by a newer version of Sluice ({0}); update this one to restore it")]
    Newer(String),
    /// Its version is none.
    #[error("its version is not known")]
    Version,
    /// There was no restoration that could be undone.
    #[error("nothing was restored here that could be undone")]
    NothingToUndo,
    /// A part of it is of the wrong kind.
    #[error("the file is damaged")]
    Damaged,
    /// A part is no text.
    #[error("{0}: a text is wanted")]
    NoText(String),
    /// A part is broken as its file would be.
    #[error("{part}: {why}")]
    Part {
        /// The part's name.
        part: String,
        /// What is wrong with it.
        why: FileProblem,
    },
    /// A line of a part is no rule.
    #[error("{part}, line {line}: {why}")]
    Line {
        /// The part's name.
        part: String,
        /// Which, from 1.
        line: u32,
        /// What is wrong with it.
        why: LineError,
    },
}
