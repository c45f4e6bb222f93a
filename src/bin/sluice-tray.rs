//! The program `sluice-tray`: icon, menu and notices of the desktop, with the engine in it unless
//! one runs already.

// On Windows a program with a console would open one at each start.
#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    sluice::tray::main()
}
