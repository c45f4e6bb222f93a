//! The program `sluice-tray`: the engine for a desktop session.
//!
//! It runs the engine on the user's own files, as `sluice serve` does, until the session ends. Icon
//! and menu are to join it here; until then `sluice` is how it is spoken to.

use std::process::ExitCode;

fn main() -> ExitCode {
    sluice::cli::serve_session()
}
