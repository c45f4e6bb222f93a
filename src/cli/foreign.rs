//! `import` of another client's file: its settings, which are imported only after confirmation.
//!
//! At a terminal the user is asked; a script passes `--settings`. Nodes are imported either way.

use std::io::{self, IsTerminal};

use super::exit::{CliError, print_error};
use super::messages::{client_error, updated};
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use super::{RemoteEngine, import_text};
use crate::i18n::foreign::lines;
use crate::i18n::tr;
use crate::model::command::ImportScope;
use crate::model::foreign::{ForeignSettings, ForeignSubscription};
use crate::model::{Command, Reply};

/// Whether to import the settings in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// Ask, if there is a terminal.
    Ask,
    /// Import them.
    Given,
}

impl Consent {
    /// What is imported without asking.
    pub(super) fn scope(self) -> ImportScope {
        match self {
            Self::Ask => ImportScope::Nodes,
            Self::Given => ImportScope::NodesAndSettings,
        }
    }
}

/// Imports the settings that were found, after asking if that has not happened yet, and reports them; as JSON on a line
/// of their own.
pub(super) async fn take(
    engine: &RemoteEngine,
    out: &mut Printer,
    text: &str,
    settings: ForeignSettings,
    consent: Consent,
) -> Result<(), CliError> {
    let taken = match consent {
        Consent::Given => settings,
        Consent::Ask if settings.is_nothing() || !is_agreed(out, &settings)? => return Ok(()),
        Consent::Ask => {
            // Its nodes are imported already.
            let mut client = engine.client().await?;
            let imported = import_text(&mut client, text.to_owned(), ImportScope::NodesAndSettings).await?;
            imported.settings.map_err(CliError::Fault)?
        }
    };
    for subscription in &taken.subscriptions {
        add(engine, out, subscription).await?;
    }
    match (out.format, consent) {
        (OutputFormat::Json, _) => out.json(&taken),
        (OutputFormat::Text(_), Consent::Ask) => out.text(&tr!(out.locale, "foreign-imported")),
        (OutputFormat::Text(_), Consent::Given) => out.text(&lines(out.locale, &taken).join("\n")),
    }
}

/// Shows the settings and asks. Without a terminal the answer is no, and a note names the option.
fn is_agreed(out: &mut Printer, found: &ForeignSettings) -> Result<bool, CliError> {
    if out.format == OutputFormat::Json {
        return Ok(false);
    }
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        out.text(&tr!(out.locale, "foreign-not-imported"))?;
        return Ok(false);
    }
    out.text(&lines(out.locale, found).join("\n"))?;
    out.confirms(&tr!(out.locale, "foreign-question"))
}

/// Adds one of the other client's subscriptions. A failed download does not stop the others.
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
