//! `set` and `get`: the settings by their dotted keys.

use std::io::{self, Read};

use serde_json::{Map, Value};

use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use super::{RemoteEngine, switch, tables};
use crate::model::{Command, Reply};

pub(super) async fn set(engine: &RemoteEngine, out: &mut Printer, key: String, value: String) -> Result<(), CliError> {
    let value = value_or_stdin(value)?;
    switch::execute(engine, out, Command::Set { changes: [(key, value)].into() }).await
}

pub(super) async fn get(engine: &RemoteEngine, out: &mut Printer, key: Option<String>) -> Result<(), CliError> {
    let command = Command::Get { key: key.clone() };
    let Reply::Settings(rows) = engine.call(command).await? else { return Err(unexpected_reply()) };
    match (rows.as_slice(), out.format) {
        // A single key: only its value.
        ([(found, value)], OutputFormat::Json) if Some(found) == key.as_ref() => out.json(value),
        ([(found, value)], OutputFormat::Text(_)) if Some(found) == key.as_ref() => out.text(&as_text(value)),
        (rows, OutputFormat::Json) => out.json(&rows.iter().cloned().collect::<Map<_, _>>()),
        (rows, OutputFormat::Text(style)) => {
            let rows: Vec<_> = rows.iter().map(|(key, value)| (key, as_text(value))).collect();
            out.text(&tables::pairs(&rows, style))
        }
    }
}

/// A value as `set` takes it back.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The value, or for `-` the one on standard input, where no other program can see it.
pub(super) fn value_or_stdin(value: String) -> Result<String, CliError> {
    if value != "-" {
        return Ok(value);
    }
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
