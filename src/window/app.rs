//! The window at work: takes in what was heard, draws, and performs what a person wants done.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::{self, CentralPanel, Context, Frame, Margin, Panel, Ui, ViewportId};

use super::door::{Door, News, Order};
use super::intake::Intake;
use super::known::{Engine, Known};
use super::out::{Answer, Brought, Errand, Import, Out, Ticket, Wish};
use super::pace::{self, Gaze, Sight};
use super::pages::Pages;
use super::theme::{self, Palette};
use super::toasts::{Toast, Toasts};
use super::trials::Trial;
use super::{banner, clipboard, drop, parts, rail, strip};
use crate::i18n::machine::MachineError;
use crate::i18n::{Locale, Localize};
use crate::model::settings::{Settings, Theme};
use crate::model::snapshot::ClusterView;
use crate::model::{Command, Event, EventKind, Fault, NodeId, Page, Reply, Snapshot};
use crate::os::paths::Paths;

/// Least time between two looks at the list of nodes, whose numbers move all the time: while a person looks at
/// it, and while they may.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const LOOK_EVERY_BEHIND: Duration = Duration::from_secs(5);

/// What the window starts from.
pub struct Start {
    /// Where everything is.
    pub paths: Paths,
    /// The folder that was named for it.
    pub home: Option<PathBuf>,
    /// The program that has the tray in it.
    pub program: PathBuf,
    /// The page to open.
    pub page: Page,
}

/// What an answer is for.
#[derive(Clone)]
enum Purpose {
    /// To know more; who asked is nobody.
    Knowledge,
    /// A person wants it, and wants to hear if it fails; or that it was done.
    Click { said: Option<String> },
    /// A test of a node.
    Trial,
    /// A page asked.
    Page(Page),
    /// A text for whatever is typed into.
    Paste,
    /// Nodes are on their way in.
    Intake,
    /// What other programs have handed over.
    Proposals,
}

/// The window at work.
pub struct App {
    door: Door,
    known: Known,
    out: Out,
    asked: HashMap<Ticket, Purpose>,
    pages: Pages,
    intake: Intake,
    page: Page,
    is_opened: bool,
    toasts: Toasts,
    theme: Theme,
    nodes_looked_at: Option<Instant>,
    nodes_are_stale: bool,
    pasted: Option<String>,
}

