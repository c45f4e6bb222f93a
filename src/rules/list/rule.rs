//! One line of a list.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::RuleAction;
use super::pattern::Pattern;
use super::table::Anchor;
use crate::model::LineError;

/// What no address has in it as it is.
const NEVER_IN_ADDRESSES: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// The longest rule: no address is longer where it matters.
const LONGEST: usize = 2_048;

/// A rule and what it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ParsedRule {
    pub(super) action: RuleAction,
    pub(super) rule: Rule,
}

/// What a rule matches; all in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// This domain, all below it, and behind it an address that begins so.
    Domain { name: String, tail: String },
    /// Addresses with this text in this place.
    Text { anchor: Anchor, text: String },
    /// Addresses that match.
    Pattern(Pattern),
}

/// Reads a line. None for comments and empty lines.
///
/// # Errors
/// It can be no rule; why not.
pub(super) fn read(line: &str) -> Result<Option<ParsedRule>, LineError> {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['!', '[']) {
        return Ok(None);
    }
    if line.len() > LONGEST {
        return Err(LineError::TooLong(LONGEST));
    }
    let (action, body) = match line.strip_prefix("@@") {
        Some(body) => (RuleAction::Direct, body),
        None => (RuleAction::Proxy, line),
    };
    let rule = match body.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        Some(regex) if !regex.is_empty() => Rule::Pattern(Pattern::regex(regex)?),
        Some(_) | None => plain(body)?,
    };
    Ok(Some(ParsedRule { action, rule }))
}

fn plain(body: &str) -> Result<Rule, LineError> {
    let text = utf8_percent_encode(body, NEVER_IN_ADDRESSES).to_string().to_ascii_lowercase();
    let wide = ["*", "^"].iter().any(|sign| text.trim_end_matches(['*', '^']).contains(sign));
    if let Some(named) = text.strip_prefix("||") {
        // A separator or anything at the end adds nothing to a domain.
        let named = named.trim_end_matches(['*', '^', '|']);
        return if wide { Ok(Rule::Pattern(Pattern::below_domain(named)?)) } else { domain(body, named) };
    }
    let (text, begins) = text.strip_prefix('|').map_or((text.as_str(), false), |text| (text, true));
    let (text, ends) = text.strip_suffix('|').map_or((text, false), |text| (text, true));
    let open = text.trim_start_matches('*');
    let (text, begins) = (open, begins && open.len() == text.len());
    let open = text.trim_end_matches('*');
    let (text, ends) = (open, ends && open.len() == text.len());
    let anchor = match (begins, ends) {
        (false, false) => Anchor::Anywhere,
        (true, false) => Anchor::Start,
        (false, true) => Anchor::End,
        (true, true) => Anchor::Whole,
    };
    if text.is_empty() {
        return Err(LineError::Everything);
    }
    if text.contains(['*', '^']) {
        Ok(Rule::Pattern(Pattern::wild(anchor, text)?))
    } else {
        Ok(Rule::Text { anchor, text: text.into() })
    }
}

/// `||name` and what follows it. Names in other scripts than Latin are as they are in addresses.
fn domain(body: &str, named: &str) -> Result<Rule, LineError> {
    let end = named.find(['/', ':', '?']).unwrap_or(named.len());
    let given = body.trim_start_matches('|');
    let is_ascii = body.is_ascii();
    let (name, tail) = if is_ascii {
        (named[..end].to_owned(), named[end..].to_owned())
    } else {
        let end = given.find(['/', ':', '?']).unwrap_or(given.len());
        let host = url::Host::parse(&given[..end]).map_err(|_| LineError::NoDomain)?;
        let tail = utf8_percent_encode(&given[end..], NEVER_IN_ADDRESSES).to_string().to_ascii_lowercase();
        (host.to_string(), tail)
    };
    let name = name.trim_matches('.').to_owned();
    if name.is_empty() { Err(LineError::NoDomain) } else { Ok(Rule::Domain { name, tail }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        read(text).unwrap().unwrap().rule
    }

    fn domain(name: &str, tail: &str) -> Rule {
        Rule::Domain { name: name.into(), tail: tail.into() }
    }

    fn text(anchor: Anchor, text: &str) -> Rule {
        Rule::Text { anchor, text: text.into() }
    }

    #[test]
    fn every_kind_of_line_is_read() {
        assert_eq!(rule("||Example.COM"), domain("example.com", ""));
        assert_eq!(rule("||example.com^"), domain("example.com", ""));
        assert_eq!(rule("||example.com:81/A"), domain("example.com", ":81/a"));
        assert_eq!(rule("||\u{4e2d}\u{6587}.example"), domain("xn--fiq228c.example", ""));
        assert_eq!(rule("|http://a.example"), text(Anchor::Start, "http://a.example"));
        assert_eq!(rule(".mp4|"), text(Anchor::End, ".mp4"));
        assert_eq!(rule("|http://a/|"), text(Anchor::Whole, "http://a/"));
        assert_eq!(rule(".example.com/A b"), text(Anchor::Anywhere, ".example.com/a%20b"));
        assert_eq!(rule("*abc*"), text(Anchor::Anywhere, "abc"));
        assert_eq!(rule("|*abc"), text(Anchor::Anywhere, "abc"));
        for wild in ["a*b", "|http://*.a", "||cdn*.a", "a^b", "/^https?:/"] {
            assert!(matches!(rule(wild), Rule::Pattern(_)), "{wild}");
        }
        assert_eq!(read("@@||a").unwrap().unwrap().action, RuleAction::Direct);
        for nothing in ["", "  ", "! said", "[AutoProxy 0.2.9]"] {
            assert_eq!(read(nothing), Ok(None));
        }
    }

    #[test]
    fn what_can_be_no_rule_says_why() {
        for text in ["|", "||", "*", "@@", "|*|", "/(/", "/a(?=b)/", "/\\1/", "/\u{e9}/", "||.", &"a".repeat(3_000)] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
