//! A list of rules in AdBlock syntax, as GFWList uses it.
//!
//! ```text
//! ||example.com        the domain and its subdomains    ||example.com/path   and a path that begins so
//! |http://example.com  URLs that begin so               .mp4|                URLs that end so
//! example.com/a*b      URLs that contain this; * matches anything; ^ a separator or the end
//! /regex/              URLs that match                  @@…                  an exception
//! ! … and # … and [ …  comments; also after a rule, a space and #
//! ```
//!
//! Matching is case-insensitive. An exception takes precedence over all other rules of its list. Features of Adblock
//! Plus beyond that (`$options`, element hiding rules) are rejected line by line, since they would never match.
//! [`parse`](RuleList::parse) compiles the rules into tables: domains are looked up label by label, plain texts in one
//! automaton, and only patterns are tried one after another. All rules of a list share one budget of memory and time.

mod anchor;
mod pattern;
mod rule;
mod table;

use std::collections::BTreeMap;

pub(super) use self::anchor::Anchor;
use self::rule::ParsedRule;
pub(super) use self::table::RuleTable;
use super::regexes::Budget;
use super::request_url::RequestUrl;
use crate::model::route::BadLine;

/// Whether to use the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleAction {
    /// Through the proxy.
    Proxy,
    /// Not through the proxy.
    Direct,
}

/// The rule that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleMatch {
    /// Its action.
    pub action: RuleAction,
    /// Its line, from 1.
    pub line: u32,
}

/// A compiled list.
#[derive(Debug, Default)]
pub struct RuleList {
    texts: BTreeMap<u32, Box<str>>,
    skipped: Vec<BadLine>,
    /// Exception rules, which begin with `@@`.
    pub(super) direct: RuleTable,
    /// All other rules.
    pub(super) proxy: RuleTable,
}

impl RuleList {
    /// Compiles a list. Lines that are not valid rules, or over the budget, are skipped and reported.
    pub fn parse(text: &str) -> Self {
        let mut budget = Budget::default();
        let (mut direct, mut proxy) = (table::Builder::default(), table::Builder::default());
        let (mut texts, mut skipped) = (BTreeMap::new(), Vec::new());
        for (number, text) in (1..).zip(text.lines()) {
            match rule::read(text, &mut budget) {
                Ok(None) => {}
                Ok(Some(ParsedRule { action, rule })) => {
                    let table = if action == RuleAction::Direct { &mut direct } else { &mut proxy };
                    table.add(number, rule);
                    texts.insert(number, text.trim().into());
                }
                Err(reason) => skipped.push(BadLine { line: number, reason }),
            }
        }
        Self { texts, skipped, direct: direct.build(), proxy: proxy.build() }
    }

    /// The number of lines that look like rules, without compiling them.
    pub fn count(text: &str) -> usize {
        text.lines().filter(|line| rule::is_rule(line)).count()
    }

    /// Lines whose patterns are too large for the PAC script, which omits them.
    pub fn not_in_script(&self) -> Vec<u32> {
        let mut lines = [&*self.direct.not_in_script, &*self.proxy.not_in_script].concat();
        lines.sort_unstable();
        lines
    }

    /// The rule that matches a URL, if any.
    pub fn find(&self, url: &RequestUrl) -> Option<RuleMatch> {
        let found = |table: &RuleTable, action| table.find(url).map(|line| RuleMatch { action, line });
        found(&self.direct, RuleAction::Direct).or_else(|| found(&self.proxy, RuleAction::Proxy))
    }

    /// The number of rules.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The text of the rule in a line.
    pub fn text(&self, line: u32) -> Option<&str> {
        self.texts.get(&line).map(|text| &**text)
    }

    /// Lines that are not valid rules.
    pub fn skipped(&self) -> &[BadLine] {
        &self.skipped
    }
}
