//! `import` of another client's file: the settings in it, which are taken after confirmation.
//!
//! At a terminal it asks; a script uses `--settings`. Nodes are imported either way.

use std::io::{self, IsTerminal};

use super::RemoteEngine;
use super::exit::{CliError, print_error};
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use super::words::{client_error, updated};
use crate::i18n::foreign::lines;
use crate::i18n::tr;
use crate::model::foreign::{self, ForeignSettings, ForeignSubscription};
use crate::model::{Command, Reply};

/// Whether to take the settings in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// Ask, if there is a terminal.
    Ask,
    /// Take them.
    Given,
}

/// What the settings in a text would change.
pub(super) async fn preview(engine: &RemoteEngine, text: &str) -> Result<ForeignSettings, CliError> {
    if !foreign::may_be_in(text) {
        return Ok(ForeignSettings::default());
    }
    settings(engine, Command::ForeignPreview { text: text.into() }).await
}

/// Takes the settings in a text, with consent, and prints what was taken; as JSON on a line of its own.
pub(super) async fn take(
    engine: &RemoteEngine,
    out: &mut Printer,
    text: &str,
    consent: Consent,
) -> Result<(), CliError> {
    let found = preview(engine, text).await?;
    match consent {
        Consent::Ask if found.is_nothing() || !is_agreed(out, &found)? => return Ok(()),
        Consent::Ask | Consent::Given => {}
    }
    let taken = settings(engine, Command::ForeignTake { text: text.into() }).await?;
    for subscription in &taken.subscriptions {
        add(engine, out, subscription).await?;
    }
    match (out.format, consent) {
        (OutputFormat::Json, _) => out.json(&taken),
        (OutputFormat::Text(_), Consent::Ask) => out.text(&tr!(out.locale, "foreign-taken")),
        (OutputFormat::Text(_), Consent::Given) => out.text(&lines(out.locale, &taken).join("\n")),
    }
}

async fn settings(engine: &RemoteEngine, command: Command) -> Result<ForeignSettings, CliError> {
    let Reply::Foreign(settings) = engine.call(command).await? else { return Err(unexpected_reply()) };
    Ok(settings)
}

/// Shows the settings and asks. Without a terminal the answer is no, and it prints how to take them.
fn is_agreed(out: &mut Printer, found: &ForeignSettings) -> Result<bool, CliError> {
    if out.format == OutputFormat::Json {
        return Ok(false);
    }
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        out.text(&tr!(out.locale, "foreign-not-taken"))?;
        return Ok(false);
    }
    out.text(&lines(out.locale, found).join("\n"))?;
    out.confirms(&tr!(out.locale, "foreign-question"))
}

/// Adds a subscription of the other client. One that cannot be fetched does not stop the others.
async fn add(engine: &RemoteEngine, out: &mut Printer, one: &ForeignSubscription) -> Result<(), CliError> {
    let name = Some(one.name.clone()).filter(|name| !name.is_empty());
    let command = Command::SubscriptionAdd { url: one.url.clone(), name, update_h: None };
    match engine.client().await?.call(command).await {
        Ok(Reply::Updated(reports)) => match out.format {
            OutputFormat::Json => Ok(()),
            OutputFormat::Text(_) => {
                let lines: Vec<_> = reports.iter().map(|report| updated(out.locale, report)).collect();
                out.text(&lines.join("\n"))
            }
        },
        Ok(_) => Err(unexpected_reply()),
        Err(error) => {
            let why = client_error(out.locale, &error);
            print_error(&tr!(out.locale, "foreign-not-added", address = one.address.as_str(), why = why));
            Ok(())
        }
    }
}
