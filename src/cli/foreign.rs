//! `import` of another client's file: its settings, shown and then taken, if that is wanted.
//!
//! A person at a terminal is asked; a script says `--settings`. Nodes are imported either way.

use std::io::{self, IsTerminal};

use super::Engine;
use super::ending::{Failed, complain};
use super::out::{Format, Out};
use super::status::unexpected;
use super::words::{client_error, updated};
use crate::i18n::foreign::lines;
use crate::i18n::tr;
use crate::model::foreign::{self, ForeignSettings, ForeignSubscription};
use crate::model::{Command, Reply};

/// Whether the settings in a file are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// Ask, where there is a person to ask.
    Ask,
    /// They are.
    Given,
}

/// What the settings in a text would change.
pub(super) async fn look(engine: &Engine, text: &str) -> Result<ForeignSettings, Failed> {
    if !foreign::may_be_in(text) {
        return Ok(ForeignSettings::default());
    }
    settings(engine, Command::ForeignPreview { text: text.into() }).await
}

/// Takes the settings in a text, if that is wanted, and says what was taken; to a program in a line of its own.
pub(super) async fn take(engine: &Engine, out: &mut Out, text: &str, consent: Consent) -> Result<(), Failed> {
    let found = look(engine, text).await?;
    match consent {
        Consent::Ask if found.is_nothing() || !is_agreed(out, &found)? => return Ok(()),
        Consent::Ask | Consent::Given => {}
    }
    let taken = settings(engine, Command::ForeignTake { text: text.into() }).await?;
    for subscription in &taken.subscriptions {
        add(engine, out, subscription).await?;
    }
    match (out.format, consent) {
        (Format::Json, _) => out.json(&taken),
        (Format::Text(_), Consent::Ask) => out.text(&tr!(out.locale, "foreign-taken")),
        (Format::Text(_), Consent::Given) => out.text(&lines(out.locale, &taken).join("\n")),
    }
}

async fn settings(engine: &Engine, command: Command) -> Result<ForeignSettings, Failed> {
    let Reply::Foreign(settings) = engine.call(command).await? else { return Err(unexpected()) };
    Ok(settings)
}

/// Shows them and asks. Where nobody can be asked, they are not wanted, and it is said how they would be.
fn is_agreed(out: &mut Out, found: &ForeignSettings) -> Result<bool, Failed> {
    if out.format == Format::Json {
        return Ok(false);
    }
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        out.text(&tr!(out.locale, "foreign-not-taken"))?;
        return Ok(false);
    }
    out.text(&lines(out.locale, found).join("\n"))?;
    out.agrees(&tr!(out.locale, "foreign-question"))
}

/// Adds a list that the other client updated. One that cannot be had does not keep the others from it.
async fn add(engine: &Engine, out: &mut Out, one: &ForeignSubscription) -> Result<(), Failed> {
    let name = Some(one.name.clone()).filter(|name| !name.is_empty());
    let command = Command::SubscriptionAdd { url: one.url.clone(), name, update_h: None };
    match engine.client().await?.call(command).await {
        Ok(Reply::Updated(reports)) => match out.format {
            Format::Json => Ok(()),
            Format::Text(_) => {
                let lines: Vec<_> = reports.iter().map(|report| updated(out.locale, report)).collect();
                out.text(&lines.join("\n"))
            }
        },
        Ok(_) => Err(unexpected()),
        Err(error) => {
            let why = client_error(out.locale, &error);
            complain(&tr!(out.locale, "foreign-not-added", address = one.address.as_str(), why = why));
            Ok(())
        }
    }
}
