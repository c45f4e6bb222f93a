//! `logs`: the end of the log, and what is written to it.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::ending::Failed;
use super::out::{Format, Out};
use crate::i18n::{machine, tr};
use crate::logs::{Tail, TailError};
use crate::os::paths::Paths;

/// How often a file is looked at for more.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) fn show(paths: &Paths, out: &mut Out, follow: bool, lines: usize) -> Result<(), Failed> {
    let locale = out.locale;
    let none = || Failed::Told(tr!(locale, "cli-no-log", folder = paths.logs().display().to_string()));
    let told = |TailError { file, source }: TailError| {
        Failed::Told(tr!(
            locale,
            "cli-unreadable",
            file = file.display().to_string(),
            why = machine::io(locale, &source)
        ))
    };
    let (mut tail, last) = Tail::open(paths.logs(), lines).map_err(told)?.ok_or_else(none)?;
    last.iter().try_for_each(|line| print(out, line))?;
    if !follow {
        return Ok(());
    }
    loop {
        tail.more().map_err(told)?.iter().try_for_each(|line| print(out, line))?;
        sleep(PAUSE);
    }
}

fn print(out: &mut Out, line: &str) -> Result<(), Failed> {
    match out.format {
        Format::Json => out.json(&json!({ "line": line })),
        Format::Text(_) => out.text(line),
    }
}
