//! `fix`: tries a site through the nodes, and sends it to one that works for a day.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use super::{RemoteEngine, messages};
use crate::control::client::{EventStream, StreamedEvent};
use crate::i18n::{events, site_checks};
use crate::model::site_check::{PageVisit, SiteCheck, SiteTry, SiteVerdict};
use crate::model::{Command, EventKind, Failure, Reply};

pub(super) async fn run(engine: &RemoteEngine, out: &mut Printer, site: String) -> Result<(), CliError> {
    let (_past, mut progress) = engine.client().await?.events().await?;
    let call = engine.call(Command::Fix { site });
    let reply = tokio::select! {
        reply = call => reply?,
        failed = show_progress(&mut progress, out) => return failed,
    };
    let Reply::SiteCheck(check) = reply else { return Err(unexpected_reply()) };
    let verdict = site_checks::verdict(out.locale, &check, &TimeZone::system());
    match out.format {
        OutputFormat::Json => out.json(&as_json(&check))?,
        OutputFormat::Text(_) => {
            if let Some(comparison) = &check.comparison {
                out.text(&messages::without_node(out.locale, &comparison.direct))?;
            }
            if check.verdict == SiteVerdict::Works {
                out.text(&verdict)?;
            }
        }
    }
    if check.verdict == SiteVerdict::Works { Ok(()) } else { Err(CliError::Message(verdict)) }
}

/// Prints what the nodes get, until the stream fails.
async fn show_progress(progress: &mut EventStream, out: &mut Printer) -> Result<(), CliError> {
    loop {
        let StreamedEvent::Event(event) = progress.next().await? else { continue };
        let (EventKind::SiteTried { .. }, OutputFormat::Text(_)) = (&event.kind, out.format) else { continue };
        out.text(&events::sentence(out.locale, &event.kind))?;
    }
}

fn as_json(check: &SiteCheck) -> Value {
    let tries: Vec<_> = check.tries.iter().map(tried_as_json).collect();
    let mut value = json!({
        "site": check.site, "url": check.url, "verdict": check.verdict, "winner": check.winner, "until": check.until,
        "tries": tries,
    });
    if let Some(comparison) = &check.comparison {
        value["direct"] = visit_as_json(&comparison.direct);
        value["nodes_work"] = comparison.nodes_work.into();
        value["network_works"] = comparison.network_works.into();
    }
    value
}

fn tried_as_json(tried: &SiteTry) -> Value {
    let mut value = visit_as_json(&tried.result);
    (value["id"], value["name"]) = (tried.id.as_str().into(), tried.name.as_str().into());
    value["round"] = tried.round.into();
    value
}

fn visit_as_json(result: &Result<PageVisit, Failure>) -> Value {
    match result {
        Ok(visit) => json!({ "ok": visit.is_good(), "status": visit.status, "ms": visit.took_ms }),
        Err(failure) => json!({ "ok": false, "stage": failure.stage, "detail": failure.cause.to_string() }),
    }
}
