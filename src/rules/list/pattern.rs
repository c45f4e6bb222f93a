//! LayeredRules that are patterns: one meaning for the matcher here and for scripts in browsers.
//!
//! Both are made from the same parsed expression ([`Hir`]), so that they cannot differ in what a class
//! or a flag means. What has no equal on both sides, such as looking ahead, is refused.

use std::fmt::Write;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use super::table::Anchor;
use crate::model::LineError;

/// How large a compiled pattern may be, in bytes. Even long alternatives need a tenth of it.
pub(super) const LARGEST: usize = 1 << 20;

/// Anything up to the name that a domain rule gives.
const BELOW: &str = "^[a-z][a-z0-9+.-]*://([^/?#]*\\.)?";

/// What `^` stands for.
const SEPARATOR: &str = "([^a-z0-9_.%-]|$)";

/// A pattern that addresses match or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules) struct Pattern {
    /// For this program.
    pub(in crate::rules) regex: String,
    /// For scripts.
    pub(in crate::rules) script: String,
}

impl Pattern {
    /// From a regular expression.
    pub(super) fn regex(text: &str) -> Result<Self, LineError> {
        if !text.is_ascii() {
            return Err(LineError::NotAscii);
        }
        let parsed =
            ParserBuilder::new().unicode(false).utf8(false).case_insensitive(true).nest_limit(50).build().parse(text);
        let hir = parsed.map_err(|error| LineError::Regex(last_line(&error.to_string()).to_owned()))?;
        let built =
            regex::bytes::RegexBuilder::new(text).unicode(false).case_insensitive(true).size_limit(LARGEST).build();
        built.map_err(|error| LineError::Regex(last_line(&error.to_string()).to_owned()))?;
        let mut script = String::new();
        write(&hir, &mut script)?;
        Ok(Self { regex: text.to_owned(), script })
    }

    /// From a text with `*` and `^` in it.
    pub(super) fn wild(anchor: Anchor, text: &str) -> Result<Self, LineError> {
        let (start, end) = match anchor {
            Anchor::Anywhere => ("", ""),
            Anchor::Start => ("^", ""),
            Anchor::End => ("", "$"),
            Anchor::Whole => ("^", "$"),
        };
        Self::regex(&format!("{start}{}{end}", widened(text)))
    }

    /// From a domain with `*` or `^` in or behind its name.
    pub(super) fn below_domain(text: &str) -> Result<Self, LineError> {
        if text.is_empty() { Err(LineError::NoDomain) } else { Self::regex(&format!("{BELOW}{}", widened(text))) }
    }
}

fn widened(text: &str) -> String {
    let mut regex = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '*' => regex.push_str(".*"),
            '^' => regex.push_str(SEPARATOR),
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    regex
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or(text).trim_start_matches("error: ")
}

fn write(hir: &Hir, out: &mut String) -> Result<(), LineError> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|byte| write_byte(*byte, out)),
        HirKind::Class(class) => write_class(class, out),
        HirKind::Look(look) => out.push_str(looked(*look)?),
        HirKind::Repetition(repetition) => write_repetition(repetition, out)?,
        HirKind::Capture(capture) => write_group(&capture.sub, out)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, out))?,
        HirKind::Alternation(parts) => {
            out.push_str("(?:");
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                write(part, out)?;
            }
            out.push(')');
        }
    }
    Ok(())
}

fn write_group(hir: &Hir, out: &mut String) -> Result<(), LineError> {
    out.push_str("(?:");
    write(hir, out)?;
    out.push(')');
    Ok(())
}

fn write_repetition(repetition: &Repetition, out: &mut String) -> Result<(), LineError> {
    write_group(&repetition.sub, out)?;
    let written = match (repetition.min, repetition.max) {
        (0, None) => write!(out, "*"),
        (1, None) => write!(out, "+"),
        (0, Some(1)) => write!(out, "?"),
        (min, None) => write!(out, "{{{min},}}"),
        (min, Some(max)) => write!(out, "{{{min},{max}}}"),
    };
    written.expect("a string takes it all");
    if !repetition.greedy {
        out.push('?');
    }
    Ok(())
}

fn write_class(class: &Class, out: &mut String) {
    out.push('[');
    let mut range = |from: u8, to: u8| {
        write_byte(from, out);
        out.push('-');
        write_byte(to, out);
    };
    match class {
        Class::Bytes(class) => class.ranges().iter().for_each(|part| range(part.start(), part.end())),
        // Only what is ASCII comes here: addresses are.
        Class::Unicode(class) => class.ranges().iter().for_each(|part| {
            range(u8::try_from(part.start()).unwrap_or(u8::MAX), u8::try_from(part.end()).unwrap_or(u8::MAX));
        }),
    }
    out.push(']');
}

fn write_byte(byte: u8, out: &mut String) {
    if byte.is_ascii_alphanumeric() {
        out.push(char::from(byte));
    } else {
        write!(out, "\\x{byte:02x}").expect("a string takes it all");
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which few are known to scripts")]
fn looked(look: Look) -> Result<&'static str, LineError> {
    match look {
        Look::Start => Ok("^"),
        Look::End => Ok("$"),
        Look::WordAscii => Ok("\\b"),
        Look::WordAsciiNegate => Ok("\\B"),
        _ => Err(LineError::NotForBrowsers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_the_same_for_scripts() {
        let script = |text| Pattern::regex(text).unwrap().script;
        assert_eq!(script("^ab?\\/"), "^[A-Aa-a](?:[B-Bb-b])?\\x2f");
        assert_eq!(script("\\.*$"), "(?:\\x2e)*$");
        assert_eq!(script("(1|2[34])+?"), "(?:(?:(?:1|2[3-4])))+?");
    }

    #[test]
    fn a_repetition_that_explodes_is_refused() {
        assert!(Pattern::regex("((a{500}){500}){500}").is_err());
    }
}
