//! `events`: what happened, and what happens.
//!
//! As JSON the past is one list; who follows gets one event a line, since a list would never end.

use jiff::tz::TimeZone;
use serde_json::json;

use super::ending::Failed;
use super::out::{Format, Out};
use super::status::unexpected;
use super::{Engine, words};
use crate::control::client::Heard;
use crate::i18n::events;
use crate::model::{Command, Event, Reply};

pub(super) async fn past(engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    let Reply::Events(events) = engine.call(Command::Events).await? else { return Err(unexpected()) };
    match out.format {
        Format::Json => out.json(&events),
        Format::Text(_) => events.iter().try_for_each(|event| print(out, event)),
    }
}

pub(super) async fn follow(engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    let (past, mut events) = engine.client().await?.events().await?;
    past.iter().try_for_each(|event| print(out, event))?;
    loop {
        match (events.next().await?, out.format) {
            (Heard::Event(event), _) => print(out, &event)?,
            (Heard::Missed(events), Format::Json) => out.json(&json!({ "missed": events }))?,
            (Heard::Missed(events), Format::Text(_)) => out.text(&words::missed(out.locale, events))?,
        }
    }
}

fn print(out: &mut Out, event: &Event) -> Result<(), Failed> {
    match out.format {
        Format::Json => out.json(event),
        Format::Text(_) => out.text(&events::line(out.locale, event, &TimeZone::system())),
    }
}
