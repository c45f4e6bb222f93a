//! Parsing of one line of a list.

use std::net::Ipv6Addr;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Host;

use super::RuleAction;
use super::anchor::Anchor;
use super::pattern::Pattern;
use crate::model::LineError;
use crate::rules::regexes::Budget;

/// Characters that are always percent-encoded in URLs.
const ALWAYS_ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// Longest rule, in bytes; relevant URLs are not longer.
const MAX_RULE: usize = 2_048;

/// Separators between domains and element hiding rules.
const ELEMENT_HIDING_SEPARATORS: [&str; 4] = ["##", "#@#", "#?#", "#$#"];

/// A parsed rule.
#[derive(Debug, PartialEq)]
pub(super) struct ParsedRule {
    pub(super) action: RuleAction,
    pub(super) rule: Rule,
}

/// The condition of a rule, in lower case.
#[derive(Debug, PartialEq)]
pub(super) enum Rule {
    /// This domain and its subdomains, followed by this text.
    Domain { name: String, tail: String },
    /// This text at this place of the URL.
    Text { anchor: Anchor, text: String },
    /// URLs that match a pattern.
    Pattern(Pattern),
}

/// Parses a line; `None` for comments and empty lines. The rule's cost is paid from the list's budget.
///
/// # Errors
/// Not a rule, or one that can never match, with the reason.
pub(super) fn read(line: &str, budget: &mut Budget) -> Result<Option<ParsedRule>, LineError> {
    let Some(line) = without_note(line) else { return Ok(None) };
    if line.len() > MAX_RULE {
        return Err(LineError::TooLong(MAX_RULE));
    }
    let (action, body) = match line.strip_prefix("@@") {
        Some(body) => (RuleAction::Direct, body),
        None => (RuleAction::Proxy, line),
    };
    let rule = match body.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        Some(regex) if !regex.is_empty() => Rule::Pattern(Pattern::regex(regex, budget)?),
        Some(_) | None => plain(body, budget)?,
    };
    Ok(Some(ParsedRule { action, rule }))
}

/// Whether a line contains a rule; cheaper than parsing it.
pub(super) fn is_rule(line: &str) -> bool {
    without_note(line).is_some()
}

/// A line without a trailing `# comment`; `None` if nothing else is in it.
fn without_note(line: &str) -> Option<&str> {
    let line = line.trim();
    let is_address = line.starts_with('[') && ipv6(line).is_some();
    if line.starts_with('!') || (line.starts_with('[') && !is_address) {
        return None;
    }
    if line.starts_with('#') && !ELEMENT_HIDING_SEPARATORS.iter().any(|mark| line.starts_with(mark)) {
        return None;
    }
    let end =
        line.match_indices('#').find(|(at, _)| line[..*at].ends_with([' ', '\t'])).map_or(line.len(), |(at, _)| at);
    Some(line[..end].trim_end()).filter(|rule| !rule.is_empty())
}

fn plain(body: &str, budget: &mut Budget) -> Result<Rule, LineError> {
    if ELEMENT_HIDING_SEPARATORS.iter().any(|mark| body.contains(mark)) {
        return Err(LineError::ElementHiding);
    }
    if body.contains('#') {
        return Err(LineError::Fragment);
    }
    if let Some(options) = options(body) {
        return Err(LineError::Options(options.into()));
    }
    match body.strip_prefix("||") {
        Some(named) => below_domain(named, budget),
        None => text(body, budget),
    }
}

