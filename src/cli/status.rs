//! `status`: the snapshot, once or with each change.

use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::{RemoteEngine, tables};
use crate::control::ClientError;
use crate::model::{Command, Reply, Snapshot};

pub(super) async fn show(engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    let snapshot = ask(engine).await?;
    print(out, &snapshot)
}

pub(super) async fn watch(engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    let mut snapshots = engine.client().await?.watch().await?;
    loop {
        let snapshot = snapshots.next().await?;
        out.redraw()?;
        print(out, &snapshot)?;
    }
}

/// The current snapshot.
pub(super) async fn ask(engine: &RemoteEngine) -> Result<Snapshot, CliError> {
    let Reply::Status(snapshot) = engine.call(Command::Status).await? else { return Err(unexpected_reply()) };
    Ok(*snapshot)
}

/// A reply of a kind that does not belong to the command. It is not shown: it may hold a password.
pub(super) fn unexpected_reply() -> CliError {
    ClientError::NotUnderstood("an answer to another question".into()).into()
}

fn print(out: &mut Printer, snapshot: &Snapshot) -> Result<(), CliError> {
    match out.format {
        OutputFormat::Json => out.json(snapshot),
        OutputFormat::Text(style) => out.text(&tables::status(snapshot, style)),
    }
}
