//! The program `sluice`: command line, engine without a desktop, and member process.

use std::process::ExitCode;

fn main() -> ExitCode {
    sluice::os::process::protect_memory();
    sluice::cli::main()
}
