//! The icon in the panel, its menu, and the notices.
//!
//! The state ([`state`]) becomes a status line ([`standing`](crate::i18n::standing)) and a menu
//! ([`menu`]), both plain values; [`panel`] draws them, [`notice`] decides what is worth a notice. One
//! loop ([`session`]) handles what the engine sends and what the user clicks. The engine is reached
//! through the control protocol only ([`engine_link`]), in this process or another.

mod engine_link;
mod icon;
mod menu;
mod notice;
mod open;
mod panel;
mod quit;
mod scan;
mod session;
mod state;
mod terminal;

use std::path::PathBuf;
use std::process::Stdio;

use clap::Args;

pub use self::open::{OpenArgs, open};
pub use self::quit::{QuitOutcome, quit};

use crate::control::ClientError;
use crate::i18n::{Locale, Localize, machine, tr};
use crate::logs::{self, Console, LogsError};
use crate::model::settings::Language;
use crate::model::{Fault, Page};
use crate::os::autostart::Autostart;
use crate::os::display;
use crate::os::paths::{Paths, PathsError};
use crate::os::process::{ChildLifetime, child};
use crate::os::signals::StopSignals;
use crate::os::single_instance::{Instance, InstanceError};

/// The tray's arguments.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct TrayArgs {
    /// Started with the session: says nothing unless `tray.silent_start` is off
    #[arg(long)]
    at_login: bool,
}

/// What the tray needs to run.
struct TrayConfig {
    paths: Paths,
    program: PathBuf,
    home: Option<PathBuf>,
    autostart: Autostart,
    welcome: WelcomeNotice,
    /// A link that the window is to show.
    link: Option<String>,
}

impl TrayConfig {
    /// The start of the window on a page. It goes on when the tray ends.
    fn window(&self, page: Page) -> tokio::process::Command {
        let mut command = child(&self.program, ChildLifetime::Independent);
        command.arg("window").arg(page.word()).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(home) = &self.home {
            command.arg("--home").arg(home);
        }
        command.into()
    }
}

/// How a start of the tray ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrayExit {
    /// It showed its icon, and was told to end.
    ToTheEnd,
    /// Another one runs already: whoever starts a second one wants to see the window.
    Elsewhere,
    /// It has handed a link over that the window is to show.
    ForWindow,
}

/// Whether the tray shows a notice when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WelcomeNotice {
    /// The user started it: as soon as the language is known.
    Wanted,
    /// It started at login, and the settings decide.
    ForSettingsToDecide,
    /// As soon as there is something to say.
    Due,
    /// It was said, or is not wanted.
    Done,
}

/// An error as a user in a terminal reads it, in the system's language where that has words for it.
pub fn complaint(error: &anyhow::Error) -> String {
    let locale = Locale::of(Language::System);
    let of_paths = || error.downcast_ref::<PathsError>().map(Fault::from);
    let of_instance = || error.downcast_ref::<InstanceError>().map(Fault::from);
    let of_logs = || error.downcast_ref::<LogsError>().map(Fault::from);
    let of_client = || error.downcast_ref::<ClientError>().map(ClientError::fault);
    let of_system = || error.downcast_ref().map(|error| machine::io(locale, error));
    let fault = of_paths().or_else(of_instance).or_else(of_logs).or_else(of_client);
    let words = fault.map(|fault| fault.localize(locale)).or_else(of_system);
    words.unwrap_or_else(|| format!("{error:#}"))
}

/// Runs the tray until it is told to end; its files are in `home`, where given.
///
/// # Errors
/// There is no display, the files cannot be used, or the session starts it where it runs already.
pub fn run(home: Option<PathBuf>, arguments: &TrayArgs) -> anyhow::Result<TrayExit> {
    start(home, arguments, None)
}

/// Runs the tray; the window shows what is in a link.
fn start(home: Option<PathBuf>, arguments: &TrayArgs, link: Option<String>) -> anyhow::Result<TrayExit> {
    let locale = Locale::of(Language::System);
    if !display::is_there() {
        anyhow::bail!(tr!(locale, "tray-no-display"));
    }
    let home = home.filter(|home| !home.as_os_str().is_empty());
    let paths = Paths::find(home.as_deref())?;
    paths.create()?;
    let _instance = match Instance::acquire(&paths.tray_lock()) {
        Ok(instance) => instance,
        Err(InstanceError::Held { .. }) if arguments.at_login => anyhow::bail!(tr!(locale, "tray-runs-already")),
        Err(InstanceError::Held { .. }) => return Ok(TrayExit::Elsewhere),
        Err(error @ InstanceError::File { .. }) => return Err(error.into()),
    };
    let _log = logs::start(paths.logs(), Console::Stderr)?;
    let welcome = if arguments.at_login { WelcomeNotice::ForSettingsToDecide } else { WelcomeNotice::Wanted };
    let program = std::env::current_exe()?;
    let home = home.map(std::path::absolute).transpose()?;
    let autostart = Autostart::of_tray(program.clone(), home.clone())?;
    let config = TrayConfig { paths, program, home, autostart, welcome, link };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let first = session::first_view(locale);
    panel::run(runtime, first, move |panel, tray_events| async move {
        let signals = StopSignals::new()?;
        session::run(config, panel, tray_events, signals).await;
        anyhow::Ok(TrayExit::ToTheEnd)
    })?
}
