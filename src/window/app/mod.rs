//! The window's application: handles messages ([`messages`]), draws, and performs effects ([`perform`]).

mod messages;
mod perform;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::{self, CentralPanel, Context, Frame, Margin, Panel, Ui, ViewportId};

use super::backend::BackendHandle;
use super::backend::redraw::{self, WindowFocus};
use super::effects::{Effects, ImportSource, LocalTask, RequestPurpose};
use super::import::ImportFlow;
use super::pages::Pages;
use super::state::AppState;
use super::theme::{self, Palette};
use super::toasts::Toasts;
use super::{banner, clipboard, drop, header, parts, sidebar};
use crate::control::replica::Resource;
use crate::model::Page;
use crate::model::settings::Theme;
use crate::os::folders::UserFolders;
use crate::os::paths::Paths;

/// Shortest time between two fetches of the node list for its figures, which change all the time: while the window has
/// the focus, and while it is in the background.
const FIGURES_INTERVAL: Duration = Duration::from_secs(1);
const BACKGROUND_FIGURES_INTERVAL: Duration = Duration::from_secs(5);

/// What the window is started with.
pub struct WindowConfig {
    /// The folders of configuration, data and logs.
    pub paths: Paths,
    /// The folder given by `--home`.
    pub home: Option<PathBuf>,
    /// The tray's executable.
    pub program: PathBuf,
    /// Where other programs of the user keep their files.
    pub user: UserFolders,
    /// The page to open.
    pub page: Page,
}

/// The window's application.
pub struct App {
    backend: BackendHandle,
    state: AppState,
    effects: Effects,
    pages: Pages,
    import_flow: ImportFlow,
    page: Page,
    is_opened: bool,
    toasts: Toasts,
    theme: Theme,
    figures: NodeFigures,
    pasted: Option<String>,
    follows_connections: bool,
}

/// The figures in the node list (traffic, latency), which change without a new revision.
#[derive(Default)]
struct NodeFigures {
    fetched_at: Option<Instant>,
    are_outdated: bool,
}

impl App {
    /// Creates the application, drawn in `ctx`, and begins to connect to the engine.
    ///
    /// # Errors
    /// The backend thread cannot be started.
    pub fn new(ctx: &Context, config: WindowConfig) -> io::Result<Self> {
        theme::install(ctx);
        let waking = ctx.clone();
        let backend = BackendHandle::start(config.paths, config.home, config.program, config.user, move |delay| {
            waking.request_repaint_after_for(delay, ViewportId::ROOT);
        })?;
        let mut app = Self {
            backend,
            state: AppState::default(),
            effects: Effects::default(),
            pages: Pages::new(),
            import_flow: ImportFlow::default(),
            page: config.page,
            is_opened: false,
            toasts: Toasts::default(),
            theme: Theme::System,
            figures: NodeFigures::default(),
            pasted: None,
            follows_connections: false,
        };
        if !app.pages.has(app.page) {
            app.page = Page::default();
        }
        app.run_local(RequestPurpose::StartAtLogin, LocalTask::StartAtLogin(None));
        Ok(app)
    }

    /// The state that the window draws.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Runs one frame: handles messages, draws, performs effects.
    pub fn show(&mut self, ui: &mut Ui) {
        self.receive(ui.ctx());
        self.draw(ui);
        self.import_dropped_and_pasted(ui.ctx());
        self.perform_effects(ui.ctx());
        self.copy(ui.ctx());
        self.fetch_figures(ui.ctx());
    }

    fn draw(&mut self, ui: &mut Ui) {
        let palette = Palette::of(ui);
        let bar = Frame::new().fill(palette.card).inner_margin(Margin::symmetric(16, 0));
        Panel::top("header").exact_size(header::HEIGHT).frame(bar).show(ui, |ui| {
            header::show(ui, &self.state, &mut self.effects);
        });
        let side = Frame::new().fill(palette.card).inner_margin(sidebar::MARGIN);
        let width = sidebar::width(ui, self.state.locale);
        Panel::left("sidebar").exact_size(width).resizable(false).frame(side).show(ui, |ui| {
            sidebar::show(ui, self.state.locale, &self.pages, self.page, &mut self.effects);
        });
        CentralPanel::default().frame(Frame::new().fill(palette.ground)).show(ui, |ui| {
            banner::show(ui, &self.state, &mut self.effects);
            let Some(page) = self.pages.get(self.page) else { return };
            let effects = self.effects.on_behalf_of(RequestPurpose::Page(self.page));
            if !std::mem::replace(&mut self.is_opened, true) {
                page.open(&self.state, effects);
            }
            page.show(ui, &self.state, effects);
        });
        self.import_flow.show(ui, &self.state, self.effects.on_behalf_of(RequestPurpose::Import));
        drop::hint(ui.ctx(), self.state.locale);
        self.toasts.show(ui.ctx(), self.state.locale, &mut self.effects);
    }

    fn fetch_figures(&mut self, ctx: &Context) {
        let (every, least) = match focus(ctx) {
            WindowFocus::Focused => (FIGURES_INTERVAL, Duration::ZERO),
            WindowFocus::Background => (BACKGROUND_FIGURES_INTERVAL, redraw::BACKGROUND_INTERVAL),
            WindowFocus::Hidden => return,
        };
        if !self.figures.are_outdated || self.page != Page::Nodes {
            return;
        }
        let rest = self.figures.fetched_at.and_then(|at| every.checked_sub(at.elapsed()));
        match rest.filter(|rest| !rest.is_zero()) {
            Some(rest) => ctx.request_repaint_after(rest.max(least)),
            None => {
                self.figures = NodeFigures { fetched_at: Some(Instant::now()), are_outdated: false };
                let nodes = self.state.replica.refresh(Resource::Nodes);
                self.fetch(nodes);
            }
        }
    }

    /// Requests the clipboard: its text if a field has the focus, otherwise the nodes in its text or picture.
    fn paste(&mut self, ctx: &Context) {
        if ctx.text_edit_focused() {
            self.run_local(RequestPurpose::Paste, LocalTask::ReadClipboard);
        } else if !parts::has_dialog(ctx) {
            self.import(ImportSource::Clipboard);
        }
    }

    /// Imports dropped files, and text that is pasted while no field has the focus and no dialog is open.
    fn import_dropped_and_pasted(&mut self, ctx: &Context) {
        let files = drop::dropped(ctx);
        if !files.is_empty() {
            self.import(ImportSource::Files(files));
        }
        if !ctx.text_edit_focused() && !parts::has_dialog(ctx) {
            clipboard::pasted(ctx).into_iter().for_each(|text| self.import(ImportSource::Text(text)));
        }
    }

    /// Copies text that was cut or copied in a field to the system's clipboard.
    fn copy(&mut self, ctx: &Context) {
        for text in clipboard::copied(ctx) {
            self.run_local(RequestPurpose::UserAction { done: None }, LocalTask::WriteClipboard(text.into()));
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.receive(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn raw_input_hook(&mut self, ctx: &Context, input: &mut egui::RawInput) {
        if clipboard::take_keys(input) {
            self.paste(ctx);
        }
        input.events.extend(self.pasted.take().map(egui::Event::Paste));
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

/// Whether the window has the focus.
fn focus(ctx: &Context) -> WindowFocus {
    // The raw input: frames without drawing do not update the rest.
    ctx.input(|input| match (input.raw.viewport().visible(), input.raw.focused) {
        (Some(false), _) => WindowFocus::Hidden,
        (Some(true) | None, true) => WindowFocus::Focused,
        (Some(true) | None, false) => WindowFocus::Background,
    })
}
