//! `door list`: the doors, with their state.

use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use super::{RemoteEngine, tables};
use crate::i18n::tr;
use crate::model::{Command, Reply};

pub(super) async fn list(engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    let Reply::Doors(doors) = engine.call(Command::Doors).await? else { return Err(unexpected_reply()) };
    match out.format {
        OutputFormat::Json => out.json(&doors),
        OutputFormat::Text(style) if doors.is_empty() => out.text(&tr!(style.locale, "doors-none")),
        OutputFormat::Text(style) => out.text(&tables::doors(&doors, style)),
    }
}
