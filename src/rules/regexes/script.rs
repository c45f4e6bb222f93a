//! Expressions in the syntax of browsers.
//!
//! They are written from the parsed expression ([`Hir`]), so that matcher and script cannot differ in the meaning of a
//! class or a flag. Anything without an equivalent on both sides, such as look-ahead, is rejected.

use std::fmt::Write;

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use crate::model::LineError;

/// The expression for `new RegExp`.
///
/// # Errors
/// It has an assertion that browsers do not support.
pub(in crate::rules) fn expression(hir: &Hir) -> Result<String, LineError> {
    let mut out = String::new();
    write(hir, &mut out)?;
    Ok(out)
}

fn write(hir: &Hir, out: &mut String) -> Result<(), LineError> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|byte| write_byte(*byte, out)),
        HirKind::Class(class) => write_class(class, out),
        HirKind::Look(look) => out.push_str(condition(*look)?),
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
    written.expect("writing to a string does not fail");
    if !repetition.greedy {
        out.push('?');
    }
    Ok(())
}

fn write_class(class: &Class, out: &mut String) {
    out.push('[');
    for (from, to) in ranges(class) {
        write_byte(from, out);
        out.push('-');
        write_byte(to, out);
    }
    out.push(']');
}

/// The bytes of a class, as ranges.
pub(super) fn ranges(class: &Class) -> Vec<(u8, u8)> {
    match class {
        Class::Bytes(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        // URLs are ASCII, and so are the classes here.
        Class::Unicode(class) => {
            let byte = |letter| u8::try_from(letter).unwrap_or(u8::MAX);
            class.ranges().iter().map(|range| (byte(range.start()), byte(range.end()))).collect()
        }
    }
}

fn write_byte(byte: u8, out: &mut String) {
    if byte.is_ascii_alphanumeric() {
        out.push(char::from(byte));
    } else {
        write!(out, "\\x{byte:02x}").expect("writing to a string does not fail");
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which browsers know a few")]
fn condition(look: Look) -> Result<&'static str, LineError> {
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
    fn an_expression_is_the_same_for_browsers() {
        let script = |text| expression(&super::super::parse(text).unwrap()).unwrap();
        assert_eq!(script("^ab?\\/"), "^[A-Aa-a](?:[B-Bb-b])?\\x2f");
        assert_eq!(script("\\.*$"), "(?:\\x2e)*$");
        assert_eq!(script("(1|2[34])+?"), "(?:(?:(?:1|2[3-4])))+?");
    }
}
