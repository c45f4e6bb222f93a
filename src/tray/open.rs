//! `sluice-tray open LINK`: what a browser starts for an `ss://`, `ssr://` or `ssconf://` link.
//!
//! The link goes to the running engine, and the window shows what it contains; nothing is imported before the user
//! confirms. If no engine runs, this process becomes the tray and opens the window. Links come from web pages and are
//! not trusted: other schemes are rejected.

use std::path::PathBuf;

use clap::Args;

use super::{TrayArgs, TrayExit, start};
use crate::control::{Client, ClientError};
use crate::i18n::{Locale, tr};
use crate::model::Command;
use crate::model::settings::Language;
use crate::os::display;
use crate::os::link_handler::LinkHandler;
use crate::os::paths::Paths;

/// The URL schemes that are opened.
const SCHEMES: [&str; 3] = ["ss://", "ssr://", "ssconf://"];

/// The arguments of `sluice-tray open`.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct OpenArgs {
    /// The link; without one the tray starts
    link: Option<String>,
    /// Make browsers open ss://, ssr:// and ssconf:// links with this program
    #[arg(long, conflicts_with = "link")]
    register: bool,
    /// Undo this
    #[arg(long, conflicts_with_all = ["link", "register"])]
    unregister: bool,
}

/// Opens a link.
///
/// # Errors
/// The link has another scheme, or the engine rejects it.
pub fn open(home: Option<PathBuf>, OpenArgs { link, register, unregister }: OpenArgs) -> anyhow::Result<TrayExit> {
    let home = home.filter(|home| !home.as_os_str().is_empty());
    if register {
        handler(home)?.register()?;
        return Ok(TrayExit::Quit);
    }
    if unregister {
        handler(home)?.unregister()?;
        return Ok(TrayExit::Quit);
    }
    let arguments = TrayArgs { at_login: false, replace: None };
    let Some(link) = link else { return start(home, &arguments, None) };
    if !is_link(&link) {
        anyhow::bail!(tr!(Locale::of(Language::System), "tray-no-link"));
    }
    if !display::is_there() {
        anyhow::bail!(tr!(Locale::of(Language::System), "tray-no-display"));
    }
    let paths = Paths::find(home.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(propose(&paths, &link)) {
        Err(ClientError::NotRunning) => {
            drop(runtime);
            start(home, &arguments, Some(link))
        }
        result => Ok(result.map(|()| TrayExit::LinkProposed)?),
    }
}

/// Whether a text is a link with one of the schemes.
pub(super) fn is_link(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// The registration that starts this program for links.
fn handler(home: Option<PathBuf>) -> anyhow::Result<LinkHandler> {
    let mut arguments = vec!["open".to_owned()];
    if let Some(home) = home {
        let home = std::path::absolute(home)?.to_string_lossy().into_owned();
        arguments.splice(0..0, ["--home".to_owned(), home]);
    }
    Ok(LinkHandler { program: std::env::current_exe()?, arguments })
}

/// Sends a link to the engine, for the window to show.
async fn propose(paths: &Paths, link: &str) -> Result<(), ClientError> {
    let mut client = Client::connect(paths).await?;
    client.call(Command::Propose { text: link.into() }).await.map(drop)
}
