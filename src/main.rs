//! The program `sluice`: command line, engine without a desktop, and member process.

use std::process::ExitCode;

use sluice::os::process::{bind_children, protect_memory};

fn main() -> ExitCode {
    protect_memory();
    bind_children();
    sluice::cli::main()
}
