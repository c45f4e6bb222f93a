//! Expressions as automata that the PAC script runs itself, character by character, in all states at once (K. Thompson,
//! "Regular Expression Search Algorithm", 1968): no URL makes them slow.
//!
//! A program is a JSON array of steps. A string lists the character ranges that the step accepts, two characters each,
//! after which the next step follows; an array lists the steps that follow at once; a number is an assertion: 0 the end
//! of the program, 1 the start of the URL, 2 its end, 3 a word boundary, 4 no word boundary.

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};
use serde_json::{Value, json};

use super::script::ranges;
use crate::model::LineError;

/// The program for an expression; its size is bounded by the list's budget.
///
/// # Errors
/// It has an assertion that scripts do not support.
pub(in crate::rules) fn program(hir: &Hir) -> Result<Vec<Value>, LineError> {
    let mut steps = Vec::new();
    append(hir, &mut steps)?;
    steps.push(json!(0));
    Ok(steps)
}

fn append(hir: &Hir, steps: &mut Vec<Value>) -> Result<(), LineError> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => steps.extend(literal.0.iter().map(|byte| letters(&[(*byte, *byte)]))),
        HirKind::Class(class) => steps.push(of_class(class)),
        HirKind::Look(look) => steps.push(condition(*look)?),
        HirKind::Capture(capture) => append(&capture.sub, steps)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| append(part, steps))?,
        HirKind::Alternation(parts) => alternation(parts, steps)?,
        HirKind::Repetition(repetition) => repeat(repetition, steps)?,
    }
    Ok(())
}

fn of_class(class: &Class) -> Value {
    letters(&ranges(class))
}

fn letters(ranges: &[(u8, u8)]) -> Value {
    ranges.iter().flat_map(|(from, to)| [char::from(*from), char::from(*to)]).collect::<String>().into()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, of which scripts know a few")]
fn condition(look: Look) -> Result<Value, LineError> {
    match look {
        Look::Start => Ok(json!(1)),
        Look::End => Ok(json!(2)),
        Look::WordAscii => Ok(json!(3)),
        Look::WordAsciiNegate => Ok(json!(4)),
        _ => Err(LineError::NotForBrowsers),
    }
}

fn alternation(parts: &[Hir], steps: &mut Vec<Value>) -> Result<(), LineError> {
    let fork = steps.len();
    steps.push(Value::Null);
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    for part in parts {
        starts.push(steps.len());
        append(part, steps)?;
        ends.push(steps.len());
        steps.push(Value::Null);
    }
    let behind = steps.len();
    steps[fork] = json!(starts);
    ends.into_iter().for_each(|end| steps[end] = json!([behind]));
    Ok(())
}

fn repeat(repetition: &Repetition, steps: &mut Vec<Value>) -> Result<(), LineError> {
    for _copy in 0..repetition.min {
        append(&repetition.sub, steps)?;
    }
    let Some(max) = repetition.max else {
        let fork = steps.len();
        steps.push(Value::Null);
        append(&repetition.sub, steps)?;
        steps.push(json!([fork]));
        steps[fork] = json!([fork + 1, steps.len()]);
        return Ok(());
    };
    let mut forks = Vec::new();
    for _copy in repetition.min..max {
        forks.push(steps.len());
        steps.push(Value::Null);
        append(&repetition.sub, steps)?;
    }
    let behind = steps.len();
    forks.into_iter().for_each(|fork| steps[fork] = json!([fork + 1, behind]));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_consist_of_ranges_branches_and_assertions() {
        let of = |text| Value::from(program(&super::super::parse(text).unwrap()).unwrap()).to_string();
        assert_eq!(of("^1+"), r#"[1,"11",[3,5],"11",[2],0]"#);
        assert_eq!(of("[2-4]{1,2}$"), r#"["24",[2,3],"24",2,0]"#);
        assert_eq!(of("1|23"), r#"[[1,3],"11",[6],"22","33",[6],0]"#);
    }
}
