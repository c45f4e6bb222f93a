//! `pin`, `pins`, `unpin`: sites and programs that go to certain nodes.

use jiff::tz::TimeZone;

use super::RemoteEngine;
use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use crate::i18n::routing;
use crate::model::{Command, Reply};

pub(super) async fn list(engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    let Reply::Pins(pins) = engine.call(Command::Pins).await? else { return Err(unexpected_reply()) };
    match out.format {
        OutputFormat::Json => out.json(&pins),
        OutputFormat::Text(style) => out.text(&routing::pins(style.locale, &pins, &TimeZone::system())),
    }
}
