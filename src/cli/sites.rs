//! `sites`: what is learned about sites.

use super::RemoteEngine;
use super::args::SitesVerb;
use super::exit::CliError;
use super::printer::{OutputFormat, Printer, Style};
use super::status::unexpected_reply;
use super::{switch, tables};
use crate::i18n::labels::one_line;
use crate::i18n::{routing, tr, units};
use crate::model::site::SiteView;
use crate::model::{Command, Reply};

pub(super) async fn run(engine: &RemoteEngine, out: &mut Printer, verb: Option<SitesVerb>) -> Result<(), CliError> {
    match verb {
        None => list(engine, out).await,
        Some(SitesVerb::Forget { site, .. }) => switch::execute(engine, out, Command::SitesForget { site }).await,
    }
}

async fn list(engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    let Reply::Sites(sites) = engine.call(Command::Sites).await? else { return Err(unexpected_reply()) };
    match out.format {
        OutputFormat::Json => out.json(&sites),
        OutputFormat::Text(style) if sites.is_empty() => out.text(&tr!(style.locale, "sites-none")),
        OutputFormat::Text(style) => out.text(&table(&sites, style)),
    }
}

fn table(sites: &[SiteView], style: Style) -> String {
    let locale = style.locale;
    let header = [
        tr!(locale, "sites-column-site"),
        tr!(locale, "sites-column-node"),
        tr!(locale, "sites-column-first-byte"),
        tr!(locale, "sites-column-why"),
    ];
    let mut table = tables::table(&header, style);
    for site in sites {
        let time = site.first_byte_ms.map_or_else(|| "-".to_owned(), |millis| units::millis(locale, millis));
        table.add_row([one_line(&site.site), routing::site_node(site), time, routing::placement(locale, site)]);
    }
    tables::finish(table, &[2])
}
