//! The program `sluice-tray`: icon, menu and notices of the desktop, with the engine in it unless
//! one runs already.

use std::process::ExitCode;

fn main() -> ExitCode {
    sluice::tray::main()
}
