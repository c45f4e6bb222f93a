//! `sluice-tray open LINK`: what a browser starts for a link.
//!
//! The link goes to the engine that runs, and the window shows what is in it: nothing is added before a
//! person says so there. Where no engine runs, this becomes the tray, which opens the window.
//! Links come from strangers: one of another kind than ours goes nowhere.

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

/// How links of ours begin.
const SCHEMES: [&str; 2] = ["ss://", "ssr://"];

/// What is to be opened.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct OpenArgs {
    /// The link; without one the tray starts
    link: Option<String>,
    /// Has browsers open ss:// and ssr:// links with this program
    #[arg(long, conflicts_with = "link")]
    register: bool,
    /// Has them not do so any more
    #[arg(long, conflicts_with_all = ["link", "register"])]
    unregister: bool,
}

/// Opens a link.
///
/// # Errors
/// It is none of ours, or the engine does not take it.
pub fn open(home: Option<PathBuf>, OpenArgs { link, register, unregister }: OpenArgs) -> anyhow::Result<TrayExit> {
    let home = home.filter(|home| !home.as_os_str().is_empty());
    if register {
        handler(home)?.register()?;
        return Ok(TrayExit::ToTheEnd);
    }
    if unregister {
        handler(home)?.unregister()?;
        return Ok(TrayExit::ToTheEnd);
    }
    let arguments = TrayArgs { at_login: false };
    let Some(link) = link else { return start(home, &arguments, None) };
    let is_ours = |scheme: &&str| link.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if !SCHEMES.iter().any(is_ours) {
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
        result => Ok(result.map(|()| TrayExit::ForWindow)?),
    }
}

/// How a browser is to start this program.
fn handler(home: Option<PathBuf>) -> anyhow::Result<LinkHandler> {
    let mut arguments = vec!["open".to_owned()];
    if let Some(home) = home {
        let home = std::path::absolute(home)?.to_string_lossy().into_owned();
        arguments.splice(0..0, ["--home".to_owned(), home]);
    }
    Ok(LinkHandler { program: std::env::current_exe()?, arguments })
}

/// Hands a link to the engine, for the window to show what is in it.
async fn propose(paths: &Paths, link: &str) -> Result<(), ClientError> {
    let mut client = Client::connect(paths).await?;
    client.call(Command::Propose { text: link.into() }).await.map(drop)
}
