//! The command line (for now only the verb that runs a member).

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("node") { sluice::node::run() } else { ExitCode::from(2) }
}
