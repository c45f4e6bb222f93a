//! The window: everything that does not fit into a menu.
//!
//! A process of its own (`sluice-tray window [PAGE]`), which is opened on demand. It talks to the engine over the
//! control socket only ([`backend`], on a thread of its own), so that drawing never waits. [`state`] holds what has
//! arrived; a page ([`pages`]) draws it and keeps what is being typed; actions of the user go into [`effects::Effects`]
//! and are performed in one place ([`app`]). Nodes are imported the same way on every page ([`import`]). A frame is
//! drawn only on input, or when something visible has changed ([`backend::redraw`]).
//!
//! ```text
//!  engine ─▶ backend ─▶ BackendMessage ─▶ app ─▶ AppState ─▶ page.show(ui, &state, &mut effects)
//!  engine ◀─ backend ◀─ BackendRequest ◀─ app ◀──────────────────────────────── UiEffect
//! ```
//!
//! To add a page: a file in `pages/` with a [`pages::PageView`], and its line in [`pages::Pages`].

mod app;
mod backend;
mod banner;
mod clipboard;
mod drop;
pub mod effects;
pub mod fonts;
mod header;
mod icons;
mod import;
mod node_tests;
pub mod pages;
pub mod parts;
mod pin_dialog;
mod selectors;
mod sidebar;
pub mod state;
pub mod theme;
mod toast;
mod toasts;
mod traffic;

use std::path::PathBuf;

use clap::Args;

pub use self::app::{App, WindowConfig};
use crate::control::{Client, ClientError};
use crate::i18n::{Locale, tr};
use crate::logs::{self, Console};
use crate::model::settings::Language;
use crate::model::{Command, Page};
use crate::os::display;
use crate::os::folders::UserFolders;
use crate::os::paths::Paths;
use crate::os::single_instance::{Instance, InstanceError};

/// The window's initial and smallest size, in points.
const SIZE: [f32; 2] = [1000.0, 680.0];
const MIN_SIZE: [f32; 2] = [760.0, 520.0];

/// The arguments of `sluice-tray window`.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
pub struct WindowArgs {
    /// The page to open: nodes, balance, connections, rules, subscriptions, activity or settings
    #[arg(value_name = "PAGE", default_value = "nodes")]
    page: Page,
}

/// Opens the window and returns when it is closed. If a window is already open, brings it to the front instead.
///
/// # Errors
/// There is no display, or the files cannot be used.
pub fn run(home: Option<PathBuf>, arguments: &WindowArgs) -> anyhow::Result<()> {
    let locale = Locale::of(Language::System);
    if !display::is_there() {
        anyhow::bail!(tr!(locale, "window-no-display"));
    }
    let home = home.filter(|home| !home.as_os_str().is_empty());
    let paths = Paths::find(home.as_deref())?;
    paths.create()?;
    let _instance = match Instance::acquire(&paths.window_lock()) {
        Ok(instance) => instance,
        Err(InstanceError::Held { .. }) => return Ok(bring_to_front(&paths, arguments.page)?),
        Err(error @ InstanceError::File { .. }) => return Err(error.into()),
    };
    let _log = logs::start(paths.logs(), Console::Stderr)?;
    let (program, user) = (std::env::current_exe()?, UserFolders::find());
    let start = WindowConfig { paths, home, program, user, page: arguments.page };
    let viewport = eframe::egui::ViewportBuilder::default()
        .with_title("Sluice")
        .with_app_id("sluice")
        .with_inner_size(SIZE)
        .with_min_inner_size(MIN_SIZE)
        .with_icon(icon()?);
    // The app accesses the clipboard on another thread; see `App`.
    let options = eframe::NativeOptions { viewport, clipboard_shortcuts: false, ..eframe::NativeOptions::default() };
    let create = |context: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        Ok(Box::new(App::new(&context.egui_ctx, start)?))
    };
    eframe::run_native("sluice", options, Box::new(create)).map_err(|error| anyhow::anyhow!("{error}"))
}

/// Asks the open window, through the engine, to come to the front.
fn bring_to_front(paths: &Paths, page: Page) -> Result<(), ClientError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ClientError::Broken)?;
    runtime.block_on(async {
        let mut client = Client::connect(paths).await?;
        client.call(Command::Show { page }).await.map(drop)
    })
}

fn icon() -> anyhow::Result<eframe::egui::IconData> {
    Ok(eframe::icon_data::from_png_bytes(include_bytes!("../../icons/64/cluster.png"))?)
}
