//! `node` without a verb: the process of one member. What it serves comes on standard input.

use std::io::IsTerminal;
use std::process::ExitCode;

use super::ending::Failed;

pub(super) fn run() -> Result<ExitCode, Failed> {
    if std::io::stdin().is_terminal() {
        let usage = "`sluice node` alone is a member's process, started by the engine; see `sluice node --help`";
        return Err(Failed::Usage(usage.into()));
    }
    Ok(crate::node::run())
}
