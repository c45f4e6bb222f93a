//! The tray at work: one loop over all that can happen, which keeps what is known and has it drawn.
//!
//! It owns the link to the engine, the screen and its errands (the clipboard, notices), each of
//! which ends with it. A picture that equals the one before is not drawn.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::intake::{self, Taken};
use super::known::{Engine, Home, Known, StartAtLogin, Wanted};
use super::link::{Heard, Link, Purpose};
use super::menu::{Action, Menu};
use super::notice::{News, Notice, Teller};
use super::screen::{Felt, Picture, Screen};
use super::{Greeting, Start, terminal};
use crate::control::ClientError;
use crate::i18n::machine::{self, MachineError};
use crate::i18n::{Locale, Localize, tr};
use crate::model::settings::{Language, Settings};
use crate::model::snapshot::ClusterView;
use crate::model::subscription::UpdateReport;
use crate::model::{Command, Event, EventKind, Exit, Fault, NodeId, Page, Reply, Snapshot};
use crate::os::autostart::{Autostart, AutostartState};
use crate::os::clipboard::Clipboard;
use crate::os::notify;
use crate::os::obstacle;
use crate::os::process::exit;
use crate::os::signals::StopSignals;

/// How long a panel may be away, as while it restarts, before a person is told.
const PANEL_LIMIT: Duration = Duration::from_secs(5);

/// Things heard that wait to be handled.
const WAITING: usize = 256;

/// Whatever can happen next.
enum Input {
    Heard(Heard),
    Felt(Felt),
    Errand(Errand),
    EngineEnded,
    NoPanel,
    Stop,
}

/// What an errand brought.
enum Errand {
    /// Nothing that anybody waits for.
    Done,
    /// What the clipboard holds.
    Read(Taken),
    /// What the codes on the screens say.
    Scanned(Taken),
    /// Whether a text is in the clipboard now.
    Copied(Result<(), MachineError>),
    /// Whether the tray starts with the session now.
    StartAtLogin(StartAtLogin),
    /// A notice was clicked on that offers this page of the window.
    Open(Page),
    /// The window could not be opened.
    NoWindow(NoWindow),
}

/// Why the window did not open.
enum NoWindow {
    Ended(Exit),
    NotStarted(std::io::Error),
}

/// The tray at work.
pub(super) struct Session {
    start: Start,
    screen: Screen,
    feels: mpsc::Receiver<Felt>,
    hears: mpsc::Receiver<Heard>,
    signals: StopSignals,
    link: Option<Link>,
    errands: JoinSet<Errand>,
    clipboard: Clipboard,
    known: Known,
    locale: Locale,
    drawn: Picture,
    teller: Teller,
    panel_awaited_until: Option<Instant>,
    /// A click asked for updates, whose answer tells what came of them: their events need no notice.
    is_updating: bool,
}

/// The first picture, before anything is known.
pub(super) fn first_picture(locale: Locale) -> Picture {
    picture(&Known::nothing(StartAtLogin::Off), locale)
}

/// Runs the tray until it is told to end.
pub(super) async fn run(start: Start, screen: Screen, feels: mpsc::Receiver<Felt>, signals: StopSignals) {
    let locale = Locale::of(Language::System);
    let known = Known::nothing(start_at_login(start.autostart.repair()));
    let mut session = Session {
        start,
        screen,
        feels,
        // Nobody speaks here yet.
        hears: mpsc::channel(1).1,
        signals,
        link: None,
        errands: JoinSet::new(),
        clipboard: Clipboard::default(),
        known,
        locale,
        drawn: first_picture(locale),
        teller: Teller::default(),
        panel_awaited_until: None,
        is_updating: false,
    };
    session.open().await;
    if let Some(text) = session.start.link.take() {
        session.ask(Purpose::Click, Command::Propose { text: text.into() });
        session.open_window(Page::Nodes);
    }
    loop {
        session.draw().await;
        match session.next().await {
            Input::Heard(heard) => session.hear(heard).await,
            Input::Felt(Felt::Chosen(Action::Quit)) | Input::Stop => break,
            Input::Felt(felt) => session.feel(felt).await,
            Input::Errand(errand) => session.finish(errand),
            Input::EngineEnded => session.lose_engine().await,
            Input::NoPanel => session.miss_panel(),
        }
    }
    session.end().await;
}

fn picture(known: &Known, locale: Locale) -> Picture {
    let standing = known.standing();
    Picture { face: standing.face(), tip: standing.line_with_rates(locale), menu: Menu::of(known, locale) }
}

