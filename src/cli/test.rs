//! `test`: a real request through nodes, and where it failed.

use serde_json::{Value, json};

use super::ending::Failed;
use super::out::{Format, Out};
use super::status::unexpected;
use super::{Engine, tables, words};
use crate::i18n::tr;
use crate::model::command::TestReport;
use crate::model::{Command, Reply};

pub(super) async fn run(engine: &Engine, out: &mut Out, nodes: Vec<String>) -> Result<(), Failed> {
    let Reply::Tested(reports) = engine.call(Command::Test { nodes }).await? else { return Err(unexpected()) };
    match out.format {
        Format::Json => out.json(&reports.iter().map(as_json).collect::<Vec<_>>())?,
        Format::Text(_) if reports.is_empty() => out.text(&tr!(out.locale, "cli-no-tests"))?,
        Format::Text(style) => out.text(&tables::tests(&reports, style))?,
    }
    match reports.iter().filter(|report| report.result.is_err()).count() {
        0 => Ok(()),
        failed => Err(Failed::Told(words::tests_failed(out.locale, failed, reports.len()))),
    }
}

fn as_json(TestReport { id, name, result }: &TestReport) -> Value {
    match result {
        Ok(millis) => json!({ "id": id, "name": name, "ok": true, "latency_ms": millis }),
        Err(failure) => {
            json!({ "id": id, "name": name, "ok": false, "stage": failure.stage, "detail": failure.detail })
        }
    }
}
