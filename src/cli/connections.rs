//! `connections`: lists the connections of clients, once or every second; `connections close`.
//!
//! As JSON it is one list; with `--watch` one list per line.

use serde_json::json;

use super::args::{ConnectionArguments, ConnectionsVerb};
use super::exit::CliError;
use super::printer::{OutputFormat, Paint, Printer, Style};
use super::status::unexpected_reply;
use super::{RemoteEngine, tables};
use crate::control::client::ConnectionStream;
use crate::i18n::tr;
use crate::model::connection::{ConnectionFilter, ConnectionList, ConnectionView};
use crate::model::{Command, Reply};

/// Runs `connections`.
pub(super) async fn run(
    engine: &RemoteEngine,
    out: &mut Printer,
    arguments: ConnectionArguments,
) -> Result<(), CliError> {
    let ConnectionArguments { verb, text, program, node, open, watch } = arguments;
    let shown = ListOptions { filter: ConnectionFilter { text: text.unwrap_or_default(), program, node }, open };
    match (verb, watch) {
        (Some(ConnectionsVerb::Close { which, all: _, program, node }), _) => {
            let meant = CloseTarget::read(which, program, node);
            let meant = meant.ok_or_else(|| CliError::Usage(tr!(out.locale, "cli-connections-which")))?;
            close(engine, out, meant).await
        }
        (None, false) => {
            let (list, _) = list(engine).await?;
            print(out, &shown.of(&list), None)
        }
        (None, true) => follow(engine, out, &shown).await,
    }
}

async fn follow(engine: &RemoteEngine, out: &mut Printer, shown: &ListOptions) -> Result<(), CliError> {
    let (mut list, mut changes) = list(engine).await?;
    loop {
        out.redraw()?;
        print(out, &shown.of(&list), terminal_height(out))?;
        list.apply(changes.next().await?);
    }
}

async fn close(engine: &RemoteEngine, out: &mut Printer, meant: CloseTarget) -> Result<(), CliError> {
    let ids = match meant {
        CloseTarget::Ids(ids) => ids,
        CloseTarget::Filter(filter) => {
            let (list, _) = list(engine).await?;
            ListOptions { filter, open: true }.of(&list).iter().map(|row| row.id).collect()
        }
    };
    let reply = engine.call(Command::ConnectionsClose { ids }).await?;
    let Reply::ConnectionsClosed(count) = reply else { return Err(unexpected_reply()) };
    match out.format {
        OutputFormat::Json => out.json(&json!({ "closed": count })),
        OutputFormat::Text(Style { locale, .. }) => out.text(&tr!(locale, "cli-connections-closed", count = count)),
    }
}

/// All connections with their rates, and the stream of changes. The first rates arrive shortly after the first list.
async fn list(engine: &RemoteEngine) -> Result<(ConnectionList, ConnectionStream), CliError> {
    let mut changes = engine.client().await?.connections().await?;
    let mut list = ConnectionList::default();
    for _ in 0..2 {
        list.apply(changes.next().await?);
    }
    Ok((list, changes))
}

/// The connections to show.
struct ListOptions {
    filter: ConnectionFilter,
    /// Only open ones.
    open: bool,
}

impl ListOptions {
    /// The connections, newest first.
    fn of<'a>(&self, list: &'a ConnectionList) -> Vec<&'a ConnectionView> {
        let is_shown = |row: &&ConnectionView| self.filter.matches(row) && (!self.open || row.ended.is_none());
        list.rows().rev().filter(is_shown).collect()
    }
}

/// The connections to close.
#[derive(Debug, PartialEq)]
enum CloseTarget {
    Ids(Vec<u64>),
    Filter(ConnectionFilter),
}

impl CloseTarget {
    /// Ids, or one text; `None` if it is neither.
    fn read(which: Vec<String>, program: Option<String>, node: Option<String>) -> Option<Self> {
        let ids: Result<Vec<u64>, _> = which.iter().map(|word| word.parse()).collect();
        match (ids, which.as_slice()) {
            (_, []) => Some(Self::Filter(ConnectionFilter { text: String::new(), program, node })),
            (Ok(ids), _) if program.is_none() && node.is_none() => Some(Self::Ids(ids)),
            (_, [text]) => Some(Self::Filter(ConnectionFilter { text: text.clone(), program, node })),
            (_, _) => None,
        }
    }
}

fn print(out: &mut Printer, rows: &[&ConnectionView], height: Option<usize>) -> Result<(), CliError> {
    match out.format {
        OutputFormat::Json => out.json(&rows),
        OutputFormat::Text(style) => {
            // One line is for the header, one for the cursor.
            let seen = height.map_or(rows.len(), |height| rows.len().min(height.saturating_sub(2)));
            out.text(&tables::connections(&rows[..seen], jiff::Timestamp::now().as_millisecond(), style))
        }
    }
}

/// Number of lines that fit; `None` if the output is not redrawn in place.
fn terminal_height(out: &Printer) -> Option<usize> {
    let is_redrawn = matches!(out.format, OutputFormat::Text(Style { paint: Paint::Coloured, .. }));
    let (_, terminal_size::Height(height)) = terminal_size::terminal_size().filter(|_| is_redrawn)?;
    Some(height.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_to_close_are_named_by_numbers_or_a_filter() {
        let read = |which: &[&str], program: Option<&str>| {
            CloseTarget::read(which.iter().map(ToString::to_string).collect(), program.map(str::to_owned), None)
        };
        let filter = |text: &str, program: Option<&str>| {
            let program = program.map(str::to_owned);
            CloseTarget::Filter(ConnectionFilter { text: text.into(), program, node: None })
        };
        assert_eq!(read(&["3", "17"], None).unwrap(), CloseTarget::Ids(vec![3, 17]));
        assert_eq!(read(&["a.example"], None).unwrap(), filter("a.example", None));
        assert_eq!(read(&[], None).unwrap(), filter("", None));
        // A number beside a filter is a text, such as a port.
        assert_eq!(read(&["443"], Some("curl")).unwrap(), filter("443", Some("curl")));
        assert_eq!(read(&["1", "a.example"], None), None);
    }
}
