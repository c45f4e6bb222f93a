//! Regular expressions in lists: their cost, and their translation for the PAC script.
//!
//! Lists are untrusted, so one [`Budget`] covers all expressions of a list: the states of their automata are counted
//! before anything is compiled, which bounds both memory and time. The matcher here runs in linear time. Browsers
//! backtrack: an expression that could take them exponential or cubic time ([`backtracking`]) is sent as an automaton
//! ([`automaton`]) that the script runs itself, and only harmless ones as expressions of the browser ([`script`]).

pub(super) mod automaton;
pub(super) mod backtracking;
pub(super) mod script;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::Value;

use crate::model::LineError;

/// Most states of all expressions of a list: a thousand times the needs of GFWList. Compiled they take about 30 MB and
/// a third of a second.
const MAX_STATES: usize = 200_000;

/// Most bytes of all plain texts of a list, which become one automaton. GFWList has 0.1 MB.
const MAX_TEXT: usize = 4 << 20;

/// Most states of all automata in the PAC script.
const MAX_SCRIPT_STATES: usize = 20_000;

/// Most nested groups.
const MAX_NESTING: u32 = 50;

/// An expression in the form for the PAC script.
#[derive(Debug, PartialEq)]
pub(super) enum ForBrowsers {
    /// An expression for the browser's own engine.
    Expression(String),
    /// An automaton that the script runs: the browser's engine could hang.
    Program(Vec<Value>),
}

/// The remaining budget of a list.
#[derive(Debug)]
pub(super) struct Budget {
    states: usize,
    text: usize,
    script_states: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { states: MAX_STATES, text: MAX_TEXT, script_states: MAX_SCRIPT_STATES }
    }
}

impl Budget {
    /// Parses an expression and pays for its states. Once the budget is used up, nothing is parsed any more.
    ///
    /// # Errors
    /// Not a regular expression, or over the budget.
    pub(super) fn parse(&mut self, text: &str) -> Result<Hir, LineError> {
        if self.states == 0 {
            return Err(LineError::TooComplex);
        }
        let hir = parse(text)?;
        match self.states.checked_sub(states(&hir)) {
            Some(left) => {
                self.states = left;
                Ok(hir)
            }
            None => {
                // Rejecting an expression that is too complex takes time too: a list must not try again and again.
                self.states -= self.states.min(text.len());
                Err(LineError::TooComplex)
            }
        }
    }

    /// The expression for the PAC script; `None` if it is too large to be run there.
    ///
    /// # Errors
    /// It has an assertion that browsers do not support.
    pub(super) fn for_browsers(&mut self, hir: &Hir) -> Result<Option<ForBrowsers>, LineError> {
        let expression = script::expression(hir)?;
        if backtracking::is_harmless(hir) {
            return Ok(Some(ForBrowsers::Expression(expression)));
        }
        let Some(left) = self.script_states.checked_sub(states(hir)) else { return Ok(None) };
        self.script_states = left;
        Ok(Some(ForBrowsers::Program(automaton::program(hir)?)))
    }

    /// Pays for a plain text.
    ///
    /// # Errors
    /// Over the budget.
    pub(super) fn text(&mut self, text: &str) -> Result<(), LineError> {
        self.text = self.text.checked_sub(text.len()).ok_or(LineError::TooComplex)?;
        Ok(())
    }
}

/// Parses a case-insensitive ASCII expression.
fn parse(text: &str) -> Result<Hir, LineError> {
    let parsed = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .case_insensitive(true)
        .nest_limit(MAX_NESTING)
        .build()
        .parse(text);
    parsed.map_err(|error| LineError::Regex(last_line(&error.to_string()).to_owned()))
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or(text).trim_start_matches("error: ")
}

/// The approximate number of states of an expression's automaton: repetitions are expanded.
fn states(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len().max(1),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().max(1),
        HirKind::Repetition(repetition) => {
            let copies = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1) as usize;
            states(&repetition.sub).saturating_add(1).saturating_mul(copies)
        }
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(1),
        HirKind::Concat(parts) => parts.iter().map(states).fold(0, usize::saturating_add),
        HirKind::Alternation(parts) => parts.iter().map(states).fold(parts.len(), usize::saturating_add),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_counted_with_expanded_repetitions() {
        let count = |text: &str| states(&parse(text).unwrap());
        assert!(count("^https?://[^/]+blogspot\\.(.*)") < 50);
        assert!((1_000..10_000).contains(&count("(ab){1000}")));
        assert!(count("((a{500}){500}){500}") > 1_000_000);
    }

    #[test]
    fn a_list_has_one_budget() {
        let mut budget = Budget::default();
        assert_eq!(budget.parse("((a{500}){500}){500}"), Err(LineError::TooComplex));
        let taken = (0..1_000).take_while(|_| budget.parse("(a|bc){1000}x").is_ok()).count();
        assert!((10..200).contains(&taken), "{taken}");
        assert!(budget.parse("ab").is_ok(), "a small one is accepted while any budget is left");
    }
}
