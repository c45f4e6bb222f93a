//! Rules that are patterns: an expression for the matcher here, and its form for the PAC script.

use super::anchor::Anchor;
use crate::model::LineError;
use crate::rules::regexes::{Budget, ForBrowsers};

/// Matches a URL up to the name in a domain rule.
const BELOW: &str = "^[a-z][a-z0-9+.-]{0,15}://([^/?#]*\\.)?";

/// The meaning of `^`.
const SEPARATOR: &str = "([^a-z0-9_.%-]|$)";

/// A pattern for URLs.
#[derive(Debug, PartialEq)]
pub(super) struct Pattern {
    /// For the matcher here.
    pub(super) regex: String,
    /// For the PAC script; `None` if it is too large.
    pub(super) script: Option<ForBrowsers>,
}

impl Pattern {
    /// From a regular expression.
    pub(super) fn regex(text: &str, budget: &mut Budget) -> Result<Self, LineError> {
        if !text.is_ascii() {
            return Err(LineError::NotAscii);
        }
        let hir = budget.parse(text)?;
        Ok(Self { regex: text.to_owned(), script: budget.for_browsers(&hir)? })
    }

    /// From a text with `*` and `^` in it.
    pub(super) fn wild(anchor: Anchor, text: &str, budget: &mut Budget) -> Result<Self, LineError> {
        let (start, end) = match anchor {
            Anchor::Anywhere => ("", ""),
            Anchor::Start => ("^", ""),
            Anchor::End => ("", "$"),
            Anchor::Whole => ("^", "$"),
        };
        Self::regex(&format!("{start}{}{end}", widened(text)), budget)
    }

    /// From a domain with `*` or `^` in or behind its name.
    pub(super) fn below_domain(text: &str, budget: &mut Budget) -> Result<Self, LineError> {
        if text.is_empty() {
            return Err(LineError::NoDomain);
        }
        Self::regex(&format!("{BELOW}{}", widened(text)), budget)
    }
}

fn widened(text: &str) -> String {
    let mut regex = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '*' if regex.ends_with(".*") => {}
            '*' => regex.push_str(".*"),
            '^' => regex.push_str(SEPARATOR),
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    regex
}
