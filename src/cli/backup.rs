//! `backup` and `restore`: everything the user has configured, to a file and back.
//!
//! The file is encrypted and decrypted here, not in the engine. Passwords come from standard input or from a terminal
//! without echo, never from the command line. At a terminal a restore shows what it changes and asks; a script is not
//! asked. Settings that name programs to run are restored only where the user says so.

use std::io::{self, BufRead, IsTerminal};
use std::path::Path;

use super::RemoteEngine;
use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use crate::i18n::machine::{self, MachineError};
use crate::i18n::restoration::lines as restoration_lines;
use crate::i18n::{Localize, tr};
use crate::model::backup::{ProgramScope, Restoration};
use crate::model::{Command, Reply, Secret};
use crate::os::atomic_file;
use crate::seal;

/// Largest backup that is read, in bytes: the engine's limit.
const LARGEST: u64 = 32 << 20;

/// Where a password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PasswordSource {
    /// There is none.
    None,
    /// The first line of standard input.
    Stdin,
    /// Typed at the terminal.
    Terminal,
}

/// Whether to restore, or only to show what would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RestoreMode {
    /// Show what would change.
    Preview,
    /// Show it and ask, if there is a terminal.
    Confirm,
    /// Restore.
    Apply,
}

pub(super) async fn create(
    engine: &RemoteEngine,
    out: &mut Printer,
    file: &Path,
    password: PasswordSource,
) -> Result<(), CliError> {
    let password = match password {
        PasswordSource::None => None,
        PasswordSource::Stdin => Some(from_stdin()?),
        PasswordSource::Terminal => Some(typed_twice(out)?),
    };
    let Reply::Backup(text) = engine.call(Command::BackupTake).await? else { return Err(unexpected_reply()) };
    let sealed = password.map(|password| seal::seal(&text, &password)).transpose().map_err(MachineError::from)?;
    let bytes = sealed.as_deref().unwrap_or_else(|| text.expose().as_bytes());
    let shown = file.display().to_string();
    atomic_file::write(file, bytes).map_err(|error| CliError::unwritable(out.locale, file, &error))?;
    match (out.format, &sealed) {
        (OutputFormat::Json, _) => out.json(&serde_json::json!({ "file": shown, "sealed": sealed.is_some() })),
        (OutputFormat::Text(_), Some(_)) => out.text(&tr!(out.locale, "backup-sealed", file = shown)),
        (OutputFormat::Text(_), None) => out.text(&tr!(out.locale, "backup-open", file = shown)),
    }
}

pub(super) async fn restore(
    engine: &RemoteEngine,
    out: &mut Printer,
    file: &Path,
    password: PasswordSource,
    mode: RestoreMode,
    programs: ProgramScope,
) -> Result<(), CliError> {
    let text = read(out, file, password)?;
    let is_asked = mode == RestoreMode::Confirm
        && password != PasswordSource::Stdin
        && matches!(out.format, OutputFormat::Text(_))
        && io::stdin().is_terminal()
        && io::stdout().is_terminal();
    if mode == RestoreMode::Preview || is_asked {
        let restoration = ask(engine, Command::BackupPreview { text: text.clone() }).await?;
        show(out, &restoration)?;
        if mode == RestoreMode::Preview || restoration.is_nothing() {
            return Ok(());
        }
        if !out.confirms(&tr!(out.locale, "restore-question"))? {
            return Err(CliError::Message(tr!(out.locale, "restore-not-done")));
        }
        let programs = if restoration.programs.is_empty() || programs == ProgramScope::All {
            programs
        } else if out.confirms(&tr!(out.locale, "restore-programs-question"))? {
            ProgramScope::All
        } else {
            ProgramScope::Known
        };
        ask(engine, Command::BackupRestore { text, programs }).await?;
        return out.text(&tr!(out.locale, "restore-done"));
    }
    let restoration = ask(engine, Command::BackupRestore { text, programs }).await?;
    show(out, &restoration)
}

pub(super) async fn undo(engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    let restoration = ask(engine, Command::BackupUndo).await?;
    show(out, &restoration)
}

async fn ask(engine: &RemoteEngine, command: Command) -> Result<Restoration, CliError> {
    let Reply::Restoration(restoration) = engine.call(command).await? else { return Err(unexpected_reply()) };
    Ok(*restoration)
}

fn show(out: &mut Printer, restoration: &Restoration) -> Result<(), CliError> {
    match out.format {
        OutputFormat::Json => out.json(restoration),
        OutputFormat::Text(_) => out.text(&restoration_lines(out.locale, restoration).join("\n")),
    }
}

fn read(out: &Printer, file: &Path, password: PasswordSource) -> Result<Secret, CliError> {
    let unreadable = |why| CliError::unreadable(out.locale, file, why);
    let size = std::fs::metadata(file).map_err(|error| unreadable(machine::io(out.locale, &error)))?.len();
    if size > LARGEST {
        return Err(unreadable(tr!(out.locale, "backup-too-large")));
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(machine::io(out.locale, &error)))?;
    if !seal::is_sealed(&bytes) {
        // Bytes that are not text are no backup; the engine reports it.
        return Ok(String::from_utf8_lossy(&bytes).into_owned().into());
    }
    let password = match password {
        PasswordSource::Stdin => from_stdin()?,
        PasswordSource::Terminal => typed(out)?,
        PasswordSource::None if io::stdin().is_terminal() => typed(out)?,
        PasswordSource::None => return Err(unreadable(tr!(out.locale, "backup-needs-password"))),
    };
    seal::open(&bytes, &password).map_err(|error| unreadable(error.localize(out.locale)))
}

fn from_stdin() -> Result<Secret, CliError> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).into())
}

fn typed(out: &Printer) -> Result<Secret, CliError> {
    Ok(rpassword::prompt_password(tr!(out.locale, "backup-password"))?.into())
}

fn typed_twice(out: &Printer) -> Result<Secret, CliError> {
    let (first, second) = (typed(out)?, Secret::from(rpassword::prompt_password(tr!(out.locale, "backup-again"))?));
    if first == second { Ok(first) } else { Err(CliError::Message(tr!(out.locale, "backup-not-the-same"))) }
}
