//! The program `sluice-tray`: the tray, with an engine in it unless one is already running, and the window, which is a
//! process of its own.

// On Windows a console program would open a console window.
#![cfg_attr(windows, windows_subsystem = "windows")]

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use sluice::os::app_id;
use sluice::os::process::{bind_children, protect_memory};
use sluice::{tray, window};

/// Sluice in the system tray.
#[derive(Debug, Parser)]
#[command(name = "sluice-tray", version)]
struct TrayCli {
    /// Keep all files in DIR (also: SLUICE_HOME)
    #[arg(long, value_name = "DIR", env = "SLUICE_HOME", global = true)]
    home: Option<PathBuf>,
    #[command(flatten)]
    tray: tray::TrayArgs,
    #[command(subcommand)]
    part: Option<TrayCommand>,
}

/// Exit code where nothing runs that could be ended, as `sluice` has it.
const NOTHING_RAN: u8 = 3;

#[derive(Debug, Subcommand)]
enum TrayCommand {
    /// Open the window, or bring it to the front
    Window(window::WindowArgs),
    /// Preview a link from a browser, for import
    Open(tray::OpenArgs),
    /// End the window, the tray and the engine, and wait until they have ended
    Quit,
    /// Writes manual pages and completions for shells into a folder (used by the packages)
    #[command(hide = true)]
    GenerateManual {
        /// The folder
        folder: PathBuf,
    },
}

/// Opens the window where the tray is already running: whoever starts a second tray or opens a link wants to see
/// something.
fn or_window(home: Option<PathBuf>, ran: tray::TrayExit) -> anyhow::Result<()> {
    match ran {
        tray::TrayExit::Quit => Ok(()),
        tray::TrayExit::AlreadyRunning | tray::TrayExit::LinkProposed => {
            window::run(home, &window::WindowArgs::default())
        }
    }
}

fn main() -> ExitCode {
    protect_memory();
    bind_children();
    app_id::claim();
    let arguments = TrayCli::parse();
    let home = arguments.home.clone();
    let result = match arguments.part {
        None => tray::run(home, &arguments.tray).and_then(|ran| or_window(arguments.home, ran)),
        Some(TrayCommand::Open(link)) => tray::open(home, link).and_then(|ran| or_window(arguments.home, ran)),
        Some(TrayCommand::GenerateManual { folder }) => {
            sluice::manual::write(TrayCli::command(), &folder).map_err(Into::into)
        }
        Some(TrayCommand::Window(window)) => window::run(home, &window),
        Some(TrayCommand::Quit) => match tray::quit(home) {
            Ok(tray::QuitOutcome::NothingRan) => return ExitCode::from(NOTHING_RAN),
            ended => ended.map(drop),
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If stderr is closed, the exit code has to do.
            let _unwritten = writeln!(std::io::stderr().lock(), "sluice-tray: {}", tray::error_message(&error));
            ExitCode::FAILURE
        }
    }
}
