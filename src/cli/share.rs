//! `share`: nodes as links, as a list in the standard's JSON, as a QR code.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::ending::{Failed, complain};
use super::out::{Format, Out, Paint};
use super::status::unexpected;
use super::{Engine, nodes};
use crate::i18n::machine::{self, MachineError};
use crate::i18n::tr;
use crate::model::preview::{ShareForm, Shared};
use crate::model::{Command, Reply};
use crate::os::atomic_file;
use crate::qr::Code;

/// What is asked for: a group, one node, or several.
pub(super) async fn run(
    engine: &Engine,
    out: &mut Out,
    mut nodes: Vec<String>,
    group: Option<String>,
    form: ShareForm,
    qr: Option<PathBuf>,
) -> Result<(), Failed> {
    if let Some(group) = group {
        return whole_group(engine, out, &group, form).await;
    }
    match (nodes.len(), form) {
        (1, ShareForm::Links) => one(engine, out, nodes.remove(0), qr.as_deref()).await,
        (_, ShareForm::Links) if qr.is_some() => Err(Failed::Usage(tr!(out.locale, "share-one-code"))),
        (_, ShareForm::Links | ShareForm::Sip008) => many(engine, out, nodes, form).await,
    }
}

/// One node, as its link or with the code of it in `qr`: a file, or `-` for the terminal.
async fn one(engine: &Engine, out: &mut Out, node: String, qr: Option<&Path>) -> Result<(), Failed> {
    let Reply::Link(link) = engine.call(Command::Share { node }).await? else { return Err(unexpected()) };
    let Some(place) = qr else {
        return match out.format {
            Format::Json => out.json(&json!({ "link": link })),
            Format::Text(_) => out.text(link.expose()),
        };
    };
    let code = Code::of(link.expose()).map_err(MachineError::from)?;
    if place == Path::new("-") {
        return draw(out, &code);
    }
    // It holds the password: for this user's eyes, as all such files.
    atomic_file::write(place, &code.png()).map_err(|error| unwritable(out, place, &error))?;
    match out.format {
        Format::Json => out.json(&json!({ "link": link, "file": place })),
        Format::Text(_) => Ok(()),
    }
}

fn draw(out: &mut Out, code: &Code) -> Result<(), Failed> {
    let lines = code.lines();
    match out.format {
        Format::Json => out.json(&json!({ "lines": lines.lines().collect::<Vec<_>>() })),
        Format::Text(style) if style.paint == Paint::Plain => out.text(&lines),
        // White on black, whatever the terminal's own colours are.
        Format::Text(_) => {
            out.text(&lines.lines().map(|line| format!("\x1b[97;40m{line}\x1b[0m\n")).collect::<String>())
        }
    }
}

/// Several nodes as one text.
async fn many(engine: &Engine, out: &mut Out, nodes: Vec<String>, form: ShareForm) -> Result<(), Failed> {
    let Reply::Shared(shared) = engine.call(Command::ShareMany { nodes, form }).await? else {
        return Err(unexpected());
    };
    let Shared { text, count, left_out } = &shared;
    if *count == 0 {
        return Err(Failed::Told(tr!(out.locale, "share-nothing")));
    }
    if !left_out.is_empty() {
        let ids: Vec<_> = left_out.iter().map(ToString::to_string).collect();
        complain(&tr!(out.locale, "share-left-out", nodes = ids.join(&tr!(out.locale, "list-comma"))));
    }
    match out.format {
        Format::Json => out.json(&shared),
        Format::Text(_) => out.text(text.expose()),
    }
}

/// A whole group as one text; the one without a name is of those that were added by hand.
async fn whole_group(engine: &Engine, out: &mut Out, group: &str, form: ShareForm) -> Result<(), Failed> {
    let all = nodes::ask(engine).await?;
    let ids: Vec<_> = all.iter().filter(|node| node.group == group).map(|node| node.id.to_string()).collect();
    if ids.is_empty() {
        return Err(Failed::Told(tr!(out.locale, "share-no-group", group = group)));
    }
    many(engine, out, ids, form).await
}

fn unwritable(out: &Out, place: &Path, error: &std::io::Error) -> Failed {
    Failed::Told(tr!(
        out.locale,
        "cli-unwritable",
        file = place.display().to_string(),
        why = machine::io(out.locale, error)
    ))
}
