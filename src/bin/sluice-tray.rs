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

/// Exit code if nothing was running; the same as that of `sluice`.
const NOT_RUNNING: u8 = 3;

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

/// Opens the window if the tray is already running: a second start, or a link, must show something.
fn open_window_if_running(home: Option<PathBuf>, exit: tray::TrayExit) -> anyhow::Result<()> {
    match exit {
        tray::TrayExit::Quit => Ok(()),
        tray::TrayExit::AlreadyRunning | tray::TrayExit::LinkProposed => {
            window::run(home, &window::WindowArgs::default())
        }
    }
}

fn main() -> ExitCode {
    protect_memory();
    bind_children();
    app_id::set();
    let arguments = TrayCli::parse();
    let home = arguments.home.clone();
    let result = match arguments.part {
        None => tray::run(home, &arguments.tray).and_then(|exit| open_window_if_running(arguments.home, exit)),
        Some(TrayCommand::Open(link)) => {
            tray::open(home, link).and_then(|exit| open_window_if_running(arguments.home, exit))
        }
        Some(TrayCommand::GenerateManual { folder }) => {
            sluice::manual::write(TrayCli::command(), &folder).map_err(Into::into)
        }
        Some(TrayCommand::Window(window)) => window::run(home, &window),
        Some(TrayCommand::Quit) => match tray::quit(home) {
            Ok(tray::QuitOutcome::NotRunning) => return ExitCode::from(NOT_RUNNING),
            outcome => outcome.map(drop),
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If stderr is closed, only the exit code reports the error.
            let _unwritten = writeln!(std::io::stderr().lock(), "sluice-tray: {}", tray::error_message(&error));
            ExitCode::FAILURE
        }
    }
}
