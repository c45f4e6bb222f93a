//! `diagnose`: a report for troubleshooting.

use std::path::Path;

use serde_json::json;

use super::RemoteEngine;
use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use crate::i18n::tr;
use crate::model::{Command, Reply};

pub(super) async fn run(engine: &RemoteEngine, out: &mut Printer, file: &Path) -> Result<(), CliError> {
    let Reply::Diagnosis(text) = engine.call(Command::Diagnose).await? else { return Err(unexpected_reply()) };
    if file == Path::new("-") {
        return match out.format {
            OutputFormat::Json => out.json(&json!({ "text": text })),
            OutputFormat::Text(_) => out.text(&text),
        };
    }
    let shown = file.display().to_string();
    std::fs::write(file, text).map_err(|error| CliError::unwritable(out.locale, file, &error))?;
    match out.format {
        OutputFormat::Json => out.json(&json!({ "file": shown })),
        OutputFormat::Text(_) => out.text(&tr!(out.locale, "cli-diagnosed", file = &*shown)),
    }
}
