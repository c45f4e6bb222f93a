//! Regular expressions in lists: what they cost, and how they get into a script for browsers.
//!
//! Lists come from strangers, so one [`Budget`] covers all expressions of a list: the states of their
//! automata are counted before anything is compiled, which bounds memory and time alike. The matcher here
//! runs in linear time. Browsers backtrack: an expression that could take them exponential or cubic time
//! ([`backtracking`]) is sent as an automaton ([`automaton`]) that the script runs itself, and only the
//! harmless ones as expressions of the browser ([`script`]).

pub(super) mod automaton;
pub(super) mod backtracking;
pub(super) mod script;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::Value;

use crate::model::LineError;

/// States of all expressions of a list. A thousand times what GFWList needs per expression; compiled they
/// take about 30 MB and a third of a second.
const MOST_STATES: usize = 200_000;

/// Bytes of all plain texts of a list, which become one automaton. GFWList has 0.1 MB.
const MOST_TEXT: usize = 4 << 20;

/// States of all automata that the script for browsers runs itself.
const MOST_SCRIPT_STATES: usize = 20_000;

/// How deep groups may be nested.
const NESTING: u32 = 50;

/// What a script for browsers has of an expression.
#[derive(Debug, PartialEq)]
pub(super) enum ForBrowsers {
    /// The same, for the browser's own engine.
    Expression(String),
    /// An automaton, for the script's: the browser's engine could hang.
    Program(Vec<Value>),
}

/// What a list may still cost.
#[derive(Debug)]
pub(super) struct Budget {
    states: usize,
    text: usize,
    script_states: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { states: MOST_STATES, text: MOST_TEXT, script_states: MOST_SCRIPT_STATES }
    }
}

impl Budget {
    /// Reads an expression and pays for its states. Once nothing is left, nothing is read any more.
    ///
    /// # Errors
    /// It is not a regular expression, or there is no budget left for it.
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
                // What made it this complex has taken its time: a list may not try again and again.
                self.states -= self.states.min(text.len());
                Err(LineError::TooComplex)
            }
        }
    }

    /// What the script for browsers has of an expression; none if it is too large to be run there.
    ///
    /// # Errors
    /// It has a condition that browsers do not know.
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
    /// There is no budget left for it.
    pub(super) fn text(&mut self, text: &str) -> Result<(), LineError> {
        self.text = self.text.checked_sub(text.len()).ok_or(LineError::TooComplex)?;
        Ok(())
    }
}

/// Reads an expression over ASCII, upper and lower case alike.
fn parse(text: &str) -> Result<Hir, LineError> {
    let parsed =
        ParserBuilder::new().unicode(false).utf8(false).case_insensitive(true).nest_limit(NESTING).build().parse(text);
    parsed.map_err(|error| LineError::Regex(last_line(&error.to_string()).to_owned()))
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or(text).trim_start_matches("error: ")
}

/// About how many states an automaton of an expression has: repetitions are written out.
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
    fn states_are_counted_with_repetitions_written_out() {
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
        assert!(budget.parse("ab").is_ok(), "what is small is taken as long as anything is left");
    }
}
