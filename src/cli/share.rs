//! `share`: nodes as links, as SIP008 JSON, or as a QR code.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::exit::{CliError, print_error};
use super::printer::{OutputFormat, Paint, Printer};
use super::status::unexpected_reply;
use super::{RemoteEngine, nodes};
use crate::i18n::machine::MachineError;
use crate::i18n::tr;
use crate::model::preview::{ShareForm, Shared};
use crate::model::{Command, Reply};
use crate::os::atomic_file;
use crate::qr::Code;

/// Prints a group, one node, or several.
pub(super) async fn run(
    engine: &RemoteEngine,
    out: &mut Printer,
    mut nodes: Vec<String>,
    group: Option<String>,
    form: ShareForm,
    qr: Option<PathBuf>,
) -> Result<(), CliError> {
    if let Some(group) = group {
        return whole_group(engine, out, &group, form).await;
    }
    match (nodes.len(), form) {
        (1, ShareForm::Links) => one(engine, out, nodes.remove(0), qr.as_deref()).await,
        (_, ShareForm::Links) if qr.is_some() => Err(CliError::Usage(tr!(out.locale, "share-one-code"))),
        (_, ShareForm::Links | ShareForm::Sip008) => many(engine, out, nodes, form).await,
    }
}

/// One node as its link, or as a QR code in a file or, for `-`, in the terminal.
async fn one(engine: &RemoteEngine, out: &mut Printer, node: String, qr: Option<&Path>) -> Result<(), CliError> {
    let Reply::Link(link) = engine.call(Command::Share { node }).await? else { return Err(unexpected_reply()) };
    let Some(file) = qr else {
        return match out.format {
            OutputFormat::Json => out.json(&json!({ "link": link })),
            OutputFormat::Text(_) => out.text(link.expose()),
        };
    };
    let code = Code::of(link.expose()).map_err(MachineError::from)?;
    if file == Path::new("-") {
        return draw(out, &code);
    }
    // The picture contains the password.
    atomic_file::write(file, &code.png()).map_err(|error| CliError::unwritable(out.locale, file, &error))?;
    match out.format {
        OutputFormat::Json => out.json(&json!({ "link": link, "file": file })),
        OutputFormat::Text(_) => Ok(()),
    }
}

fn draw(out: &mut Printer, code: &Code) -> Result<(), CliError> {
    let lines = code.lines();
    match out.format {
        OutputFormat::Json => out.json(&json!({ "lines": lines.lines().collect::<Vec<_>>() })),
        OutputFormat::Text(style) if style.paint == Paint::Plain => out.text(&lines),
        // White on black, whatever the terminal's colours are.
        OutputFormat::Text(_) => {
            out.text(&lines.lines().map(|line| format!("\x1b[97;40m{line}\x1b[0m\n")).collect::<String>())
        }
    }
}

/// Several nodes as one text.
async fn many(engine: &RemoteEngine, out: &mut Printer, nodes: Vec<String>, form: ShareForm) -> Result<(), CliError> {
    let Reply::Shared(shared) = engine.call(Command::ShareMany { nodes, form }).await? else {
        return Err(unexpected_reply());
    };
    let Shared { text, count, left_out } = &shared;
    if *count == 0 {
        return Err(CliError::Message(tr!(out.locale, "share-nothing")));
    }
    if !left_out.is_empty() {
        let ids: Vec<_> = left_out.iter().map(ToString::to_string).collect();
        print_error(&tr!(out.locale, "share-left-out", nodes = ids.join(&tr!(out.locale, "list-comma"))));
    }
    match out.format {
        OutputFormat::Json => out.json(&shared),
        OutputFormat::Text(_) => out.text(text.expose()),
    }
}

/// A whole group as one text; the group without a name holds the nodes added by hand.
async fn whole_group(engine: &RemoteEngine, out: &mut Printer, group: &str, form: ShareForm) -> Result<(), CliError> {
    let all = nodes::ask(engine).await?;
    let ids: Vec<_> = all.iter().filter(|node| node.group == group).map(|node| node.id.to_string()).collect();
    if ids.is_empty() {
        return Err(CliError::Message(tr!(out.locale, "share-no-group", group = group)));
    }
    many(engine, out, ids, form).await
}