/// The options of an Adblock Plus rule, such as `$third-party,domain=a.example`.
fn options(body: &str) -> Option<&str> {
    let (_, options) = body.rsplit_once('$')?;
    let is_option = |option: &str| {
        let name = option.split('=').next().unwrap_or_default().trim_start_matches('~');
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    options.split(',').all(is_option).then_some(options)
}

/// A text with an anchor: `|http://…`, `….mp4|`, or none.
fn text(body: &str, budget: &mut Budget) -> Result<Rule, LineError> {
    let (text, begins) = body.strip_prefix('|').map_or((body, false), |text| (text, true));
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
    let (scheme, rest) = text.split_at(text.find("://").map_or(0, |at| at + "://".len()));
    let (host, tail) = rest.split_at(host_end(rest));
    let may_be_path = scheme.is_empty() && !host.contains('.') && !host.starts_with('[');
    let host = if may_be_path { escaped(host) } else { ascii_host(host)? };
    let text = escaped(scheme) + &host + &escaped(tail);
    if text.contains(['*', '^']) {
        Ok(Rule::Pattern(Pattern::wild(anchor, &text, budget)?))
    } else {
        budget.text(&text)?;
        Ok(Rule::Text { anchor, text })
    }
}

/// A domain rule: `||name` and what follows it.
fn below_domain(named: &str, budget: &mut Budget) -> Result<Rule, LineError> {
    // A separator or wildcard at the end adds nothing to a domain.
    let named = named.trim_end_matches(['*', '^', '|']);
    if let Ok(ip) = named.parse::<Ipv6Addr>() {
        return Ok(Rule::Domain {
            name: Host::<String>::Ipv6(ip).to_string().trim_matches(['[', ']']).into(),
            tail: String::new(),
        });
    }
    let (host, tail) = named.split_at(host_end(named));
    let (host, tail) = (ascii_host(host)?, escaped(tail));
    if [&host, &tail].iter().any(|part| part.contains(['*', '^'])) {
        return Ok(Rule::Pattern(Pattern::below_domain(&(host + &tail), budget)?));
    }
    if let Some(inside) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Ok(Rule::Domain { name: inside.into(), tail });
    }
    // A host that is impossible in a URL is rejected: it would never match.
    let name = host.trim_matches('.');
    let name = match Host::parse(name).map_err(|_| LineError::NoDomain)? {
        Host::Domain(name) => name,
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(_) => return Err(LineError::NoDomain),
    };
    Ok(Rule::Domain { name, tail })
}

/// The end of the host: before a port, a path or a query.
fn host_end(text: &str) -> usize {
    match text.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(at) => at + 2,
        None => text.find(['/', ':', '?']).unwrap_or(text.len()),
    }
}

/// A host, or a part of one, in the form of URLs: names in ASCII (IDNA), IPv6 addresses in their canonical form.
fn ascii_host(host: &str) -> Result<String, LineError> {
    if host.starts_with('[') {
        return ipv6(host).ok_or(LineError::NoDomain);
    }
    if host.is_ascii() {
        return Ok(escaped(host));
    }
    // Only whole labels can be converted to ASCII.
    let label = |label: &str| match (label.is_ascii(), label.contains('*')) {
        (true, _) => Ok(label.to_ascii_lowercase()),
        (false, true) => Err(LineError::NoDomain),
        (false, false) => Host::parse(label).map(|name| name.to_string()).map_err(|_| LineError::NoDomain),
    };
    let labels: Result<Vec<_>, _> = host
        .split_inclusive(['.', '^'])
        .map(|part| {
            let bare = part.trim_end_matches(['.', '^']);
            Ok(label(bare)? + &part[bare.len()..])
        })
        .collect();
    Ok(labels?.concat())
}

/// The IPv6 address in brackets at the start of a text, in its canonical form with brackets.
fn ipv6(text: &str) -> Option<String> {
    let inside = text.strip_prefix('[')?.split(']').next()?;
    let ip: Ipv6Addr = inside.parse().ok()?;
    Some(Host::<String>::Ipv6(ip).to_string())
}

