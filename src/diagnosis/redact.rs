//! Redacts a text: first the known words, then anything that looks like an address. When in doubt it redacts: that
//! loses a little information, while a leak cannot be undone.
//!
//! Local addresses, times, versions and the names of our own settings and files are kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::{Captures, Regex};
use serde_json::Value;

use super::redactions::{Redactions, SECRET};

/// Known words with fewer bytes are redacted only as whole words; within other words they occur by chance.
const SHORT_WORD: usize = 4;

/// The forms of addresses, each a named group.
static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?x)
    (?<time> \d{4}-\d{2}-\d{2} [T\x20] \d{2}:\d{2}:\d{2} [\d.]* Z? )
  | (?<url> [A-Za-z][A-Za-z0-9+.-]* :// [^\s"'<>\\]* )
  | (?<mail> [^\s"'=@/:]+ @ \[? [\w.:-]+ \]? )
  | (?<label> "(?:name|replacement|from|old|group)":"(?:[^"\\]|\\.)*" )
  | (?<six> (?:\b[0-9A-Fa-f]{1,4})? : [0-9A-Fa-f]{0,4} : [0-9A-Fa-f:.]* )
  | (?<word> [\w.-]+ (?: :\d{1,5}\b )? )
"#,
    )
});

/// A word, optionally with a port.
static WORD: LazyLock<Regex> = LazyLock::new(|| regex(r"[\w.-]+(?::\d{1,5}\b)?"));

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a valid constant")
}

/// The extensions of our own files. None of them is a top-level domain.
const FILES: [&str; 8] = ["json", "txt", "log", "sock", "lock", "last", "toml", "acl"];

/// Redacts texts, and remembers which placeholder stands for what.
pub(super) struct Redactor {
    long: AhoCorasick,
    replacements: Vec<String>,
    short: HashMap<String, String>,
    keys: HashSet<String>,
    placeholders: BTreeMap<(&'static str, String), String>,
}

impl Redactor {
    /// A redactor for these words; `keys` are our own settings keys, which are kept.
    pub(super) fn new(known: &Redactions, keys: impl IntoIterator<Item = String>) -> Self {
        let (short, long): (Vec<_>, Vec<_>) = known.words.iter().partition(|(word, _)| word.len() < SHORT_WORD);
        let mut automaton = AhoCorasick::builder();
        automaton.ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest);
        Self {
            long: automaton.build(long.iter().map(|(word, _)| word.as_bytes())).expect("words fit into an automaton"),
            replacements: long.into_iter().map(|(_, placeholder)| placeholder.clone()).collect(),
            short: short.into_iter().map(|(word, placeholder)| (word.to_lowercase(), placeholder.clone())).collect(),
            keys: keys.into_iter().collect(),
            placeholders: BTreeMap::new(),
        }
    }

