//! `backup` and `restore`: all that a user has made, to a file and back.
//!
//! The file is sealed here, on this side of the door, and opened here. Passwords come from standard
//! input or a terminal that shows none of it, never from the command line. A person at a terminal is
//! shown what a restoration changes and asked; a script is not.

use std::io::{self, BufRead, IsTerminal};
use std::path::Path;

use super::Engine;
use super::ending::Failed;
use super::out::{Format, Out};
use super::status::unexpected;
use crate::i18n::machine::{self, MachineError};
use crate::i18n::restoration::lines as restoration_lines;
use crate::i18n::tr;
use crate::model::backup::Restoration;
use crate::model::{Command, Reply, Secret};
use crate::os::atomic_file;
use crate::seal;

/// Largest backup that is read, in bytes: what the engine takes.
const LARGEST: u64 = 32 << 20;

/// Where a password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Password {
    /// There is none.
    None,
    /// The first line of standard input.
    Stdin,
    /// A person types it.
    Terminal,
}

/// Whether a restoration is wanted, or only to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolve {
    /// Show what it would change.
    Look,
    /// Show it, and ask where there is a person to ask.
    Ask,
    /// Do it.
    Go,
}

pub(super) async fn take(engine: &Engine, out: &mut Out, file: &Path, password: Password) -> Result<(), Failed> {
    let password = match password {
        Password::None => None,
        Password::Stdin => Some(from_stdin()?),
        Password::Terminal => Some(typed_twice(out)?),
    };
    let Reply::Backup(text) = engine.call(Command::BackupTake).await? else { return Err(unexpected()) };
    let sealed = password.map(|password| seal::seal(&text, &password)).transpose().map_err(MachineError::from)?;
    let bytes = sealed.as_deref().unwrap_or_else(|| text.expose().as_bytes());
    let shown = file.display().to_string();
    let unwritable = |error: io::Error| {
        tr!(out.locale, "cli-unwritable", file = shown.as_str(), why = machine::io(out.locale, &error))
    };
    atomic_file::write(file, bytes).map_err(|error| Failed::Told(unwritable(error)))?;
    match (out.format, &sealed) {
        (Format::Json, _) => out.json(&serde_json::json!({ "file": shown, "sealed": sealed.is_some() })),
        (Format::Text(_), Some(_)) => out.text(&tr!(out.locale, "backup-sealed", file = shown)),
        (Format::Text(_), None) => out.text(&tr!(out.locale, "backup-open", file = shown)),
    }
}

pub(super) async fn restore(
    engine: &Engine,
    out: &mut Out,
    file: &Path,
    password: Password,
    resolve: Resolve,
) -> Result<(), Failed> {
    let text = read(out, file, password)?;
    let is_asked = resolve == Resolve::Ask
        && password != Password::Stdin
        && matches!(out.format, Format::Text(_))
        && io::stdin().is_terminal()
        && io::stdout().is_terminal();
    if resolve == Resolve::Look || is_asked {
        let restoration = ask(engine, Command::BackupPreview { text: text.clone() }).await?;
        show(out, &restoration)?;
        if resolve == Resolve::Look || restoration.is_nothing() {
            return Ok(());
        }
        if !out.agrees(&tr!(out.locale, "restore-question"))? {
            return Err(Failed::Told(tr!(out.locale, "restore-not-done")));
        }
        ask(engine, Command::BackupRestore { text }).await?;
        return out.text(&tr!(out.locale, "restore-done"));
    }
    let restoration = ask(engine, Command::BackupRestore { text }).await?;
    show(out, &restoration)
}

pub(super) async fn undo(engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    let restoration = ask(engine, Command::BackupUndo).await?;
    show(out, &restoration)
}

async fn ask(engine: &Engine, command: Command) -> Result<Restoration, Failed> {
    let Reply::Restoration(restoration) = engine.call(command).await? else { return Err(unexpected()) };
    Ok(*restoration)
}

fn show(out: &mut Out, restoration: &Restoration) -> Result<(), Failed> {
    match out.format {
        Format::Json => out.json(restoration),
        Format::Text(_) => out.text(&restoration_lines(out.locale, restoration).join("\n")),
    }
}

fn read(out: &Out, file: &Path, password: Password) -> Result<Secret, Failed> {
    let shown = file.display().to_string();
    let told = |why: String| Failed::Told(tr!(out.locale, "cli-unreadable", file = shown.as_str(), why = why));
    let size = std::fs::metadata(file).map_err(|error| told(machine::io(out.locale, &error)))?.len();
    if size > LARGEST {
        return Err(told(tr!(out.locale, "backup-too-large")));
    }
    let bytes = std::fs::read(file).map_err(|error| told(machine::io(out.locale, &error)))?;
    if !seal::is_sealed(&bytes) {
        // What is no text is no backup, which the engine will say.
        return Ok(String::from_utf8_lossy(&bytes).into_owned().into());
    }
    let password = match password {
        Password::Stdin => from_stdin()?,
        Password::Terminal => typed(out)?,
        Password::None if io::stdin().is_terminal() => typed(out)?,
        Password::None => return Err(told(tr!(out.locale, "backup-wants-password"))),
    };
    seal::open(&bytes, &password).map_err(|error| told(machine::seal(out.locale, error)))
}

fn from_stdin() -> Result<Secret, Failed> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).into())
}

fn typed(out: &Out) -> Result<Secret, Failed> {
    Ok(rpassword::prompt_password(tr!(out.locale, "backup-password"))?.into())
}

fn typed_twice(out: &Out) -> Result<Secret, Failed> {
    let (first, second) = (typed(out)?, Secret::from(rpassword::prompt_password(tr!(out.locale, "backup-again"))?));
    if first == second { Ok(first) } else { Err(Failed::Told(tr!(out.locale, "backup-not-the-same"))) }
}
