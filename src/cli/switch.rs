//! Verbs that change something and have nothing to show for it but that they did.

use serde_json::json;

use super::ending::Failed;
use super::out::{Format, Out, Style};
use super::{Engine, status, words};
use crate::i18n::tr;
use crate::model::Command;

/// Has a command done. A person sees no news, which is good news; a program sees that it is done.
pub(super) async fn done(engine: &Engine, out: &mut Out, command: Command) -> Result<(), Failed> {
    engine.call(command).await?;
    match out.format {
        Format::Json => out.json(&json!({ "done": true })),
        Format::Text(_) => Ok(()),
    }
}

/// Turns traffic on and says where it is taken now.
pub(super) async fn on(engine: &Engine, out: &mut Out, command: Command) -> Result<(), Failed> {
    engine.call(command).await?;
    let snapshot = status::ask(engine).await?;
    match out.format {
        Format::Json => out.json(&snapshot),
        Format::Text(Style { locale, .. }) => {
            let state = words::connection(locale, &snapshot);
            out.text(&tr!(locale, "cli-on-address", state = state, address = &*snapshot.gateway.addr))
        }
    }
}
