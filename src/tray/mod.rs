//! The tray: an icon in the panel, its menu, and notifications.
//!
//! The state ([`state`]) becomes a status line ([`connection_status`](crate::i18n::connection_status)) and a menu ([`menu`]), both plain
//! values; [`panel`] draws them, [`notice`] decides what is worth a notification. One event loop ([`session`]) handles
//! messages from the engine and clicks. The engine is reached through the control protocol only ([`engine_link`]), in
//! this process or another.

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
mod upgrade;

use std::path::PathBuf;
use std::process::Stdio;

use clap::Args;

pub use self::open::{OpenArgs, open};
pub use self::quit::{QuitOutcome, quit};

use self::upgrade::ReplacedPart;
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
    /// Started at login: show no notification unless `tray.silent_start` is off
    #[arg(long)]
    at_login: bool,
    /// Replace the running tray, and its engine (used by Sluice itself)
    #[arg(long, hide = true)]
    replace: Option<ReplacedPart>,
}

/// What a tray session is started with.
struct TrayConfig {
    paths: Paths,
    program: PathBuf,
    home: Option<PathBuf>,
    autostart: Autostart,
    welcome: WelcomeNotice,
    /// A link for the window to show.
    link: Option<String>,
    /// The lock of the tray, until a new one replaces it.
    instance: Option<Instance>,
    /// What this tray replaces.
    replaces: Option<ReplacedPart>,
}

impl TrayConfig {
    /// The command that starts the program again in the place of this process.
    fn replacement(&self, replaced: ReplacedPart) -> tokio::process::Command {
        let mut command = child(&self.program, ChildLifetime::Independent);
        command.arg("--replace").arg(replaced.word()).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(home) = &self.home {
            command.arg("--home").arg(home);
        }
        command.into()
    }

    /// The command that opens the window on a page. The window outlives the tray.
    fn window(&self, page: Page) -> tokio::process::Command {
        let mut command = child(&self.program, ChildLifetime::Independent);
        command.arg("window").arg(page.as_str()).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(home) = &self.home {
            command.arg("--home").arg(home);
        }
        command.into()
    }
}

/// How a run of the tray ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrayExit {
    /// The user quit it.
    Quit,
    /// Another tray is already running; the window is opened instead.
    AlreadyRunning,
    /// A link was passed to the running engine; the window is opened to show it.
    LinkProposed,
}

/// Whether the tray shows a welcome notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WelcomeNotice {
    /// The user started the tray: shown as soon as the language is known.
    Requested,
    /// Started at login: shown unless `tray.silent_start` is set.
    IfNotSilent,
    /// Shown as soon as there is a state to show.
    Due,
    /// Already shown, or not to be shown.
    Done,
}

/// An error message for the terminal, in the system's language if it is translated.
pub fn error_message(error: &anyhow::Error) -> String {
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

/// Runs the tray until it is quit. Its files are in `home`, if given.
///
/// # Errors
/// There is no display, the files cannot be used, or the tray was started at login and is already running.
pub fn run(home: Option<PathBuf>, arguments: &TrayArgs) -> anyhow::Result<TrayExit> {
    start(home, arguments, None)
}

/// Runs the tray; the window shows `link`.
fn start(home: Option<PathBuf>, arguments: &TrayArgs, link: Option<String>) -> anyhow::Result<TrayExit> {
    let locale = Locale::of(Language::System);
    if !display::is_there() {
        anyhow::bail!(tr!(locale, "tray-no-display"));
    }
    let home = home.filter(|home| !home.as_os_str().is_empty());
    let paths = Paths::find(home.as_deref())?;
    paths.create()?;
    let acquired = match arguments.replace {
        Some(_) => upgrade::acquire_after(&paths.tray_lock()),
        None => Instance::acquire(&paths.tray_lock()),
    };
    let instance = match acquired {
        Ok(instance) => instance,
        Err(InstanceError::Held { .. }) if arguments.at_login => anyhow::bail!(tr!(locale, "tray-runs-already")),
        Err(InstanceError::Held { .. }) => return Ok(TrayExit::AlreadyRunning),
        Err(error @ InstanceError::File { .. }) => return Err(error.into()),
    };
    let _log = logs::start(paths.logs(), Console::Stderr)?;
    let welcome = match (arguments.replace, arguments.at_login) {
        (Some(_), _) => WelcomeNotice::Done,
        (None, true) => WelcomeNotice::IfNotSilent,
        (None, false) => WelcomeNotice::Requested,
    };
    let program = std::env::current_exe()?;
    let home = home.map(std::path::absolute).transpose()?;
    let autostart = Autostart::of_tray(program.clone(), home.clone())?;
    let (instance, replaces) = (Some(instance), arguments.replace);
    let config = TrayConfig { paths, program, home, autostart, welcome, link, instance, replaces };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let first = session::first_view(locale);
    panel::run(runtime, first, move |panel, tray_events| async move {
        let signals = StopSignals::new()?;
        session::run(config, panel, tray_events, signals).await;
        anyhow::Ok(TrayExit::Quit)
    })?
}
