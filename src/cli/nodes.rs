//! `nodes` and `node …`: the configured servers.

use super::ending::Failed;
use super::out::{Format, Out};
use super::status::unexpected;
use super::{Engine, tables};
use crate::control::ClientError;
use crate::i18n::tr;
use crate::model::command::NodeChanges;
use crate::model::snapshot::NodeView;
use crate::model::{Command, Reply, naming};

pub(super) async fn list(engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    let nodes = ask(engine).await?;
    match out.format {
        Format::Json => out.json(&nodes),
        Format::Text(_) if nodes.is_empty() => out.text(&tr!(out.locale, "cli-no-nodes")),
        Format::Text(style) => out.text(&tables::nodes(&nodes, style)),
    }
}

pub(super) async fn show(engine: &Engine, out: &mut Out, wanted: &str) -> Result<(), Failed> {
    let nodes = ask(engine).await?;
    let named = nodes.iter().map(|node| (&node.id, node.name.as_str()));
    let place = naming::find(wanted, named).map_err(ClientError::Fault)?;
    match out.format {
        Format::Json => out.json(&nodes[place]),
        Format::Text(style) => out.text(&tables::node(&nodes[place], style)),
    }
}

/// The command that excludes a node from load balancing, or takes that back.
pub(super) fn exclusion(node: String, undo: bool) -> Command {
    Command::NodeEdit { node, changes: NodeChanges { excluded: Some(!undo), ..NodeChanges::default() } }
}

/// All nodes.
pub(super) async fn ask(engine: &Engine) -> Result<Vec<NodeView>, Failed> {
    let Reply::Nodes(nodes) = engine.call(Command::Nodes).await? else { return Err(unexpected()) };
    Ok(nodes)
}