impl App {
    /// A window that is drawn in `ctx`; begins to look for the engine.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn new(ctx: &Context, start: Start) -> io::Result<Self> {
        theme::dress(ctx);
        let waking = ctx.clone();
        let door = Door::open(start.paths, start.home, start.program, move |wait| {
            waking.request_repaint_after_for(wait, ViewportId::ROOT);
        })?;
        let mut app = Self {
            door,
            known: Known::nothing(),
            out: Out::default(),
            asked: HashMap::new(),
            pages: Pages::new(),
            intake: Intake::default(),
            page: start.page,
            is_opened: false,
            toasts: Toasts::default(),
            theme: Theme::System,
            nodes_looked_at: None,
            nodes_are_stale: false,
            pasted: None,
        };
        if !app.pages.has(app.page) {
            app.page = Page::default();
        }
        app.errand(Purpose::Knowledge, Errand::StartAtLogin(None));
        Ok(app)
    }

    /// What the window knows.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// One frame: what was heard since the last, then the drawing, then what is to be done.
    pub fn show(&mut self, ui: &mut Ui) {
        self.listen(ui.ctx());
        self.draw(ui);
        self.take_in(ui.ctx());
        self.perform(ui.ctx());
        self.copy(ui.ctx());
        self.look_at_nodes(ui.ctx());
    }

    /// Takes in what was heard since the last time.
    pub fn listen(&mut self, ctx: &Context) {
        self.door.watch(Gaze { sight: sight(ctx), page: self.page });
        let news: Vec<_> = self.door.news().collect();
        for news in news {
            self.hear(ctx, news);
        }
    }

    fn draw(&mut self, ui: &mut Ui) {
        let palette = Palette::of(ui);
        let bar = Frame::new().fill(palette.card).inner_margin(Margin::symmetric(16, 0));
        Panel::top("strip").exact_size(strip::HEIGHT).frame(bar).show(ui, |ui| {
            strip::show(ui, &self.known, &mut self.out);
        });
        let side = Frame::new().fill(palette.card).inner_margin(Margin::same(8));
        Panel::left("rail").exact_size(rail::WIDTH).resizable(false).frame(side).show(ui, |ui| {
            rail::show(ui, self.known.locale, &self.pages, self.page, &mut self.out);
        });
        CentralPanel::default().frame(Frame::new().fill(palette.ground)).show(ui, |ui| {
            banner::show(ui, &self.known, &mut self.out);
            let Some(page) = self.pages.get(self.page) else { return };
            if !std::mem::replace(&mut self.is_opened, true) {
                page.open(&self.known, &mut self.out);
            }
            page.show(ui, &self.known, &mut self.out);
        });
        let first = self.out.wishes.len();
        self.intake.show(ui, &self.known, &mut self.out);
        self.claim(first, &Purpose::Intake);
        drop::hint(ui.ctx(), self.known.locale);
        self.toasts.show(ui.ctx(), self.known.locale, &mut self.out);
    }

    fn hear(&mut self, ctx: &Context, news: News) {
        match news {
            News::Joined { past } => self.join(past),
            News::Snapshot { snapshot, at } => {
                self.known.history.take(&snapshot, at);
                self.see(snapshot);
            }
            News::Event(event) => self.witness(ctx, event),
            News::Answer { ticket, result } => self.take(ctx, ticket, result),
            News::Brought { ticket, result } => self.receive(ctx, ticket, result),
            News::Lost { fault } => {
                self.known.engine = Engine::Gone(fault);
                let _unanswered = self.known.trials.stop();
            }
        }
    }

    fn join(&mut self, past: Vec<Event>) {
        self.known.trouble = None;
        self.known.events.clear();
        for event in past {
            self.known.note_trouble(&event.kind);
            self.known.keep_event(event);
        }
        self.ask(Purpose::Knowledge, Command::Get { key: None });
        self.ask(Purpose::Proposals, Command::Proposals);
        self.nodes_looked_at = None;
        self.nodes_are_stale = true;
        // What a page knows was another engine's.
        self.is_opened = false;
    }

    fn see(&mut self, snapshot: Box<Snapshot>) {
        let before = std::mem::replace(&mut self.known.engine, Engine::Running(snapshot));
        let (Engine::Running(old), Some(new)) = (&before, self.known.snapshot()) else { return };
        let is_list_other = old.members != new.members || old.nodes != new.nodes;
        let is_outline_other = outline(old) != outline(new);
        self.nodes_are_stale |= self.page == Page::Nodes && is_list_other;
        if is_outline_other {
            self.ask(Purpose::Knowledge, Command::Get { key: None });
        }
    }

    fn witness(&mut self, ctx: &Context, event: Event) {
        self.known.note_trouble(&event.kind);
        if let EventKind::SettingsChanged { .. } = event.kind {
            self.ask(Purpose::Knowledge, Command::Get { key: None });
        } else if changes_nodes(&event.kind) {
            (self.nodes_are_stale, self.nodes_looked_at) = (true, None);
        } else if let EventKind::PageAsked { page } = event.kind {
            self.out.go(page);
            ctx.send_viewport_cmd(egui::ViewportCommand::Minimized(false));
            ctx.send_viewport_cmd(egui::ViewportCommand::Focus);
            // Who asks for the window may have something to show in it.
            self.ask(Purpose::Proposals, Command::Proposals);
            return;
        }
        if let Some(page) = self.pages.get(self.page) {
            page.witness(&event, &self.known, &mut self.out);
        }
        if event.kind != EventKind::NodesChanged {
            self.known.keep_event(event);
        }
    }

    fn take(&mut self, ctx: &Context, ticket: Ticket, result: Result<Reply, Fault>) {
        let Some(purpose) = self.asked.remove(&ticket) else { return };
        match (purpose, result) {
            (Purpose::Knowledge, Ok(reply)) => self.learn(ctx, reply),
            (Purpose::Knowledge | Purpose::Paste | Purpose::Proposals, Err(fault)) => {
                tracing::debug!(%fault, "a call brought no answer")
            }
            (Purpose::Click { said }, Ok(_)) => {
                if let Some(said) = said {
                    self.out.tell(Toast::done(said));
                }
            }
            (Purpose::Click { .. }, Err(fault)) => {
                self.out.tell(Toast::failed(fault.localize(self.known.locale)));
            }
            (Purpose::Trial, result) => {
                self.known.trials.ended(ticket, Trial::of(result));
                self.nodes_are_stale = true;
            }
            (Purpose::Page(page), result) => self.tell_page(page, ticket, Answer::Engine(result)),
            (Purpose::Intake, result) => self.tell_intake(ticket, Answer::Engine(result)),
            (Purpose::Proposals, Ok(Reply::Proposals(texts))) => {
                let first = self.out.wishes.len();
                self.intake.propose(texts, &mut self.out);
                self.claim(first, &Purpose::Intake);
            }
            (Purpose::Paste | Purpose::Proposals, Ok(_)) => {}
        }
    }

    fn learn(&mut self, ctx: &Context, reply: Reply) {
        if let Reply::Nodes(nodes) = reply {
            let is_other = nodes != self.known.nodes;
            self.known.nodes_version += u64::from(is_other);
            self.known.nodes = nodes;
        } else if let Reply::Settings(rows) = reply {
            self.adopt(ctx, Settings::of_listing(&rows));
        }
    }

    fn adopt(&mut self, ctx: &Context, settings: Settings) {
        self.known.locale = Locale::of(settings.language);
        if self.theme != settings.window.theme || self.known.settings.is_none() {
            self.theme = settings.window.theme;
            theme::choose(ctx, self.theme);
        }
        self.known.settings = Some(settings);
    }

    fn receive(&mut self, ctx: &Context, ticket: Ticket, result: Result<Brought, MachineError>) {
        let result = result.map_err(|error| error.localize(self.known.locale));
        let Some(purpose) = self.asked.remove(&ticket) else { return };
        match (purpose, result) {
            (Purpose::Page(page), result) => self.tell_page(page, ticket, Answer::Errand(result)),
            (Purpose::Intake, result) => self.tell_intake(ticket, Answer::Errand(result)),
            (Purpose::Paste, Ok(Brought::Text(text))) => {
                self.pasted = Some(text);
                ctx.request_repaint();
            }
            (_, Ok(Brought::StartAtLogin(state))) => self.known.start_at_login = Some(Ok(state)),
            (Purpose::Knowledge, Err(reason)) => self.known.start_at_login = Some(Err(reason)),
            (Purpose::Click { .. } | Purpose::Paste, Err(reason)) => self.out.tell(Toast::failed(reason)),
            (Purpose::Click { said: Some(said) }, Ok(_)) => self.out.tell(Toast::done(said)),
            (Purpose::Click { said: None } | Purpose::Knowledge | Purpose::Trial | Purpose::Paste, _) => {}
            (Purpose::Proposals, _) => {}
        }
    }

    fn tell_page(&mut self, page: Page, ticket: Ticket, answer: Answer) {
        if let Answer::Errand(Ok(Brought::StartAtLogin(state))) = &answer {
            self.known.start_at_login = Some(Ok(*state));
        }
        if let Some(content) = self.pages.get(page) {
            let first = self.out.wishes.len();
            content.hear(ticket, answer, &self.known, &mut self.out);
            // Another page may be shown by now.
            self.claim(first, &Purpose::Page(page));
        }
    }

    fn tell_intake(&mut self, ticket: Ticket, answer: Answer) {
        let first = self.out.wishes.len();
        self.intake.hear(ticket, answer, &self.known, &mut self.out);
        self.claim(first, &Purpose::Intake);
    }

    fn import(&mut self, from: Import) {
        let first = self.out.wishes.len();
        self.intake.begin(from, self.known.locale, &mut self.out);
        self.claim(first, &Purpose::Intake);
    }

    /// Has the answers to the questions from the `first` of the wishes on be for a purpose.
    fn claim(&mut self, first: usize, purpose: &Purpose) {
        for wish in &self.out.wishes[first..] {
            if let Wish::Ask { ticket, .. } | Wish::Errand { ticket, .. } = wish {
                self.asked.insert(*ticket, purpose.clone());
            }
        }
    }

    fn perform(&mut self, ctx: &Context) {
        for wish in std::mem::take(&mut self.out.wishes) {
            if shows_at_once(&wish) {
                ctx.request_repaint();
            }
            match wish {
                Wish::Do { command, said } => self.ask(Purpose::Click { said }, command),
                Wish::Ask { ticket, command } => {
                    self.asked.entry(ticket).or_insert(Purpose::Page(self.page));
                    self.door.order(Order::Call { ticket, command });
                }
                Wish::Errand { ticket, errand } => {
                    self.asked.entry(ticket).or_insert(Purpose::Page(self.page));
                    self.door.order(Order::Errand { ticket, errand });
                }
                Wish::Cancel(ticket) => self.cancel(ticket),
                Wish::Import(from) => self.import(from),
                Wish::Test(nodes) => self.known.trials.want(nodes),
                Wish::StopTests => {
                    self.known.trials.stop().into_iter().for_each(|ticket| self.cancel(ticket));
                }
                Wish::Go(page) => self.go(page),
                Wish::Tell(toast) => self.toasts.push(toast, ctx.input(|input| input.time)),
                Wish::Copy(text) => self.errand(Purpose::Click { said: None }, Errand::WriteClipboard(text)),
                Wish::StartEngine => {
                    let ticket = self.ticket(Purpose::Click { said: None });
                    self.door.order(Order::StartEngine { ticket });
                }
            }
        }
        while let Some(id) = self.known.trials.next() {
            let ticket = self.ticket(Purpose::Trial);
            self.door.order(Order::Call { ticket, command: Command::Test { nodes: vec![id.to_string()] } });
            self.known.trials.began(ticket, id);
        }
    }

    fn go(&mut self, page: Page) {
        if page != self.page && self.pages.has(page) {
            self.page = page;
            self.is_opened = false;
            self.nodes_are_stale |= page == Page::Nodes;
        }
    }

    fn look_at_nodes(&mut self, ctx: &Context) {
        let (every, least) = match sight(ctx) {
            Sight::InFront => (LOOK_EVERY, Duration::ZERO),
            Sight::Behind => (LOOK_EVERY_BEHIND, pace::BEHIND),
            Sight::Hidden => return,
        };
        if !self.nodes_are_stale {
            return;
        }
        let rest = self.nodes_looked_at.and_then(|at| every.checked_sub(at.elapsed()));
        match rest.filter(|rest| !rest.is_zero()) {
            Some(rest) => ctx.request_repaint_after(rest.max(least)),
            None => {
                (self.nodes_are_stale, self.nodes_looked_at) = (false, Some(Instant::now()));
                self.ask(Purpose::Knowledge, Command::Nodes);
            }
        }
    }

    fn ticket(&mut self, purpose: Purpose) -> Ticket {
        let ticket = self.out.ticket();
        self.asked.insert(ticket, purpose);
        ticket
    }

    fn ask(&mut self, purpose: Purpose, command: Command) {
        let ticket = self.ticket(purpose);
        self.door.order(Order::Call { ticket, command });
    }

    fn errand(&mut self, purpose: Purpose, errand: Errand) {
        let ticket = self.ticket(purpose);
        self.door.order(Order::Errand { ticket, errand });
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.asked.remove(&ticket);
        self.door.order(Order::Cancel { ticket });
    }

    /// The clipboard is wanted: its text where something is typed into, and else the nodes in it, which may
    /// be in a picture.
    fn paste(&mut self, ctx: &Context) {
        if ctx.text_edit_focused() {
            self.errand(Purpose::Paste, Errand::ReadClipboard);
        } else if !parts::has_dialog(ctx) {
            self.import(Import::Clipboard);
        }
    }

    /// What was dropped here, or pasted while nothing is typed into and no dialog is open, may be nodes.
    fn take_in(&mut self, ctx: &Context) {
        let files = drop::dropped(ctx);
        if !files.is_empty() {
            self.import(Import::Files(files));
        }
        if !ctx.text_edit_focused() && !parts::has_dialog(ctx) {
            clipboard::pasted(ctx).into_iter().for_each(|text| self.import(Import::Text(text)));
        }
    }

    /// What was cut or copied from a field goes into the system's clipboard.
    fn copy(&mut self, ctx: &Context) {
        for text in clipboard::copied(ctx) {
            self.errand(Purpose::Knowledge, Errand::WriteClipboard(text.into()));
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.listen(ctx);
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

/// How well the window can be seen.
fn sight(ctx: &Context) -> Sight {
    // What is so now: where nothing is drawn the rest of the input stays as it was.
    ctx.input(|input| match (input.raw.viewport().visible(), input.raw.focused) {
        (Some(false), _) => Sight::Hidden,
        (Some(true) | None, true) => Sight::InFront,
        (Some(true) | None, false) => Sight::Behind,
    })
}

/// Whether a wish shows before anything is heard of it.
fn shows_at_once(wish: &Wish) -> bool {
    match wish {
        Wish::Test(_) | Wish::StopTests | Wish::Cancel(_) | Wish::Import(_) | Wish::Go(_) | Wish::Tell(_) => true,
        Wish::Do { .. } | Wish::Ask { .. } | Wish::Errand { .. } | Wish::Copy(_) | Wish::StartEngine => false,
    }
}

/// Whether the list of nodes is another after this.
fn changes_nodes(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Imported { .. }
            | EventKind::NodeRemoved { .. }
            | EventKind::NodesRestored { .. }
            | EventKind::NodesChanged
    )
}

/// What settings are told by that no event names.
fn outline(snapshot: &Snapshot) -> (bool, crate::model::settings::Mode, &ClusterView, Vec<&NodeId>) {
    let members = snapshot.members.iter().map(|member| &member.id).collect();
    (snapshot.active, snapshot.mode, &snapshot.cluster, members)
}
