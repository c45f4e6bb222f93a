//! `node` without a subcommand: the process of one member. Its node comes on standard input.

use std::io::IsTerminal;
use std::process::ExitCode;

use super::exit::CliError;

pub(super) fn run() -> Result<ExitCode, CliError> {
    if std::io::stdin().is_terminal() {
        let usage = "`sluice node` alone is a member's process, started by the engine; see `sluice node --help`";
        return Err(CliError::Usage(usage.into()));
    }
    Ok(crate::node::run())
}
