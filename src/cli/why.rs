//! `why`: which member serves a site.

use jiff::tz::TimeZone;

use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use super::{RemoteEngine, tables};
use crate::i18n::routing;
use crate::model::{Command, Reply};

pub(super) async fn run(engine: &RemoteEngine, out: &mut Printer, question: Command) -> Result<(), CliError> {
    let Reply::Why(why) = engine.call(question).await? else { return Err(unexpected_reply()) };
    match out.format {
        OutputFormat::Json => out.json(&why),
        OutputFormat::Text(style) => out.text(&format!(
            "{}\n\n{}",
            routing::served(style.locale, &why),
            tables::candidates(&why, &TimeZone::system(), style)
        )),
    }
}
