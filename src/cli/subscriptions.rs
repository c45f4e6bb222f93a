//! `subscription …`: node lists that a provider keeps at an address.
//!
//! An address is as good as a password: it is shown without its secret part, and `-` reads it from standard input, where
//! no other program can see it.

use comfy_table::Cell;
use jiff::tz::TimeZone;

use super::args::SubscriptionVerb;
use super::exit::CliError;
use super::printer::{OutputFormat, Printer, Style};
use super::status::unexpected_reply;
use super::{RemoteEngine, messages, settings, switch, tables};
use crate::i18n::labels::one_line;
use crate::i18n::{Localize, subscriptions, tr, units};
use crate::model::subscription::{Offer, SubscriptionChanges, SubscriptionView, UpdateReport};
use crate::model::{Command, Reply, Secret};

pub(super) async fn run(engine: &RemoteEngine, out: &mut Printer, verb: SubscriptionVerb) -> Result<(), CliError> {
    match verb {
        SubscriptionVerb::Add { url, preview: true, .. } => {
            let url = secret(url)?;
            preview(engine, out, url).await
        }
        SubscriptionVerb::Add { url, name, every, preview: false } => {
            let url = secret(url)?;
            update(engine, out, Command::SubscriptionAdd { url, name, update_h: every }).await
        }
        SubscriptionVerb::List => list(engine, out).await,
        SubscriptionVerb::Update { name } => update(engine, out, Command::SubscriptionUpdate { name }).await,
        SubscriptionVerb::Edit { name, changes } => {
            let url = changes.url.map(secret).transpose()?;
            let changes = SubscriptionChanges { name: changes.renamed, url, update_h: changes.every };
            switch::execute(engine, out, Command::SubscriptionEdit { name, changes }).await
        }
        SubscriptionVerb::Remove { name } => switch::execute(engine, out, Command::SubscriptionRemove { name }).await,
    }
}

/// The given address, or the one on standard input.
fn secret(url: String) -> Result<Secret, CliError> {
    Ok(settings::value_or_stdin(url)?.into())
}

async fn preview(engine: &RemoteEngine, out: &mut Printer, url: Secret) -> Result<(), CliError> {
    let Reply::Offer(offer) = engine.call(Command::SubscriptionPreview { url }).await? else {
        return Err(unexpected_reply());
    };
    match out.format {
        OutputFormat::Json => out.json(&offer),
        OutputFormat::Text(style) => {
            let line = messages::offer(out.locale, &offer);
            let refused: Vec<_> = offer.refused.iter().map(|refused| refused.localize(out.locale)).collect();
            let table = offered(&offer, style);
            out.text(&[vec![line, table], refused].concat().join("\n"))
        }
    }
}

async fn list(engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    let Reply::Subscriptions(views) = engine.call(Command::Subscriptions).await? else {
        return Err(unexpected_reply());
    };
    match out.format {
        OutputFormat::Json => out.json(&views),
        OutputFormat::Text(_) if views.is_empty() => out.text(&tr!(out.locale, "cli-no-subscriptions")),
        OutputFormat::Text(style) => out.text(&table(&views, &TimeZone::system(), style)),
    }
}

/// Updates subscriptions and prints the result of each; an error if one of them failed.
async fn update(engine: &RemoteEngine, out: &mut Printer, command: Command) -> Result<(), CliError> {
    let Reply::Updated(reports) = engine.call(command).await? else { return Err(unexpected_reply()) };
    let lines: Vec<_> = reports.iter().map(|report| messages::updated(out.locale, report)).collect();
    let failed = |report: &UpdateReport| report.result.is_err();
    match (out.format, lines.as_slice()) {
        (OutputFormat::Json, _) => out.json(&reports)?,
        (OutputFormat::Text(_), []) => out.text(&tr!(out.locale, "cli-no-subscriptions"))?,
        (OutputFormat::Text(_), [line]) if reports.iter().any(failed) => return Err(CliError::Message(line.clone())),
        (OutputFormat::Text(_), lines) => out.text(&lines.join("\n"))?,
    }
    match reports.iter().filter(|report| failed(report)).count() {
        0 => Ok(()),
        count => Err(CliError::Message(messages::not_updated(out.locale, count, reports.len()))),
    }
}

/// The table of subscriptions, with times in a time zone.
fn table(views: &[SubscriptionView], zone: &TimeZone, style: Style) -> String {
    let say = style.locale;
    let header = [
        tr!(say, "column-name"),
        tr!(say, "column-address"),
        tr!(say, "column-nodes"),
        tr!(say, "column-updated"),
        tr!(say, "column-next"),
        tr!(say, "column-used"),
        tr!(say, "column-ends"),
        tr!(say, "column-result"),
    ];
    let mut table = tables::table(&header, style);
    let time = |at: Option<i64>| at.map_or_else(|| "-".to_owned(), |at| units::time(at, zone));
    for view in views {
        let fault = view.fault.as_ref().map(|fault| fault.localize(say));
        table.add_row(vec![
            Cell::new(one_line(&view.name)),
            Cell::new(&view.address),
            Cell::new(view.nodes),
            Cell::new(time(view.updated_at)),
            Cell::new(time(view.next_at)),
            Cell::new(subscriptions::used(say, &view.plan)),
            Cell::new(subscriptions::ends(&view.plan, zone)),
            Cell::new(fault.unwrap_or_default()),
        ]);
    }
    tables::finish(table, &[2])
}

/// The table of the nodes in an offer.
fn offered(offer: &Offer, style: Style) -> String {
    let say = style.locale;
    let header = [
        tr!(say, "column-node"),
        tr!(say, "column-name"),
        tr!(say, "column-kind"),
        tr!(say, "column-server"),
        tr!(say, "column-known"),
    ];
    let mut table = tables::table(&header, style);
    for node in &offer.nodes {
        table.add_row(vec![
            Cell::new(&node.id),
            Cell::new(one_line(&node.name)),
            Cell::new(&node.kind),
            Cell::new(format!("{}:{}", node.host, node.port)),
            Cell::new(if node.is_known { tr!(say, "cli-yes") } else { String::new() }),
        ]);
    }
    tables::finish(table, &[])
}

#[cfg(test)]
mod tests {
    use super::super::printer::Paint;
    use super::*;
    use crate::i18n::Locale;
    use crate::model::subscription::Plan;
    use crate::model::{Fault, FaultCode};

    #[test]
    fn the_list_of_subscriptions() {
        let view = |name: &str, fault: Option<Fault>| SubscriptionView {
            name: name.into(),
            address: "https://example.com/…".into(),
            update_h: 24,
            nodes: 12,
            is_updating: false,
            updated_at: Some(1_700_000_000_000),
            tried_at: Some(1_700_000_000_000),
            next_at: fault.is_none().then_some(1_700_080_000_000),
            failures: u32::from(fault.is_some()),
            fault,
            plan: Plan { used: Some(1_500_000), total: Some(10_000_000), expires_at: Some(1_800_000_000_000) },
            notices: Vec::new(),
        };
        let fault =
            Fault::new(FaultCode::SubscriptionNotFetched, "the server responded with 500 Internal Server Error");
        let style = Style { locale: Locale::English, paint: Paint::Plain };
        insta::assert_snapshot!(table(&[view("Cloud", None), view("机场", Some(fault))], &TimeZone::UTC, style));
    }
}
