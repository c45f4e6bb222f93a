//! `nodes` and `node …`.

use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use super::{RemoteEngine, tables};
use crate::control::ClientError;
use crate::i18n::tr;
use crate::model::command::NodeChanges;
use crate::model::snapshot::NodeView;
use crate::model::{Command, Reply, naming};

pub(super) async fn list(engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    let nodes = ask(engine).await?;
    match out.format {
        OutputFormat::Json => out.json(&nodes),
        OutputFormat::Text(_) if nodes.is_empty() => out.text(&tr!(out.locale, "cli-no-nodes")),
        OutputFormat::Text(style) => out.text(&tables::nodes(&nodes, style)),
    }
}

pub(super) async fn show(engine: &RemoteEngine, out: &mut Printer, wanted: &str) -> Result<(), CliError> {
    let nodes = ask(engine).await?;
    let named = nodes.iter().map(|node| (&node.id, node.name.as_str()));
    let place = naming::find(wanted, named).map_err(ClientError::Fault)?;
    match out.format {
        OutputFormat::Json => out.json(&nodes[place]),
        OutputFormat::Text(style) => out.text(&tables::node(&nodes[place], style)),
    }
}

/// The command that excludes a node from load balancing.
pub(super) fn exclude(node: String) -> Command {
    Command::NodeEdit { node, changes: NodeChanges { excluded: Some(true), ..NodeChanges::default() } }
}

/// The command that makes an excluded node part of load balancing again.
pub(super) fn include(node: String) -> Command {
    Command::NodeEdit { node, changes: NodeChanges { excluded: Some(false), ..NodeChanges::default() } }
}

/// All nodes.
pub(super) async fn ask(engine: &RemoteEngine) -> Result<Vec<NodeView>, CliError> {
    let Reply::Nodes(nodes) = engine.call(Command::Nodes).await? else { return Err(unexpected_reply()) };
    Ok(nodes)
}
