//! `events`: past and new events.
//!
//! As JSON the past is one list; with `--follow` each event is on a line of its own.

use jiff::tz::TimeZone;
use serde_json::json;

use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use super::{RemoteEngine, messages};
use crate::control::client::StreamedEvent;
use crate::i18n::events;
use crate::model::{Command, Event, Reply};

pub(super) async fn past(engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    let Reply::Events(events) = engine.call(Command::Events).await? else { return Err(unexpected_reply()) };
    match out.format {
        OutputFormat::Json => out.json(&events),
        OutputFormat::Text(_) => events.iter().try_for_each(|event| print(out, event)),
    }
}

pub(super) async fn follow(engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    let (past, mut events) = engine.client().await?.events().await?;
    past.iter().try_for_each(|event| print(out, event))?;
    loop {
        match (events.next().await?, out.format) {
            (StreamedEvent::Event(event), _) => print(out, &event)?,
            (StreamedEvent::Missed(events), OutputFormat::Json) => out.json(&json!({ "missed": events }))?,
            (StreamedEvent::Missed(events), OutputFormat::Text(_)) => {
                out.text(&messages::missed(out.locale, events))?
            }
        }
    }
}

fn print(out: &mut Printer, event: &Event) -> Result<(), CliError> {
    match out.format {
        OutputFormat::Json => out.json(event),
        OutputFormat::Text(_) => out.text(&events::line(out.locale, event, &TimeZone::system())),
    }
}
