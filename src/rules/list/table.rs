//! Rules compiled for fast lookup.

use std::collections::HashMap;
use std::fmt;

use aho_corasick::AhoCorasick;
use regex::bytes::{RegexSet, RegexSetBuilder};

use super::anchor::Anchor;
use super::pattern::Pattern;
use super::rule::Rule;
use crate::rules::regexes::ForBrowsers;
use crate::rules::request_url::RequestUrl;

/// Rules with the same action.
#[derive(Default)]
pub(in crate::rules) struct RuleTable {
    /// Domains, each with its conditions.
    pub(in crate::rules) domains: HashMap<Box<str>, Domain>,
    /// Texts with their anchors.
    pub(in crate::rules) texts: Vec<(Anchor, Box<str>)>,
    text_lines: Vec<u32>,
    finder: Option<AhoCorasick>,
    /// Patterns for the PAC script.
    pub(in crate::rules) scripts: Vec<ForBrowsers>,
    /// Lines whose patterns are too large for the PAC script.
    pub(in crate::rules) not_in_script: Vec<u32>,
    pattern_lines: Vec<u32>,
    patterns: Vec<RegexSet>,
}

/// The rules for a domain.
#[derive(Debug, Default)]
pub(in crate::rules) struct Domain {
    /// The line of a rule that matches any URL of the domain.
    pub(in crate::rules) all: Option<u32>,
    /// Texts that must follow the domain, and the line of each.
    pub(in crate::rules) tails: Vec<(Box<str>, u32)>,
}

/// Builds a table.
#[derive(Default)]
pub(super) struct Builder {
    domains: HashMap<Box<str>, Domain>,
    texts: Vec<(Anchor, Box<str>)>,
    text_lines: Vec<u32>,
    patterns: Vec<Pattern>,
    pattern_lines: Vec<u32>,
}

/// Number of patterns in one automaton: thousands of them would exceed its limits.
const SET_SIZE: usize = 64;

/// Largest compiled set, in bytes: more than the budget of a whole list allows.
const MAX_COMPILED: usize = 64 << 20;

impl Builder {
    pub(super) fn add(&mut self, line: u32, rule: Rule) {
        match rule {
            Rule::Domain { name, tail } if tail.is_empty() => {
                self.domains.entry(name.into()).or_default().all.get_or_insert(line);
            }
            Rule::Domain { name, tail } => {
                self.domains.entry(name.into()).or_default().tails.push((tail.into(), line));
            }
            Rule::Text { anchor, text } => {
                self.texts.push((anchor, text.into()));
                self.text_lines.push(line);
            }
            Rule::Pattern(pattern) => {
                self.patterns.push(pattern);
                self.pattern_lines.push(line);
            }
        }
    }

    pub(super) fn build(self) -> RuleTable {
        let texts = self.texts.iter().map(|(_, text)| text.as_bytes());
        // It fails only for more texts than a list can have lines.
        let finder = (!self.texts.is_empty()).then(|| AhoCorasick::new(texts).expect("fewer than 2^31 texts"));
        let patterns = self.patterns.chunks(SET_SIZE).map(|patterns| {
            let built = RegexSetBuilder::new(patterns.iter().map(|pattern| &pattern.regex))
                .unicode(false)
                .case_insensitive(true)
                .size_limit(MAX_COMPILED)
                .build();
            built.expect("each was parsed alone, and the budget of a list is below the limit")
        });
        let patterns = patterns.collect();
        let (mut scripts, mut not_in_script) = (Vec::new(), Vec::new());
        for (line, pattern) in self.pattern_lines.iter().zip(self.patterns) {
            match pattern.script {
                Some(script) => scripts.push(script),
                None => not_in_script.push(*line),
            }
        }
        RuleTable {
            patterns,
            scripts,
            not_in_script,
            domains: self.domains,
            texts: self.texts,
            text_lines: self.text_lines,
            finder,
            pattern_lines: self.pattern_lines,
        }
    }
}

impl RuleTable {
    /// The line of a rule that matches; the most specific domain first.
    pub(in crate::rules) fn find(&self, url: &RequestUrl) -> Option<u32> {
        self.by_domain(url).or_else(|| self.by_text(url)).or_else(|| self.by_pattern(url))
    }

    fn by_domain(&self, url: &RequestUrl) -> Option<u32> {
        if self.domains.is_empty() {
            return None;
        }
        url.domains().filter_map(|name| self.domains.get(name)).find_map(|domain| {
            let tail = || domain.tails.iter().find(|(tail, _)| url.rest().starts_with(&**tail));
            domain.all.or_else(|| tail().map(|(_, line)| *line))
        })
    }

    fn by_text(&self, url: &RequestUrl) -> Option<u32> {
        let length = url.as_str().len();
        let fits = |found: &aho_corasick::Match| match self.texts[found.pattern().as_usize()].0 {
            Anchor::Anywhere => true,
            Anchor::Start => found.start() == 0,
            Anchor::End => found.end() == length,
            Anchor::Whole => found.start() == 0 && found.end() == length,
        };
        let found = self.finder.as_ref()?.find_overlapping_iter(url.as_str()).find(fits)?;
        Some(self.text_lines[found.pattern().as_usize()])
    }

    fn by_pattern(&self, url: &RequestUrl) -> Option<u32> {
        let matched = |(set, regexes): (usize, &RegexSet)| {
            let first = regexes.matches(url.as_str().as_bytes()).iter().next()?;
            Some(self.pattern_lines[set * SET_SIZE + first])
        };
        self.patterns.iter().enumerate().find_map(matched)
    }
}

impl fmt::Debug for RuleTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = (self.domains.len(), self.texts.len(), self.pattern_lines.len());
        f.debug_tuple("RuleTable").field(&counts).finish()
    }
}
