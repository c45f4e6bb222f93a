//! Validates and decodes a downloaded rule list.
//!
//! GFWList is served in base64. A truncated list, or a web page in its place, must never replace a good list: it would
//! silently send everything direct.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};

use super::list::RuleList;
use crate::model::RuleListError;

/// The first line of a list, in either of two formats.
const FIRST_LINES: [&str; 2] = ["[autoproxy", "[adblock"];

/// The text of a list, from a response or a file.
///
/// # Errors
/// Not a list, or truncated.
pub fn text(answer: &[u8]) -> Result<String, RuleListError> {
    let given = std::str::from_utf8(answer).map_err(|_| RuleListError::NotBase64)?;
    let given = given.trim_start_matches('\u{feff}').trim();
    if given.is_empty() {
        return Err(RuleListError::Empty);
    }
    if given.starts_with('<') {
        return Err(RuleListError::WebPage);
    }
    let text = if has_head(given) { given.to_owned() } else { decoded(given)? };
    if !has_head(&text) {
        return Err(RuleListError::NoHead);
    }
    if declared_checksum(&text).is_some_and(|said| said != checksum(&text)) {
        return Err(RuleListError::Damaged);
    }
    if RuleList::count(&text) == 0 { Err(RuleListError::NoRules) } else { Ok(text) }
}

fn has_head(text: &str) -> bool {
    let start = text.trim_start().bytes().take(16).map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>();
    FIRST_LINES.iter().any(|head| start.starts_with(head.as_bytes()))
}

fn decoded(given: &str) -> Result<String, RuleListError> {
    let dense: String = given.split_ascii_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(&dense).or_else(|_| BASE64_STANDARD_NO_PAD.decode(&dense));
    String::from_utf8(bytes.map_err(|_| RuleListError::NotBase64)?).map_err(|_| RuleListError::NotBase64)
}

/// The checksum in the list's header.
fn declared_checksum(text: &str) -> Option<&str> {
    text.lines().find_map(checksum_in)
}

fn checksum_in(line: &str) -> Option<&str> {
    let (name, value) = line.strip_prefix('!')?.split_once(':')?;
    name.trim().eq_ignore_ascii_case("checksum").then(|| value.trim().trim_end_matches('='))
}

/// The checksum of Adblock Plus: MD5 of all lines that are not empty, without the checksum's own.
fn checksum(text: &str) -> String {
    let mut lines = text.lines().filter(|line| !line.is_empty()).peekable();
    let mut without = String::with_capacity(text.len());
    let mut is_left_out = false;
    while let Some(line) = lines.next() {
        if !is_left_out && checksum_in(line).is_some() {
            is_left_out = true;
            continue;
        }
        without.push_str(line);
        if lines.peek().is_some() {
            without.push('\n');
        }
    }
    // Trimming has removed the final line break, which counts.
    without.push('\n');
    BASE64_STANDARD_NO_PAD.encode(fast_md5::digest(without.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "[AutoProxy 0.2.9]\n! Title: T\n\n||a.example\n.b.example\n";

    fn with_checksum() -> String {
        let sum = checksum(LIST);
        LIST.replacen('\n', &format!("\n! Checksum: {sum}\n"), 1)
    }

    #[test]
    fn lists_are_accepted_in_base64_and_plain() {
        for list in [LIST.to_owned(), with_checksum()] {
            assert_eq!(text(list.as_bytes()).as_deref(), Ok(list.trim()));
            let encoded = BASE64_STANDARD.encode(&list);
            let lines = encoded.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line));
            let wrapped = lines.collect::<Vec<_>>().join("\r\n");
            assert_eq!(text(wrapped.as_bytes()).as_deref(), Ok(list.as_str()));
        }
    }

    #[test]
    fn other_responses_are_refused() {
        let refused = |answer: &str| text(answer.as_bytes()).unwrap_err();
        assert_eq!(refused(" \r\n "), RuleListError::Empty);
        assert_eq!(refused("\n<!DOCTYPE html><html>"), RuleListError::WebPage);
        assert_eq!(refused("404: Not Found"), RuleListError::NotBase64);
        assert_eq!(refused(&BASE64_STANDARD.encode("hello, world")), RuleListError::NoHead);
        assert_eq!(refused("[AutoProxy]\n! nothing\n"), RuleListError::NoRules);
        assert_eq!(text(&[0xff, 0xfe, 0]), Err(RuleListError::NotBase64));
    }

    #[test]
    fn a_truncated_list_is_refused_at_any_length() {
        let encoded = BASE64_STANDARD.encode(with_checksum() + "||c.example\n".repeat(50).as_str());
        assert_eq!(text(encoded.as_bytes()), Err(RuleListError::Damaged), "it is longer than its checksum says");
        let encoded = BASE64_STANDARD.encode(with_checksum());
        for length in 0..encoded.len() - 4 {
            assert!(text(&encoded.as_bytes()[..length]).is_err(), "cut at {length}");
        }
    }
}
