//! Estimates whether a browser can match an expression without hanging.
//!
//! Browsers backtrack. The number of ways in which an expression can match the same text bounds their time: each
//! unbounded repetition multiplies it by the length of the text, each optional part by two, and a repetition of
//! something that itself matches in several ways raises it to a power. The estimate errs upwards.

use regex_syntax::hir::{Hir, HirKind, Look};

use super::script::ranges;

/// Length of a long URL, in characters: an unbounded repetition may repeat this often.
const LONG_URL: u64 = 2_048;

/// Most ways that are accepted: two unbounded repetitions and a few alternatives, some tens of milliseconds.
const MAX_PATHS: u64 = LONG_URL * LONG_URL * 16;

/// Whether backtracking through all ways takes acceptable time.
pub(in crate::rules) fn is_harmless(hir: &Hir) -> bool {
    let starts = if hir.properties().look_set_prefix().contains(Look::Start) { 1 } else { LONG_URL };
    match_paths(hir).saturating_mul(starts) <= MAX_PATHS
}

/// The number of ways in which an expression can match one text.
fn match_paths(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => 1,
        HirKind::Capture(capture) => match_paths(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(match_paths).fold(1, u64::saturating_mul),
        HirKind::Alternation(parts) if is_unambiguous(parts) => parts.iter().map(match_paths).max().unwrap_or(1),
        HirKind::Alternation(parts) => parts.iter().map(match_paths).fold(0, u64::saturating_add),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.map_or(LONG_URL, |max| u64::from(max).min(LONG_URL));
            let counts = (most + 1).saturating_sub(u64::from(repetition.min)).max(1);
            let each = match (match_paths(&repetition.sub), can_be_empty(&repetition.sub)) {
                (1, false) => 1,
                (ways, _) => ways.max(2),
            };
            let power = u32::try_from(most).unwrap_or(u32::MAX);
            counts.saturating_mul(each.saturating_pow(power))
        }
    }
}

fn can_be_empty(hir: &Hir) -> bool {
    hir.properties().minimum_len() == Some(0)
}

/// Whether the first character decides between the alternatives.
fn is_unambiguous(parts: &[Hir]) -> bool {
    let mut taken = [false; 256];
    parts.iter().all(|part| {
        let mut own = [false; 256];
        let is_known = first_characters(part, &mut own);
        let is_new = !(0..256).any(|letter| own[letter] && taken[letter]);
        (0..256).for_each(|letter| taken[letter] |= own[letter]);
        is_known && is_new
    })
}

/// Adds the characters with which a match can begin; returns whether a match must begin with one.
fn first_characters(hir: &Hir, letters: &mut [bool; 256]) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.first().is_some_and(|byte| {
            letters[usize::from(*byte)] = true;
            true
        }),
        HirKind::Class(class) => {
            ranges(class)
                .into_iter()
                .flat_map(|(from, to)| from..=to)
                .for_each(|byte| letters[usize::from(byte)] = true);
            true
        }
        HirKind::Capture(capture) => first_characters(&capture.sub, letters),
        HirKind::Repetition(repetition) => first_characters(&repetition.sub, letters) && repetition.min > 0,
        HirKind::Concat(parts) => parts.iter().any(|part| first_characters(part, letters)),
        HirKind::Alternation(parts) => {
            // No short circuit: each part adds its characters.
            parts.iter().filter(|part| !first_characters(part, letters)).count() == 0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(is_harmless(&super::super::parse(text).unwrap()), expected, "{text}");
    }

    #[test]
    fn expressions_of_real_lists_are_harmless() {
        for text in [
            "^https?:\\/\\/[^\\/]+blogspot\\.(.*)",
            "twimg\\.edgesuite\\.net\\/\\/?appledaily",
            "^https?://r[0-9]+\\.example\\.(com|net|org|co\\.uk)/",
            "ads?[0-9]{1,3}\\.",
            "(abc|abd)x",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn expressions_that_hang_browsers_are_not_harmless() {
        for text in [
            "(a+)+$",
            "(a|ab|b)*c",
            "([^/]+\\.)*google",
            "(.*)*x",
            "^(a?){40}a{40}$",
            "a.*b.*c.*d",
            "^.*.*.*x",
            "(a|aa)+$",
            "(?:){2,}a*a*a*",
            &"a?".repeat(30),
        ] {
            check(text, false);
        }
    }
}
