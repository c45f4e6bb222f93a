//! `rules test`: which rule matches an address and where it goes.

use super::RemoteEngine;
use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use crate::i18n::routing;
use crate::model::{Command, Reply};

pub(super) async fn test(
    engine: &RemoteEngine,
    out: &mut Printer,
    url: String,
    program: Option<String>,
) -> Result<(), CliError> {
    let Reply::RulesTested(ruled) = engine.call(Command::RulesTest { url, program }).await? else {
        return Err(unexpected_reply());
    };
    match out.format {
        OutputFormat::Json => out.json(&ruled),
        OutputFormat::Text(style) => out.text(&routing::ruled(style.locale, &ruled)),
    }
}