fn start_at_login(state: std::io::Result<AutostartState>) -> StartAtLogin {
    match state {
        Ok(AutostartState::On) => StartAtLogin::On,
        Ok(AutostartState::Off) => StartAtLogin::Off,
        Err(error) => StartAtLogin::Unknown { why: obstacle::of(&error) },
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

impl Session {
    async fn next(&mut self) -> Input {
        let panel_awaited_until = self.panel_awaited_until;
        let no_panel = async {
            match panel_awaited_until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let ended = async {
            match &mut self.link {
                Some(link) => link.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.signals.next() => Input::Stop,
            Some(heard) = self.hears.recv() => Input::Heard(heard),
            Some(felt) = self.feels.recv() => Input::Felt(felt),
            Some(errand) = self.errands.join_next() => Input::Errand(errand.unwrap_or(Errand::Done)),
            () = ended => Input::EngineEnded,
            () = no_panel => Input::NoPanel,
        }
    }

    async fn draw(&mut self) {
        let picture = picture(&self.known, self.locale);
        if picture != self.drawn {
            self.screen.draw(picture.clone()).await;
            self.drawn = picture;
        }
    }

    /// Joins the engine, or starts one.
    async fn open(&mut self) {
        // A channel for each link: what an earlier one had still to say is not about this one.
        let (heard, hears) = mpsc::channel(WAITING);
        self.hears = hears;
        match Link::open(&self.start.paths, &heard).await {
            Ok(link) => {
                self.look_back(&link);
                self.link = Some(link);
                self.ask(Purpose::Knowledge, Command::Get { key: None });
                self.ask(Purpose::Knowledge, Command::Nodes);
                self.ask(Purpose::Knowledge, Command::Subscriptions);
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no engine");
                let fault = error.fault();
                (self.known.engine, self.known.trouble) = (Engine::Gone, Some(fault.clone()));
                self.tell(News::Trouble(fault));
            }
        }
    }

    /// What happened before we listened: an engine of ours may have failed to open its port.
    fn look_back(&mut self, link: &Link) {
        for event in link.past() {
            self.note_trouble(&event.kind);
            match (link.home, &event.kind) {
                (Home::Here, EventKind::NotApplied { fault }) => self.tell(News::Trouble(fault.clone())),
                (Home::Here | Home::Elsewhere, _) => {}
            }
        }
    }

    fn ask(&self, purpose: Purpose, command: Command) {
        if let Some(link) = &self.link {
            link.ask(purpose, command);
        }
    }

    async fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Snapshot(snapshot) => {
                self.see(snapshot);
                self.greet();
            }
            Heard::Event(event) => self.witness(&event),
            Heard::Answer { purpose, result } => self.take(purpose, result),
            Heard::Ended => self.lose_engine().await,
        }
    }

    fn see(&mut self, snapshot: Box<Snapshot>) {
        let Some(home) = self.link.as_ref().map(|link| link.home) else { return };
        let before = std::mem::replace(&mut self.known.engine, Engine::Running { home, snapshot });
        let (Engine::Running { snapshot: old, .. }, Some(new)) = (&before, self.known.snapshot()) else { return };
        let is_other = outline(old) != outline(new);
        if is_other {
            self.ask(Purpose::Knowledge, Command::Get { key: None });
            self.ask(Purpose::Knowledge, Command::Nodes);
        }
    }

    fn witness(&mut self, event: &Event) {
        self.note_trouble(&event.kind);
        let is_update =
            matches!(event.kind, EventKind::SubscriptionUpdated { .. } | EventKind::SubscriptionFailed { .. });
        let is_told_otherwise = is_update && self.is_updating;
        if !is_told_otherwise && let Some(notice) = self.teller.on(event, self.known.settings.notices, now()) {
            self.notify(&notice);
        }
        if let EventKind::SettingsChanged { .. } = event.kind {
            self.ask(Purpose::Knowledge, Command::Get { key: None });
        }
        if is_update || matches!(event.kind, EventKind::SubscriptionRemoved { .. }) {
            self.ask(Purpose::Knowledge, Command::Subscriptions);
            self.ask(Purpose::Knowledge, Command::Nodes);
        }
    }

    /// Tells what came of the updates that a click asked for: each that changed something or failed, or that
    /// none did.
    fn tell_updates(&mut self, reports: Vec<UpdateReport>) {
        self.is_updating = false;
        let news = reports.into_iter().filter_map(|UpdateReport { name, result }| match result {
            Ok(changes) if changes.is_news() => Some(News::Updated { name, changes }),
            Ok(_) => None,
            Err(fault) => Some(News::NotUpdated { name, fault }),
        });
        let mut news: Vec<_> = news.collect();
        if news.is_empty() {
            news.push(News::UpToDate);
        }
        news.into_iter().for_each(|news| self.notify(&Notice { news, untold: 0 }));
    }

    fn note_trouble(&mut self, kind: &EventKind) {
        if let EventKind::NotApplied { fault } = kind {
            self.known.trouble = Some(fault.clone());
        } else if let EventKind::GatewayOpened { .. } = kind {
            self.known.trouble = None;
        }
    }

    fn take(&mut self, purpose: Purpose, result: Result<Reply, ClientError>) {
        match result {
            Ok(Reply::Nodes(nodes)) => self.known.nodes = nodes,
            Ok(Reply::Settings(rows)) => {
                self.known.settings = Wanted::of(&Settings::of_listing(&rows));
                self.locale = Locale::of(self.known.settings.language);
                self.decide_on_greeting();
            }
            Ok(Reply::Subscriptions(views)) => self.known.subscriptions = views.len(),
            Ok(Reply::Updated(reports)) => self.tell_updates(reports),
            Err(ClientError::Fault(fault)) if purpose == Purpose::Click => self.refuse(fault),
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "a call brought no answer"),
        }
    }

    async fn lose_engine(&mut self) {
        let Some(link) = self.link.take() else { return };
        tracing::warn!("the engine has ended");
        link.close(std::future::pending()).await;
        (self.known.engine, self.known.trouble, self.is_updating) = (Engine::Gone, None, false);
    }

    async fn feel(&mut self, felt: Felt) {
        match felt {
            Felt::Chosen(action) => self.act(action).await,
            Felt::Opened => self.ask(Purpose::Knowledge, Command::Nodes),
            Felt::PanelGone => self.panel_awaited_until = Some(Instant::now() + PANEL_LIMIT),
            Felt::PanelBack => self.panel_awaited_until = None,
        }
    }

    async fn act(&mut self, action: Action) {
        let set = |key: &str, value: &str| Command::Set { changes: [(key.to_owned(), value.to_owned())].into() };
        let command = match action {
            Action::Connect => Command::Connect { node: None },
            Action::Disconnect => Command::Disconnect,
            Action::Node(id) => Command::Connect { node: Some(id.to_string()) },
            Action::ClusterOn => Command::ClusterOn { group: None, size: None, strategy: None },
            Action::ClusterOff => Command::ClusterOff,
            Action::Mode(mode) => Command::Mode { mode },
            Action::Strategy(strategy) => set("cluster.strategy", strategy.word()),
            Action::Group(group) => set("cluster.group", &group),
            Action::Language(language) => set("language", language.word()),
            Action::Import => return self.read_clipboard(),
            Action::Scan => return self.scan(),
            Action::UpdateSubscriptions => {
                self.is_updating = true;
                Command::SubscriptionUpdate { name: None }
            }
            Action::Copy(shell) => {
                let address = self.known.snapshot().map(|snapshot| snapshot.gateway.addr.clone());
                return self.copy(terminal::command(shell, &address.unwrap_or_default()));
            }
            Action::StartAtLogin => return self.set_autostart(AutostartState::On),
            Action::StartByHand => return self.set_autostart(AutostartState::Off),
            Action::Open(page) => return self.open_window(page),
            Action::StartEngine => return self.open().await,
            // Ends the loop before it comes here.
            Action::Quit => return,
        };
        self.ask(Purpose::Click, command);
        self.ask(Purpose::Knowledge, Command::Get { key: None });
    }

    fn read_clipboard(&mut self) {
        let clipboard = self.clipboard.clone();
        self.errands.spawn_blocking(move || Errand::Read(intake::from_clipboard(&clipboard)));
    }

    fn scan(&mut self) {
        self.errands.spawn(async { Errand::Scanned(intake::from_screens().await) });
    }

    fn copy(&mut self, text: String) {
        let clipboard = self.clipboard.clone();
        self.errands.spawn_blocking(move || Errand::Copied(clipboard.write(&text).map_err(MachineError::from)));
    }

    fn set_autostart(&mut self, wanted: AutostartState) {
        let autostart: Autostart = self.start.autostart.clone();
        self.errands.spawn_blocking(move || Errand::StartAtLogin(start_at_login(autostart.set(wanted))));
    }

    fn finish(&mut self, errand: Errand) {
        match errand {
            Errand::Done => {}
            Errand::Read(Ok(Some(text))) | Errand::Scanned(Ok(Some(text))) => {
                self.ask(Purpose::Click, Command::Import { text })
            }
            Errand::Read(Ok(None)) => {
                self.show(tr!(self.locale, "notice-import"), tr!(self.locale, "notice-clipboard-empty"))
            }
            Errand::Scanned(Ok(None)) => {
                self.show(tr!(self.locale, "notice-import"), tr!(self.locale, "notice-screen-empty"))
            }
            Errand::Copied(Ok(())) => {
                self.show(tr!(self.locale, "notice-copied"), tr!(self.locale, "notice-copied-text"))
            }
            Errand::Read(Err(why)) | Errand::Scanned(Err(why)) | Errand::Copied(Err(why)) => {
                self.show(tr!(self.locale, "notice-trouble"), why.localize(self.locale))
            }
            Errand::StartAtLogin(state) => self.known.start_at_login = state,
            Errand::Open(page) => self.open_window(page),
            Errand::NoWindow(why) => {
                let why = match why {
                    NoWindow::Ended(exit) => exit.localize(self.locale),
                    NoWindow::NotStarted(error) => machine::io(self.locale, &error),
                };
                self.show(tr!(self.locale, "notice-no-window"), why);
            }
        }
    }

    fn tell(&mut self, news: News) {
        if let Some(notice) = self.teller.tell(news, self.known.settings.notices, now()) {
            self.notify(&notice);
        }
    }

    /// A click failed: always told.
    fn refuse(&mut self, fault: Fault) {
        self.notify(&Notice { news: News::Trouble(fault), untold: 0 });
    }

    fn notify(&mut self, notice: &Notice) {
        let (title, text) = notice.words(self.locale);
        self.offer(title, text, Some((tr!(self.locale, "notice-open-activity"), Page::Activity)));
    }

    fn show(&mut self, title: String, text: String) {
        self.offer(title, text, None);
    }

    /// Shows a notice, on which a click may open a page of the window.
    fn offer(&mut self, title: String, text: String, offer: Option<(String, Page)>) {
        self.errands.spawn(async move {
            let words = offer.as_ref().map(|(words, _)| words.as_str());
            match (notify::show(&title, &text, words).await, offer) {
                (Ok(shown), Some((_, page))) if shown.is_clicked().await => Errand::Open(page),
                (Ok(_), _) => Errand::Done,
                (Err(error), _) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a notice is lost");
                    Errand::Done
                }
            }
        });
    }

    /// Opens the window in a process of its own, or has the one that is open come to the front.
    fn open_window(&mut self, page: Page) {
        let mut command = self.start.window(page);
        self.errands.spawn(async move {
            match command.status().await {
                Ok(status) if status.success() => Errand::Done,
                Ok(status) => Errand::NoWindow(NoWindow::Ended(exit(Ok(status)))),
                Err(error) => Errand::NoWindow(NoWindow::NotStarted(error)),
            }
        });
    }

    /// Whether a greeting is wanted, now that the settings are known.
    fn decide_on_greeting(&mut self) {
        let is_silent = self.known.settings.tray.silent_start;
        self.start.greeting = match self.start.greeting {
            Greeting::Wanted => Greeting::Due,
            Greeting::ForSettingsToDecide if is_silent => Greeting::Done,
            Greeting::ForSettingsToDecide => Greeting::Due,
            decided @ (Greeting::Due | Greeting::Done) => decided,
        };
        self.greet();
    }

    /// Says where the tray is and how things stand, once.
    fn greet(&mut self) {
        if self.start.greeting == Greeting::Due && self.known.snapshot().is_some() {
            self.start.greeting = Greeting::Done;
            let line = self.known.standing().line_with_rates(self.locale);
            self.show(tr!(self.locale, "notice-welcome"), line);
        }
    }

    fn miss_panel(&mut self) {
        self.panel_awaited_until = None;
        self.show(tr!(self.locale, "notice-no-panel"), tr!(self.locale, "notice-no-panel-text"));
        self.open_window(Page::default());
    }

    /// The icon goes first, so that a person sees that the click was heard.
    async fn end(mut self) {
        self.screen.close().await;
        self.errands.shutdown().await;
        if let Some(link) = self.link {
            link.close(self.signals.next()).await;
        }
    }
}

/// What the lists in the menu depend on.
fn outline(snapshot: &Snapshot) -> (bool, &ClusterView, usize, Vec<&NodeId>) {
    let members = snapshot.members.iter().map(|member| &member.id).collect();
    (snapshot.active, &snapshot.cluster, snapshot.nodes, members)
}
