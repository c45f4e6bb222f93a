//! `logs`: the last lines of the log, and new ones. Works without a running engine.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use crate::i18n::{Locale, machine, tr};
use crate::logs::{Tail, TailError};
use crate::os::paths::Paths;

/// How often the log is polled for new lines.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) fn show(paths: &Paths, out: &mut Printer, lines: usize) -> Result<(), CliError> {
    open(paths, out, lines).map(drop)
}

/// Ends only with an error, such as a closed pipe.
pub(super) fn follow(paths: &Paths, out: &mut Printer, lines: usize) -> Result<(), CliError> {
    let mut tail = open(paths, out, lines)?;
    loop {
        let more = tail.more().map_err(|error| unreadable(out.locale, &error))?;
        more.iter().try_for_each(|line| print(out, line))?;
        sleep(PAUSE);
    }
}

/// Prints the last lines and returns the position after them.
fn open(paths: &Paths, out: &mut Printer, lines: usize) -> Result<Tail, CliError> {
    let opened = Tail::open(paths.logs(), lines).map_err(|error| unreadable(out.locale, &error))?;
    let folder = paths.logs().display().to_string();
    let (tail, last) = opened.ok_or_else(|| CliError::Message(tr!(out.locale, "cli-no-log", folder = folder)))?;
    last.iter().try_for_each(|line| print(out, line))?;
    Ok(tail)
}

fn unreadable(locale: Locale, TailError { file, source }: &TailError) -> CliError {
    CliError::unreadable(locale, file, machine::io(locale, source))
}

fn print(out: &mut Printer, line: &str) -> Result<(), CliError> {
    match out.format {
        OutputFormat::Json => out.json(&json!({ "line": line })),
        OutputFormat::Text(_) => out.text(line),
    }
}