/// A text with the percent-encoding of URLs.
fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ALWAYS_ENCODED).to_string().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Option<ParsedRule>, LineError> {
        read(text, &mut Budget::default())
    }

    fn rule(text: &str) -> Rule {
        parsed(text).unwrap().unwrap().rule
    }

    fn domain(name: &str, tail: &str) -> Rule {
        Rule::Domain { name: name.into(), tail: tail.into() }
    }

    fn text(anchor: Anchor, text: &str) -> Rule {
        Rule::Text { anchor, text: text.into() }
    }

    #[test]
    fn every_kind_of_line_is_parsed() {
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
        assert_eq!(parsed("@@||a").unwrap().unwrap().action, RuleAction::Direct);
        for nothing in ["", "  ", "! said", "[AutoProxy 0.2.9]", "# said", "#said"] {
            assert_eq!(parsed(nothing), Ok(None));
        }
    }

    #[test]
    fn hosts_are_converted_to_the_form_of_urls() {
        assert_eq!(rule("||b\u{fc}cher.example^"), domain("xn--bcher-kva.example", ""));
        assert_eq!(rule("||B\u{fc}cher.example/\u{e4}"), domain("xn--bcher-kva.example", "/%c3%a4"));
        assert_eq!(rule(".b\u{fc}cher.example/a"), text(Anchor::Anywhere, ".xn--bcher-kva.example/a"));
        assert_eq!(rule("|https://b\u{fc}cher.example/"), text(Anchor::Start, "https://xn--bcher-kva.example/"));
        assert_eq!(rule("\u{4e2d}\u{6587}"), text(Anchor::Anywhere, "%e4%b8%ad%e6%96%87"));
        let Rule::Pattern(pattern) = rule("||*.b\u{fc}cher.example^a") else { panic!("a pattern") };
        assert!(pattern.regex.contains("xn\\-\\-bcher\\-kva"), "{}", pattern.regex);
        for ip in ["||[2001:db8::5]", "||[2001:DB8:0::5]^", "||2001:db8::5"] {
            assert_eq!(rule(ip), domain("2001:db8::5", ""), "{ip}");
        }
        assert_eq!(rule("||[2001:db8::5]:81/a"), domain("2001:db8::5", ":81/a"));
        assert_eq!(rule("[2001:DB8::5]"), text(Anchor::Anywhere, "[2001:db8::5]"));
        assert_eq!(rule("|http://[2001:db8:0::5]/"), text(Anchor::Start, "http://[2001:db8::5]/"));
    }

    #[test]
    fn a_trailing_comment_is_not_part_of_a_rule() {
        assert_eq!(rule("||a.example # mine"), domain("a.example", ""));
        assert_eq!(rule("||a.example\t#mine # twice"), domain("a.example", ""));
        assert_eq!(rule("/a[^#]b/ # mine"), rule("/a[^#]b/"));
    }

    #[test]
    fn rules_that_never_match_are_refused() {
        let refused = |text: &str| parsed(text).unwrap_err();
        assert_eq!(refused("||a.example^$third-party"), LineError::Options("third-party".into()));
        let options = "~script,domain=a.example|b.example";
        assert_eq!(refused(&format!("/ads/*${options}")), LineError::Options(options.into()));
        assert_eq!(refused("@@/a+/$image"), LineError::Options("image".into()));
        assert_eq!(refused("a.example##.banner"), LineError::ElementHiding);
        assert_eq!(refused("##.banner"), LineError::ElementHiding);
        assert_eq!(refused("a.example/#top"), LineError::Fragment);
        for text in ["||b\u{fc}*.example", "||[2001:db8::zz]", "||a b.example", "||a.example]", "|http://[::x]/"] {
            assert_eq!(refused(text), LineError::NoDomain, "{text}");
        }
        for text in ["|", "||", "*", "@@", "|*|", "/(/", "/a(?=b)/", "/\\1/", "/\u{e9}/", "||.", &"a".repeat(3_000)] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_dollar_sign_may_be_part_of_an_address() {
        assert_eq!(rule("a.example/$$"), text(Anchor::Anywhere, "a.example/$$"));
        assert_eq!(rule("a.example/$a/b"), text(Anchor::Anywhere, "a.example/$a/b"));
    }
}
