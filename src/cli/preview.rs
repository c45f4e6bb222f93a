//! `import --preview`: what would be added from a text.

use comfy_table::Cell;

use super::RemoteEngine;
use super::exit::CliError;
use super::foreign::Consent;
use super::printer::{OutputFormat, Printer, Style};
use super::status::unexpected_reply;
use super::tables::{finish, legacy, table};
use crate::i18n::foreign::lines;
use crate::i18n::labels::{imported, one_line};
use crate::i18n::{Localize, tr};
use crate::model::list::ListPosition;
use crate::model::node::authority;
use crate::model::preview::{PreviewItem, PreviewRow, TextPreview};
use crate::model::{Command, PluginRequest, Reply};

/// Prints the nodes in a text, and the settings in another client's file; as JSON the settings are a line of their own,
/// printed only on request.
pub(super) async fn show(
    engine: &RemoteEngine,
    out: &mut Printer,
    text: &str,
    consent: Consent,
) -> Result<(), CliError> {
    let reply = engine.call(Command::Preview { texts: vec![text.into()] }).await?;
    let Reply::Preview(previews) = reply else { return Err(unexpected_reply()) };
    let preview = previews.into_iter().next().ok_or_else(unexpected_reply)?;
    let TextPreview { rows, settings } = preview.map_err(CliError::Fault)?;
    match out.format {
        OutputFormat::Json => {
            out.json(&rows)?;
            match consent {
                Consent::Ask => Ok(()),
                Consent::Given => out.json(&settings),
            }
        }
        OutputFormat::Text(style) => {
            let settings = lines(style.locale, &settings);
            let below = [vec![counts(&rows, style)], settings].concat().join("\n");
            out.text(&format!("{}\n\n{below}", as_table(&rows, style)))
        }
    }
}

fn as_table(rows: &[PreviewRow], style: Style) -> String {
    let locale = style.locale;
    let header = [
        tr!(locale, "column-place"),
        tr!(locale, "column-found"),
        tr!(locale, "column-name"),
        tr!(locale, "column-kind"),
        tr!(locale, "column-server"),
        tr!(locale, "column-legacy"),
        tr!(locale, "column-plugin"),
    ];
    let mut table = table(&header, style);
    for PreviewRow { place, found } in rows {
        let place = match place {
            ListPosition::Line(line) => tr!(locale, "preview-line", line = *line),
            ListPosition::Server(server) => tr!(locale, "preview-server", server = *server),
        };
        table.add_row([vec![Cell::new(place)], cells(found, style)].concat());
    }
    finish(table, &[])
}

/// The cells of a row behind its place.
fn cells(found: &PreviewItem, style: Style) -> Vec<Cell> {
    let locale = style.locale;
    match found {
        PreviewItem::New {
            name, kind, host, port, legacy: weakness, plugin, plugin_options, plugin_allowed, ..
        } => {
            let plugin = if *plugin_allowed {
                one_line(&[plugin.as_str(), plugin_options].join(" "))
            } else {
                PluginRequest { plugin: plugin.clone(), options: plugin_options.clone() }.localize(locale)
            };
            vec![
                Cell::new(tr!(locale, "preview-new")),
                Cell::new(one_line(name)),
                Cell::new(kind),
                Cell::new(authority(host, *port)),
                legacy(*weakness, style),
                Cell::new(plugin),
            ]
        }
        PreviewItem::Known { id, name } => {
            vec![Cell::new(tr!(locale, "preview-known", node = id.to_string())), Cell::new(one_line(name))]
        }
        PreviewItem::Refused { error, .. } => {
            vec![Cell::new(tr!(locale, "preview-refused", why = error.localize(locale)))]
        }
    }
}

fn counts(rows: &[PreviewRow], style: Style) -> String {
    let count = |fits: fn(&PreviewItem) -> bool| rows.iter().filter(|row| fits(&row.found)).count();
    let added = count(|found| matches!(found, PreviewItem::New { .. }));
    let known = count(|found| matches!(found, PreviewItem::Known { .. }));
    let refused = count(|found| matches!(found, PreviewItem::Refused { .. }));
    tr!(style.locale, "preview-counts", counts = imported(style.locale, added, known, refused))
}
