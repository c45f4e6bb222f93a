//! `export`: nodes as configuration for other programs.

use std::path::Path;

use serde_json::json;

use super::args::{ExportArguments, ExportVerb};
use super::exit::{CliError, print_error};
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use super::{RemoteEngine, nodes};
use crate::export::{Balanced, ExportOptions, ExportProgram, export, haproxy};
use crate::i18n::{Localize, tr};
use crate::model::preview::{ShareForm, Shared};
use crate::model::snapshot::NodeView;
use crate::model::{Command, Node, Reply, link};
use crate::os::atomic_file;

/// Writes a configuration.
pub(super) async fn run(engine: &RemoteEngine, out: &mut Printer, verb: ExportVerb) -> Result<(), CliError> {
    match verb {
        ExportVerb::Haproxy { machines, health_port, listen, output } => {
            let count = machines.len();
            write(out, &output, &haproxy(&Balanced { listen, machines, health_port }), count)
        }
        ExportVerb::SingBox(arguments) => nodes_for(engine, out, ExportProgram::SingBox, arguments).await,
        ExportVerb::Mihomo(arguments) => nodes_for(engine, out, ExportProgram::Mihomo, arguments).await,
    }
}

async fn nodes_for(
    engine: &RemoteEngine,
    out: &mut Printer,
    program: ExportProgram,
    arguments: ExportArguments,
) -> Result<(), CliError> {
    let ExportArguments { group, listen, output } = arguments;
    if !listen.ip().is_loopback() {
        return Err(CliError::Usage(tr!(out.locale, "export-loopback")));
    }
    let check_url = setting(engine, "health.urls").await?;
    let check_url = check_url.as_array().and_then(|urls| urls.first()?.as_str().map(str::to_owned));
    let group = match group {
        Some(group) => group,
        None => setting(engine, "cluster.group").await?.as_str().unwrap_or_default().to_owned(),
    };
    let nodes = nodes_of(engine, &group).await?;
    let options = ExportOptions { listen, check_url: check_url.unwrap_or_default() };
    let config = export(program, &nodes, &options);
    for (name, why) in &config.left_out {
        print_error(&tr!(out.locale, "export-left-out", node = &**name, why = why.localize(out.locale)));
    }
    if config.count == 0 {
        return Err(CliError::Message(tr!(out.locale, "export-nothing")));
    }
    write(out, &output, config.text.expose(), config.count)
}

async fn setting(engine: &RemoteEngine, key: &str) -> Result<serde_json::Value, CliError> {
    let reply = engine.call(Command::Get { key: Some(key.into()) }).await?;
    let Reply::Settings(rows) = reply else { return Err(unexpected_reply()) };
    rows.into_iter().next().map(|(_, value)| value).ok_or_else(unexpected_reply)
}

/// The nodes that load balancing may use, with their passwords.
async fn nodes_of(engine: &RemoteEngine, group: &str) -> Result<Vec<Node>, CliError> {
    let fits = |node: &&NodeView| !node.excluded && (group.is_empty() || node.group == group);
    let all = nodes::ask(engine).await?;
    let ids: Vec<_> = all.iter().filter(fits).map(|node| node.id.to_string()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let reply = engine.call(Command::ShareMany { nodes: ids, form: ShareForm::Links }).await?;
    let Reply::Shared(Shared { text, .. }) = reply else { return Err(unexpected_reply()) };
    // Nodes that the engine prints are valid.
    Ok(text.expose().lines().filter_map(|line| link::parse(line).ok()).collect())
}

fn write(out: &mut Printer, output: &Path, text: &str, count: usize) -> Result<(), CliError> {
    if output == Path::new("-") {
        return match out.format {
            OutputFormat::Json => out.json(&json!({ "text": text, "count": count })),
            OutputFormat::Text(_) => out.text(text),
        };
    }
    let written = atomic_file::write(output, text.as_bytes());
    written.map_err(|error| CliError::unwritable(out.locale, output, &error))?;
    match out.format {
        OutputFormat::Json => out.json(&json!({ "file": output, "count": count })),
        OutputFormat::Text(_) => Ok(()),
    }
}
