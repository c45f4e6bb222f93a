//! `test`: a real request through nodes, and the stage that failed.

use serde_json::{Value, json};

use super::exit::CliError;
use super::printer::{OutputFormat, Printer};
use super::status::unexpected_reply;
use super::{RemoteEngine, messages, tables};
use crate::i18n::tr;
use crate::model::command::TestReport;
use crate::model::{Command, Reply};

pub(super) async fn run(engine: &RemoteEngine, out: &mut Printer, nodes: Vec<String>) -> Result<(), CliError> {
    let Reply::Tested(reports) = engine.call(Command::Test { nodes }).await? else { return Err(unexpected_reply()) };
    match out.format {
        OutputFormat::Json => out.json(&reports.iter().map(as_json).collect::<Vec<_>>())?,
        OutputFormat::Text(_) if reports.is_empty() => out.text(&tr!(out.locale, "cli-no-tests"))?,
        OutputFormat::Text(style) => out.text(&tables::tests(&reports, style))?,
    }
    match reports.iter().filter(|report| report.result.is_err()).count() {
        0 => Ok(()),
        failed => Err(CliError::Message(messages::tests_failed(out.locale, failed, reports.len()))),
    }
}

fn as_json(TestReport { id, name, result }: &TestReport) -> Value {
    match result {
        Ok(millis) => json!({ "id": id, "name": name, "ok": true, "latency_ms": millis }),
        Err(failure) => {
            json!({ "id": id, "name": name, "ok": false, "stage": failure.stage, "detail": failure.cause.to_string() })
        }
    }
}
