//! `diagnose`: a text for who looks for a fault.

use std::path::Path;

use serde_json::json;

use super::Engine;
use super::ending::Failed;
use super::out::{Format, Out};
use super::status::unexpected;
use crate::i18n::{machine, tr};
use crate::model::{Command, Reply};

pub(super) async fn run(engine: &Engine, out: &mut Out, file: &Path) -> Result<(), Failed> {
    let Reply::Diagnosis(text) = engine.call(Command::Diagnose).await? else { return Err(unexpected()) };
    if file == Path::new("-") {
        return match out.format {
            Format::Json => out.json(&json!({ "text": text })),
            Format::Text(_) => out.text(&text),
        };
    }
    let shown = file.display().to_string();
    let told = |error: std::io::Error| {
        Failed::Told(tr!(out.locale, "cli-unwritable", file = &*shown, why = machine::io(out.locale, &error)))
    };
    std::fs::write(file, text).map_err(told)?;
    match out.format {
        Format::Json => out.json(&json!({ "file": shown })),
        Format::Text(_) => out.text(&tr!(out.locale, "cli-diagnosed", file = &*shown)),
    }
}
