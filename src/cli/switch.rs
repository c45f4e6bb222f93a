//! Commands that change something and have no result to print.

use serde_json::json;

use super::exit::CliError;
use super::printer::{OutputFormat, Printer, Style};
use super::{RemoteEngine, messages, status};
use crate::i18n::tr;
use crate::model::Command;

/// Carries out a command; prints nothing, or `{"done":true}` as JSON.
pub(super) async fn execute(engine: &RemoteEngine, out: &mut Printer, command: Command) -> Result<(), CliError> {
    engine.call(command).await?;
    match out.format {
        OutputFormat::Json => out.json(&json!({ "done": true })),
        OutputFormat::Text(_) => Ok(()),
    }
}

/// Turns the proxy on and prints its address.
pub(super) async fn turn_on(engine: &RemoteEngine, out: &mut Printer, command: Command) -> Result<(), CliError> {
    engine.call(command).await?;
    let snapshot = status::ask(engine).await?;
    match out.format {
        OutputFormat::Json => out.json(&snapshot),
        OutputFormat::Text(Style { locale, .. }) => {
            let state = messages::connection(locale, &snapshot);
            out.text(&tr!(locale, "cli-on-address", state = state, address = &*snapshot.gateway.addr))
        }
    }
}
