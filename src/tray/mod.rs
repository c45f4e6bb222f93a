//! The icon in the panel, its menu, and the notices.
//!
//! What the tray knows ([`known`]) becomes how things stand ([`standing`](crate::i18n::standing)) and a menu ([`menu`]), both
//! plain values; [`screen`] draws them, [`notice`] decides what is worth a notice. One loop
//! ([`session`]) takes in what the engine says and what a person clicks, and does what follows. The
//! engine is reached through the door only ([`link`]), whether it runs in this process or another.

mod icon;
mod intake;
mod known;
mod link;
mod menu;
mod notice;
mod open;
mod screen;
mod session;
mod terminal;

use std::path::PathBuf;
use std::process::Stdio;

use clap::Args;

pub use self::open::{Link, open};

use crate::control::ClientError;
use crate::i18n::{Locale, Localize, machine, tr};
use crate::logs::{self, Console, LogsError};
use crate::model::settings::Language;
use crate::model::{Fault, Page};
use crate::os::autostart::Autostart;
use crate::os::display;
use crate::os::paths::{Paths, PathsError};
use crate::os::signals::StopSignals;
use crate::os::single_instance::{Instance, InstanceError};

/// What the tray is started with.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Arguments {
    /// Started with the session: says nothing unless `tray.silent_start` is off
    #[arg(long)]
    at_login: bool,
}

/// What a session starts from.
struct Start {
    paths: Paths,
    program: PathBuf,
    home: Option<PathBuf>,
    autostart: Autostart,
    greeting: Greeting,
    /// A link that the window is to show.
    link: Option<String>,
}

impl Start {
    /// The start of the window on a page. It goes on when the tray ends.
    fn window(&self, page: Page) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(&self.program);
        command.arg("window").arg(page.word()).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(home) = &self.home {
            command.arg("--home").arg(home);
        }
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

/// How a start of the tray went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// It showed its icon, and was told to end.
    ToTheEnd,
    /// Another one shows it already: a person who starts a second one wants to see the window.
    Elsewhere,
    /// It has handed something over that the window is to show.
    ForWindow,
}

/// Whether the tray says where it is when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Greeting {
    /// A person started it: as soon as the language is known.
    Wanted,
    /// The session did, and the settings decide.
    ForSettingsToDecide,
    /// As soon as there is something to say.
    Due,
    /// It was said, or is not wanted.
    Done,
}

/// What a person in a terminal is told of an error, in the system's language where that has words for it.
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
pub fn run(home: Option<PathBuf>, arguments: &Arguments) -> anyhow::Result<Ran> {
    start(home, arguments, None)
}

/// Runs the tray; the window shows what is in a link.
fn start(home: Option<PathBuf>, arguments: &Arguments, link: Option<String>) -> anyhow::Result<Ran> {
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
        Err(InstanceError::Held { .. }) => return Ok(Ran::Elsewhere),
        Err(error @ InstanceError::File { .. }) => return Err(error.into()),
    };
    let _log = logs::start(paths.logs(), Console::Stderr)?;
    let greeting = if arguments.at_login { Greeting::ForSettingsToDecide } else { Greeting::Wanted };
    let program = std::env::current_exe()?;
    let home = home.map(std::path::absolute).transpose()?;
    let autostart = Autostart::of_tray(program.clone(), home.clone())?;
    let start = Start { paths, program, home, autostart, greeting, link };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let first = session::first_picture(locale);
    screen::run(runtime, first, move |screen, feels| async move {
        let signals = StopSignals::new()?;
        session::run(start, screen, feels, signals).await;
        anyhow::Ok(Ran::ToTheEnd)
    })?
}
