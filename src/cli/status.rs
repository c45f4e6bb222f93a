//! `status`: the snapshot, once or with each change.

use super::ending::Failed;
use super::out::{Format, Out};
use super::{Engine, tables};
use crate::control::ClientError;
use crate::model::{Command, Reply, Snapshot};

pub(super) async fn show(engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    let snapshot = ask(engine).await?;
    print(out, &snapshot)
}

pub(super) async fn watch(engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    let mut snapshots = engine.client().await?.watch().await?;
    loop {
        let snapshot = snapshots.next().await?;
        out.redraw()?;
        print(out, &snapshot)?;
    }
}

/// The snapshot of now.
pub(super) async fn ask(engine: &Engine) -> Result<Snapshot, Failed> {
    let Reply::Status(snapshot) = engine.call(Command::Status).await? else { return Err(unexpected()) };
    Ok(*snapshot)
}

/// An answer of a kind that this question does not have. What it holds may be a password.
pub(super) fn unexpected() -> Failed {
    ClientError::NotUnderstood("an answer to another question".into()).into()
}

fn print(out: &mut Out, snapshot: &Snapshot) -> Result<(), Failed> {
    match out.format {
        Format::Json => out.json(snapshot),
        Format::Text(style) => out.text(&tables::status(snapshot, style)),
    }
}