    /// Redacts a JSON value under a key. Names are replaced as a whole, other texts line by line.
    pub(super) fn value(&mut self, key: &str, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(key, &text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(key, item)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(key, value)| {
                    let value = self.value(&key, value);
                    (key, value)
                })
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn text(&mut self, key: &str, text: &str) -> String {
        match key {
            _ if text.is_empty() || text == SECRET => text.to_owned(),
            "name" | "replacement" | "from" | "old" => self.name_placeholder(text, "node"),
            "group" => self.name_placeholder(text, "group"),
            "host" => self.name_placeholder(text, "other"),
            "user" => SECRET.to_owned(),
            _ => self.line(text),
        }
    }

    /// Redacts a line of text.
    pub(super) fn line(&mut self, line: &str) -> String {
        let text = self.long.replace_all(line, &self.replacements);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(found) = SHAPES.captures_at(&text, at) {
            let whole = found.get_match();
            out.push_str(&text[at..whole.start()]);
            let (said, end) = match self.shape(&found, &text[whole.end()..]) {
                Some((said, unused)) => (said, whole.end() - unused),
                // Not an address: checked again, word by word.
                None => self.first_word(&text, whole.start(), whole.end()),
            };
            out.push_str(&said);
            at = end;
        }
        out.push_str(&text[at..]);
        out
    }

    fn first_word(&mut self, text: &str, start: usize, end: usize) -> (String, usize) {
        match WORD.find_at(text, start).filter(|word| word.start() < end) {
            Some(word) => {
                let said = self.one_word(word.as_str());
                (format!("{}{said}", &text[start..word.start()]), word.end())
            }
            None => (text[start..end].to_owned(), end),
        }
    }

    /// The placeholder for a match, and the number of bytes at its end that do not belong to it; `None` if it only
    /// looked like an IPv6 address.
    fn shape(&mut self, found: &Captures, rest: &str) -> Option<(String, usize)> {
        let whole = found.get_match().as_str();
        if found.name("six").is_some() {
            return self.ipv6(whole, rest);
        }
        let said = if found.name("time").is_some() {
            whole.to_owned()
        } else if found.name("url").is_some() {
            self.url(whole)
        } else if found.name("mail").is_some() {
            self.placeholder("other", whole)
        } else if found.name("label").is_some() {
            self.label(whole)
        } else {
            self.one_word(whole)
        };
        Some((said, 0))
    }

    /// An IPv6 address, which may be followed by the `:` or `.` of a sentence.
    fn ipv6(&mut self, whole: &str, rest: &str) -> Option<(String, usize)> {
        let goes_on = rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        let mut text = whole;
        loop {
            let is_whole = text.len() == whole.len();
            if let Ok(address) = text.parse::<IpAddr>()
                && !(is_whole && goes_on)
            {
                let said = if is_here(address) { text.to_owned() } else { self.placeholder("other", text) };
                return Some((said, whole.len() - text.len()));
            }
            text = text.strip_suffix(['.', ':'])?;
        }
    }

    fn url(&mut self, text: &str) -> String {
        let scheme = text.split("://").next().unwrap_or_default();
        let authority = text[scheme.len() + 3..].split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.trim_start_matches('[').split([']']).next().unwrap_or_default();
        let is_local = |host: &str| host.parse::<IpAddr>().is_ok_and(is_here) || host == "localhost";
        let bare = if authority.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
        if is_local(bare) {
            return format!("{scheme}://{authority}/…");
        }
        let host = if is_placeholder(authority) { authority.to_owned() } else { self.placeholder("other", authority) };
        format!("{scheme}://{host}/…")
    }

    /// A JSON field such as `"name":"Tokyo"`, as events are logged.
    fn label(&mut self, text: &str) -> String {
        let (key, value) = text.split_once(':').expect("it matches the pattern of a field");
        let bare: String = serde_json::from_str(value).unwrap_or_else(|_| value.to_owned());
        let said = self.text(key.trim_matches('"'), &bare);
        format!("{key}:{}", Value::String(said))
    }

    fn one_word(&mut self, word: &str) -> String {
        let bare = word.trim_end_matches(['.', '-']);
        let tail = &word[bare.len()..];
        let (host, port) = bare.split_once(':').map_or((bare, None), |(host, port)| (host, Some(port)));
        if let Some(placeholder) = self.short.get(&host.to_lowercase()) {
            return format!("{placeholder}{}{tail}", port.map_or_else(String::new, |port| format!(":{port}")));
        }
        if !self.looks_like_a_host(host, port) {
            return word.to_owned();
        }
        let said = self.placeholder("other", host);
        format!("{said}{}{tail}", port.map_or_else(String::new, |port| format!(":{port}")))
    }

    fn looks_like_a_host(&self, host: &str, port: Option<&str>) -> bool {
        if let Ok(address) = host.parse::<IpAddr>() {
            return !is_here(address);
        }
        if host == "localhost" || is_placeholder(host) || self.keys.contains(host) {
            return false;
        }
        let Some((_, end)) = host.rsplit_once('.') else {
            return port.is_some() && host.chars().any(char::is_alphabetic);
        };
        let is_top = end.chars().count() > 1 && end.chars().all(char::is_alphabetic);
        (is_top && !FILES.contains(&end)) || end.to_ascii_lowercase().starts_with("xn--") || is_placeholder(end)
    }

    /// The placeholder of a name: the known one, or a new one.
    fn name_placeholder(&mut self, text: &str, kind: &'static str) -> String {
        if let Some(placeholder) = self.short.get(&text.to_lowercase()) {
            return placeholder.clone();
        }
        let whole = self.long.find(text).filter(|found| found.len() == text.len());
        match whole {
            Some(found) => self.replacements[found.pattern().as_usize()].clone(),
            None if text.parse::<IpAddr>().is_ok_and(is_here) => text.to_owned(),
            None => self.placeholder(kind, text),
        }
    }

    /// The placeholder of a text, the same from now on.
    fn placeholder(&mut self, kind: &'static str, text: &str) -> String {
        let next = 1 + self.placeholders.keys().filter(|(known, _)| *known == kind).count();
        // Names that do not belong to a node are numbered separately.
        let letter = if kind == "node" { "x" } else { "" };
        let word = self.placeholders.entry((kind, text.to_lowercase()));
        word.or_insert_with(|| format!("{kind}-{letter}{next}")).clone()
    }
}

/// Whether a word is a placeholder.
fn is_placeholder(word: &str) -> bool {
    let word = word.split(':').next().unwrap_or_default();
    let number = ["host-", "node-", "group-", "other-"].iter().find_map(|kind| word.strip_prefix(kind));
    number.is_some_and(|number| {
        let digits = number.trim_start_matches('x');
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether an address is loopback, unspecified or otherwise identifies no one.
fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified()
}
