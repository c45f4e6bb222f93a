//! `sluice-tray open LINK`: what a browser starts for a link.
//!
//! The link goes to the engine that runs, as any import does; what came of it is told by the tray that
//! runs, or here where none does. Where no engine runs, this becomes the tray and imports the link first.
//! Links come from strangers: one of another kind than ours goes nowhere.

use std::path::PathBuf;

use clap::Args;

use super::notice::{News, Notice};
use super::{Arguments, Ran, start};
use crate::control::{Client, ClientError};
use crate::i18n::{Locale, reasons, tr};
use crate::model::settings::Language;
use crate::model::{Command, Reply};
use crate::os::link_handler::LinkHandler;
use crate::os::notify;
use crate::os::paths::Paths;
use crate::os::single_instance::Instance;

/// How links of ours begin.
const SCHEMES: [&str; 2] = ["ss://", "ssr://"];

/// What is to be opened.
#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Link {
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
pub fn open(home: Option<PathBuf>, Link { link, register, unregister }: Link) -> anyhow::Result<Ran> {
    let home = home.filter(|home| !home.as_os_str().is_empty());
    if register {
        handler(home)?.register()?;
        return Ok(Ran::ToTheEnd);
    }
    if unregister {
        handler(home)?.unregister()?;
        return Ok(Ran::ToTheEnd);
    }
    let arguments = Arguments { at_login: false };
    let Some(link) = link else { return start(home, &arguments, None) };
    let is_ours = |scheme: &&str| link.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if !SCHEMES.iter().any(is_ours) {
        anyhow::bail!(tr!(Locale::of(Language::System), "tray-no-link"));
    }
    let paths = Paths::find(home.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(import(&paths, &link)) {
        Err(ClientError::NotRunning) => {
            drop(runtime);
            start(home, &arguments, Some(link))
        }
        result => Ok(result.map(|()| Ran::ToTheEnd)?),
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

async fn import(paths: &Paths, link: &str) -> Result<(), ClientError> {
    let mut client = Client::connect(paths).await?;
    let locale = locale(&mut client).await;
    let result = client.call(Command::Import { text: link.to_owned() }).await;
    // The tray that holds its lock hears of the import, and tells it.
    let is_told = Instance::acquire(&paths.tray_lock()).is_err();
    let (title, text) = match &result {
        Ok(Reply::Imported(report)) if !is_told || report.added.is_empty() && report.known.is_empty() => {
            match report.refused.first() {
                Some(refused) => (tr!(locale, "notice-trouble"), reasons::link(locale, &refused.error)),
                None => {
                    let (added, known, refused) = (report.added.len(), report.known.len(), report.refused.len());
                    Notice { news: News::Imported { added, known, refused }, untold: 0 }.words(locale)
                }
            }
        }
        Err(ClientError::Fault(fault)) => Notice { news: News::Trouble(fault.clone()), untold: 0 }.words(locale),
        Ok(_) => return Ok(()),
        Err(_) => return result.map(drop),
    };
    if let Err(error) = notify::show(&title, &text, None).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "a notice is lost");
    }
    result.map(drop)
}

async fn locale(client: &mut Client) -> Locale {
    let rows = client.call(Command::Get { key: Some("language".into()) }).await;
    let word = match rows {
        Ok(Reply::Settings(rows)) => rows.into_iter().next().map(|(_, value)| value),
        Ok(_) | Err(_) => None,
    };
    Locale::of(word.and_then(|word| serde_json::from_value(word).ok()).unwrap_or_default())
}
