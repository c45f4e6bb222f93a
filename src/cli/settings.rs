//! `set` and `get`: the settings by their dotted keys.

use std::io::{self, Read};

use serde_json::{Map, Value};

use super::ending::Failed;
use super::out::{Format, Out};
use super::status::unexpected;
use super::{Engine, switch, tables};
use crate::model::{Command, Reply};

pub(super) async fn set(engine: &Engine, out: &mut Out, key: String, value: String) -> Result<(), Failed> {
    let value = given(value)?;
    switch::done(engine, out, Command::Set { changes: [(key, value)].into() }).await
}

pub(super) async fn get(engine: &Engine, out: &mut Out, key: Option<String>) -> Result<(), Failed> {
    let command = Command::Get { key: key.clone() };
    let Reply::Settings(rows) = engine.call(command).await? else { return Err(unexpected()) };
    match (rows.as_slice(), out.format) {
        // The one that was asked for: its value alone.
        ([(found, value)], Format::Json) if Some(found) == key.as_ref() => out.json(value),
        ([(found, value)], Format::Text(_)) if Some(found) == key.as_ref() => out.text(&as_text(value)),
        (rows, Format::Json) => out.json(&rows.iter().cloned().collect::<Map<_, _>>()),
        (rows, Format::Text(style)) => {
            let rows: Vec<_> = rows.iter().map(|(key, value)| (key, as_text(value))).collect();
            out.text(&tables::pairs(&rows, style))
        }
    }
}

/// A value as `set` takes it back.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value, or that of standard input for `-`, where no other program sees it.
pub(super) fn given(value: String) -> Result<String, Failed> {
    if value != "-" {
        return Ok(value);
    }
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
