//! `import`: nodes from an argument, a file or standard input, in any form of [`crate::model::list`].
//!
//! If all nodes are known already, the exit code is 0.

use std::io::{self, Read};
use std::path::Path;

use super::exit::{CliError, print_error};
use super::foreign::Consent;
use super::printer::{OutputFormat, Printer};
use super::{RemoteEngine, foreign, import_text, messages, preview};
use crate::i18n::labels::imported;
use crate::i18n::{Locale, Localize, machine, tr};
use crate::model::command::{ImportReport, ImportScope};
use crate::model::foreign::ForeignSettings;
use crate::model::list::{self, ListPosition};

/// Longest piece of a list of links that is sent in one request, in bytes: the engine can do other work between two
/// pieces.
const MAX_PIECE: usize = 128 * 1024;

/// Longest configuration file or encoded list, in bytes. A byte takes up to six bytes as JSON, and the request must fit
/// into one line of the control protocol.
const MAX_FILE: usize = 8 << 20;

/// What to do with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ImportMode {
    /// Add its nodes.
    Add,
    /// Show what would be added.
    Preview,
}

pub(super) async fn run(
    engine: &RemoteEngine,
    out: &mut Printer,
    source: &str,
    mode: ImportMode,
    consent: Consent,
) -> Result<(), CliError> {
    let text = read(source, out.locale)?;
    take(engine, out, &text, mode, consent).await
}

/// Adds or previews the nodes in a text.
pub(super) async fn take(
    engine: &RemoteEngine,
    out: &mut Printer,
    text: &str,
    mode: ImportMode,
    consent: Consent,
) -> Result<(), CliError> {
    if mode == ImportMode::Preview {
        return preview::show(engine, out, text, consent).await;
    }
    let (nodes, settings) = send(engine, text, consent.scope(), out.locale).await?;
    let printed = print_report(out, &nodes);
    if consent == Consent::Ask && printed.is_err() {
        return printed;
    }
    foreign::take(engine, out, text, settings?, consent).await?;
    printed
}

/// Prints the result of an import.
fn print_report(out: &mut Printer, report: &ImportReport) -> Result<(), CliError> {
    for refused in &report.refused {
        print_error(&refused.localize(out.locale));
    }
    let (added, known) = (report.added.len(), report.known.len());
    if let OutputFormat::Json = out.format {
        out.json(report)?;
    }
    let counts = imported(out.locale, added, known, report.refused.len());
    match (added + known, out.format) {
        (0, _) => Err(CliError::Message(if report.refused.is_empty() {
            counts
        } else {
            tr!(out.locale, "cli-import-none", counts = counts)
        })),
        (_, OutputFormat::Json) => Ok(()),
        (_, OutputFormat::Text(_)) => out.text(&counts),
    }
}

fn read(source: &str, locale: Locale) -> Result<String, CliError> {
    let unreadable = |error: io::Error| CliError::unreadable(locale, Path::new(source), machine::io(locale, &error));
    if source == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
        return Ok(list::text_of(&bytes));
    }
    if source.contains("://") {
        return Ok(source.to_owned());
    }
    match std::fs::read(Path::new(source)) {
        Ok(bytes) => Ok(list::text_of(&bytes)),
        // The argument may be a mistyped link that contains a password; it is not repeated.
        Err(error) if error.kind() == io::ErrorKind::NotFound || error.kind() == io::ErrorKind::InvalidFilename => {
            Err(CliError::Message(tr!(locale, "cli-import-not-found")))
        }
        Err(error) => Err(unreadable(error)),
    }
}

/// Sends the text, a long list of links in pieces, and combines the reports. A piece of a list contains no settings.
async fn send(
    engine: &RemoteEngine,
    text: &str,
    scope: ImportScope,
    locale: Locale,
) -> Result<(ImportReport, Result<ForeignSettings, CliError>), CliError> {
    let mut client = engine.client().await?;
    let mut whole = ImportReport::default();
    let mut settings = Ok(ForeignSettings::default());
    for (first_line, piece) in pieces(text, locale)? {
        let imported = import_text(&mut client, piece, scope).await?;
        settings = imported.settings.map_err(CliError::Fault);
        whole.added.extend(imported.nodes.added);
        whole.known.extend(imported.nodes.known);
        whole.refused.extend(imported.nodes.refused.into_iter().map(|mut refused| {
            if let ListPosition::Line(line) = &mut refused.place {
                *line += first_line;
            }
            refused
        }));
    }
    Ok((whole, settings))
}

/// Splits a text into pieces: links between lines, anything else as a whole.
fn pieces(text: &str, locale: Locale) -> Result<Vec<(usize, String)>, CliError> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let is_config = start.starts_with(['{', '[', '<']) || text.lines().any(|line| line.starts_with("proxies:"));
    if !is_config && text.contains("://") {
        return Ok(lines(text));
    }
    if text.len() > MAX_FILE {
        return Err(CliError::Message(messages::too_large(locale, MAX_FILE)));
    }
    Ok(vec![(0, text.to_owned())])
}

/// Splits a text between lines; each piece comes with the number of lines before it. A line that is longer than a piece
/// cannot be a link; it is truncated, so that it is rejected with its line number.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut pieces: Vec<(usize, String)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = &line[..line.floor_char_boundary(MAX_PIECE)];
        match pieces.last_mut() {
            Some((_, piece)) if piece.len() + line.len() < MAX_PIECE => {
                piece.push('\n');
                piece.push_str(line);
            }
            Some(_) | None => pieces.push((number, line.to_owned())),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_split_between_lines_and_keeps_its_line_numbers() {
        let line = "x".repeat(1000);
        let text = vec![line.as_str(); 500].join("\n");
        let pieces = lines(&text);
        assert!(pieces.len() > 1);
        for (first_line, piece) in &pieces {
            assert!(piece.len() <= MAX_PIECE);
            assert_eq!(*first_line * 1001, text[..first_line * 1001].len());
        }
        let whole: Vec<_> = pieces.iter().map(|(_, piece)| piece.as_str()).collect();
        assert_eq!(whole.join("\n"), text);
    }

    #[test]
    fn a_line_that_is_too_long_is_truncated() {
        let pieces = lines(&format!("a\n{}\nb", "ü".repeat(MAX_PIECE)));
        assert_eq!(pieces.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(pieces[1].1.len() <= MAX_PIECE);
    }

    #[test]
    fn an_invalid_argument_is_not_repeated_in_the_error() {
        let Err(CliError::Message(line)) = read("hunter2", Locale::English) else { panic!("read") };
        assert!(!line.contains("hunter2"));
    }
}
