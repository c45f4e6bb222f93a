//! The tray's event loop: it owns the tray's state and draws it.
//!
//! It also owns the link to the engine, the panel icon, and the tasks (clipboard, notices), all of which end with it.
//! The view is drawn only when it has changed.

mod closing;
mod fixing;
mod notices;
mod upgrading;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use self::closing::CloseCause;
use self::upgrading::UpgradeState;
use super::engine_link::{EngineLink, EngineMessage, TrayRequest};
use super::menu::{Menu, MenuAction};
use super::notice::{NoticeKind, Notifier};
use super::open::is_link;
use super::panel::{PanelHandle, PanelView, TrayEvent};
use super::scan::{self, ScannedText};
use super::state::{EngineHost, StartAtLogin, TrayState, TrayUpdate};
use super::upgrade::Upgrade;
use super::{TrayConfig, WelcomeNotice, terminal};
use crate::control::ClientError;
use crate::control::replica::Resource;
use crate::control::session::SessionMessage;
use crate::i18n::machine::MachineError;
use crate::i18n::{Locale, tr};
use crate::model::command::ImportScope;
use crate::model::settings::Language;
use crate::model::{Command, Event, EventKind, Exit, Page, Reply};
use crate::os::autostart::AutostartState;
use crate::os::clipboard::Clipboard;
use crate::os::process::exit;
use crate::os::signals::StopSignals;
use crate::os::system_error;

/// How long the panel may be missing, as while it restarts, before the user is notified.
const PANEL_LIMIT: Duration = Duration::from_secs(5);

/// Most messages from the engine that wait to be handled.
const QUEUED_MESSAGES: usize = 256;

/// The event loop's input.
enum Input {
    Engine(EngineMessage),
    Tray(TrayEvent),
    Task(TaskOutput),
    EngineEnded,
    NoPanel,
    /// The program file or the new program is to be checked.
    UpgradeDue,
    Stop,
}

/// The result of a task.
enum TaskOutput {
    /// Nothing to handle.
    Done,
    /// The clipboard's text, or the text of the QR codes in its picture.
    Clipboard(ScannedText),
    /// The text of the QR codes on the screens.
    Screens(ScannedText),
    /// Whether a text was copied to the clipboard.
    Copied(Result<(), MachineError>),
    /// Whether the tray starts at login now.
    StartAtLogin(StartAtLogin),
    /// A notice that offers this page of the window was clicked.
    Open(Page),
    /// The window could not be opened.
    NoWindow(WindowError),
}

/// Why the window did not open.
enum WindowError {
    Ended(Exit),
    NotStarted(std::io::Error),
}

/// The tray's event loop.
pub(super) struct TraySession {
    config: TrayConfig,
    panel: PanelHandle,
    tray_events: mpsc::Receiver<TrayEvent>,
    messages: mpsc::Receiver<EngineMessage>,
    signals: StopSignals,
    link: Option<EngineLink>,
    tasks: JoinSet<TaskOutput>,
    clipboard: Clipboard,
    state: TrayState,
    locale: Locale,
    drawn: PanelView,
    notifier: Notifier,
    panel_awaited_until: Option<Instant>,
    upgrade: Upgrade,
}

/// The view that is drawn before the engine's state is known.
pub(super) fn first_view(locale: Locale) -> PanelView {
    view(&TrayState::new(StartAtLogin::Off), locale)
}

/// Runs the tray until the user quits or the process is asked to stop.
pub(super) async fn run(
    config: TrayConfig,
    panel: PanelHandle,
    tray_events: mpsc::Receiver<TrayEvent>,
    signals: StopSignals,
) {
    let locale = Locale::of(Language::System);
    let state = TrayState::new(start_at_login(config.autostart.repair()));
    let upgrade = Upgrade::of(config.program.clone());
    let mut session = TraySession {
        config,
        panel,
        tray_events,
        // Replaced when an engine is connected.
        messages: mpsc::channel(1).1,
        signals,
        link: None,
        tasks: JoinSet::new(),
        clipboard: Clipboard::default(),
        state,
        locale,
        drawn: first_view(locale),
        notifier: Notifier::default(),
        panel_awaited_until: None,
        upgrade,
    };
    session.open().await;
    if session.config.replaces.take().is_some() && session.link.is_none() {
        // The tray that this one was to replace keeps running.
        return session.close(CloseCause::Stopped).await;
    }
    if let Some(link) = session.config.link.take() {
        session.propose(link);
    }
    let cause = session.work().await;
    session.close(cause).await;
}

fn view(state: &TrayState, locale: Locale) -> PanelView {
    let status = state.connection_status();
    PanelView { icon: status.icon(), tip: status.line_with_rates(locale), menu: Menu::of(state, locale) }
}

fn start_at_login(state: std::io::Result<AutostartState>) -> StartAtLogin {
    match state {
        Ok(AutostartState::On) => StartAtLogin::On,
        Ok(AutostartState::Off) => StartAtLogin::Off,
        Err(error) => StartAtLogin::Unknown { why: system_error::of(&error) },
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

impl TraySession {
    async fn work(&mut self) -> CloseCause {
        loop {
            self.draw().await;
            match self.next().await {
                Input::Engine(message) => {
                    if self.on_engine_message(message).await == UpgradeState::Done {
                        return CloseCause::Replaced;
                    }
                }
                Input::Tray(TrayEvent::Chosen(MenuAction::Quit)) | Input::Stop => return CloseCause::Stopped,
                Input::Tray(event) => self.on_tray_event(event).await,
                Input::Task(output) => self.on_task_output(output),
                Input::EngineEnded => {
                    if self.on_engine_ended().await == UpgradeState::Done {
                        return CloseCause::Replaced;
                    }
                }
                Input::NoPanel => self.on_no_panel(),
                Input::UpgradeDue => {
                    if self.upgrade() == UpgradeState::Done {
                        return CloseCause::Replaced;
                    }
                }
            }
        }
    }

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
            Some(message) = self.messages.recv() => Input::Engine(message),
            Some(event) = self.tray_events.recv() => Input::Tray(event),
            Some(output) = self.tasks.join_next() => Input::Task(output.unwrap_or(TaskOutput::Done)),
            () = ended => Input::EngineEnded,
            () = no_panel => Input::NoPanel,
            () = sleep_until(self.upgrade.due()) => Input::UpgradeDue,
        }
    }

    async fn draw(&mut self) {
        let view = view(&self.state, self.locale);
        if view != self.drawn {
            self.panel.draw(view.clone()).await;
            self.drawn = view;
        }
    }

    /// Connects to the running engine, or starts one.
    async fn open(&mut self) {
        // A new channel for each link: messages of an earlier engine are dropped with its channel.
        let (sender, messages) = mpsc::channel(QUEUED_MESSAGES);
        self.messages = messages;
        match EngineLink::open(&self.config.paths, self.config.replaces, sender).await {
            Ok(link) => {
                self.state.host = link.host_kind;
                self.state.replica.on_connected(link.past());
                self.notify_past_failures(&link);
                self.link = Some(link);
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot reach or start an engine");
                let fault = error.fault();
                self.state.replica.on_disconnected(fault.clone());
                self.state.replica.fault = Some(fault.clone());
                self.notify_limited(NoticeKind::Error(fault));
            }
        }
    }

    /// An engine in this process may have failed to open its port before this session listened.
    fn notify_past_failures(&mut self, link: &EngineLink) {
        for event in link.past() {
            match (link.host_kind, &event.kind) {
                (EngineHost::InProcess, EventKind::NotApplied { fault }) => {
                    self.notify_limited(NoticeKind::Error(fault.clone()));
                }
                (EngineHost::InProcess | EngineHost::External, _) => {}
            }
        }
    }

    fn call(&mut self, request: TrayRequest, command: Command) {
        let Some(link) = &mut self.link else { return };
        if let Err(TrayRequest::Sync(resource)) = link.call(request, command) {
            let _again = self.state.replica.on_fetched(resource, None);
        }
    }

    fn fetch(&mut self, resources: impl IntoIterator<Item = Resource>) {
        for resource in resources {
            self.call(TrayRequest::Sync(resource), resource.command());
        }
    }

    async fn on_engine_message(&mut self, message: EngineMessage) -> UpgradeState {
        match message {
            SessionMessage::Snapshot(snapshot) => {
                let outdated = self.state.replica.on_snapshot(snapshot);
                self.fetch(outdated);
                self.show_welcome();
            }
            SessionMessage::Event(event) => self.on_event(&event),
            SessionMessage::Reply { purpose, result } => self.on_reply(purpose, result),
            SessionMessage::Ended => return self.on_engine_ended().await,
        }
        UpgradeState::Waiting
    }

    fn on_event(&mut self, event: &Event) {
        self.state.replica.on_event(event);
        let is_update =
            matches!(event.kind, EventKind::SubscriptionUpdated { .. } | EventKind::SubscriptionFailed { .. });
        // The reply to that update contains the same results.
        let is_in_reply = is_update && self.state.update == TrayUpdate::Running;
        let notices = self.state.settings().notices;
        if !is_in_reply && let Some(notice) = self.notifier.on_event(event, notices, now()) {
            self.notify(&notice);
        }
    }

    fn on_reply(&mut self, request: TrayRequest, result: Result<Reply, ClientError>) {
        let result = result.inspect_err(|error| tracing::debug!(%error, "a call failed"));
        match request {
            TrayRequest::Sync(resource) => {
                let again = self.state.replica.on_fetched(resource, result.ok());
                self.fetch(again);
                self.on_settings();
            }
            TrayRequest::UpdateSubscriptions => {
                self.state.update = TrayUpdate::Idle;
                match result {
                    Ok(Reply::Updated(reports)) => self.notify_updates(reports),
                    Ok(_) => {}
                    Err(error) => self.notify_failure(error),
                }
            }
            TrayRequest::FailedHosts => self.on_failed_hosts(result),
            TrayRequest::Fix => self.on_fixed(result),
            TrayRequest::UserAction => {
                if let Err(error) = result {
                    self.notify_failure(error);
                }
            }
        }
    }

    /// Takes in settings that may have changed.
    fn on_settings(&mut self) {
        if self.state.replica.settings.is_some() {
            self.locale = Locale::of(self.state.settings().language);
            self.decide_on_welcome();
        }
    }

    async fn on_tray_event(&mut self, event: TrayEvent) {
        match event {
            TrayEvent::Chosen(action) => self.act(action).await,
            TrayEvent::Opened => {
                self.upgrade.note_menu();
                // Latencies change without a new revision.
                let nodes = self.state.replica.refresh(Resource::Nodes);
                self.fetch(nodes);
                self.request_failed_hosts();
            }
            TrayEvent::Link(link) => self.propose(link),
            TrayEvent::PanelGone => self.panel_awaited_until = Some(Instant::now() + PANEL_LIMIT),
            TrayEvent::PanelBack => self.panel_awaited_until = None,
        }
    }

    /// Shows the contents of a link in the window. Links come from web pages: those of other schemes are dropped.
    fn propose(&mut self, link: String) {
        if is_link(&link) {
            self.call(TrayRequest::UserAction, Command::Propose { text: link.into() });
            self.open_window(Page::Nodes);
        }
    }

    async fn act(&mut self, action: MenuAction) {
        let set = |key: &str, value: &str| Command::Set { changes: [(key.to_owned(), value.to_owned())].into() };
        let command = match action {
            MenuAction::Connect => Command::Connect { node: None },
            MenuAction::Disconnect => Command::Disconnect,
            MenuAction::Node(id) => Command::Connect { node: Some(id.to_string()) },
            MenuAction::ClusterOn => Command::ClusterOn { group: None, size: None, strategy: None },
            MenuAction::ClusterOff => Command::ClusterOff,
            MenuAction::Mode(mode) => Command::Mode { mode },
            MenuAction::Strategy(strategy) => set("cluster.strategy", strategy.as_str()),
            MenuAction::Group(group) => set("cluster.group", &group),
            MenuAction::Language(language) => set("language", language.as_str()),
            MenuAction::Import => return self.read_clipboard(),
            MenuAction::Scan => return self.scan_screens(),
            MenuAction::UpdateSubscriptions => return self.update_subscriptions(),
            MenuAction::StopUpdate => return self.stop_update(),
            MenuAction::Fix(site) => return self.fix(site),
            MenuAction::StopFix => return self.stop_fix(),
            MenuAction::Copy(shell) => {
                let address = self.state.snapshot().map(|snapshot| snapshot.gateway.addr.clone());
                return self.copy(terminal::command(shell, &address.unwrap_or_default()));
            }
            MenuAction::StartAtLogin => return self.set_autostart(AutostartState::On),
            MenuAction::StartByHand => return self.set_autostart(AutostartState::Off),
            MenuAction::Open(page) => return self.open_window(page),
            MenuAction::StartEngine => return self.open().await,
            // Handled by the loop itself.
            MenuAction::Quit => return,
        };
        self.call(TrayRequest::UserAction, command);
    }

    fn update_subscriptions(&mut self) {
        self.state.update = TrayUpdate::Running;
        self.call(TrayRequest::UpdateSubscriptions, Command::SubscriptionUpdate { name: None });
    }

    fn stop_update(&mut self) {
        self.state.update = TrayUpdate::Idle;
        if let Some(link) = &mut self.link {
            link.cancel(TrayRequest::UpdateSubscriptions);
        }
    }

    fn read_clipboard(&mut self) {
        let clipboard = self.clipboard.clone();
        self.tasks.spawn_blocking(move || TaskOutput::Clipboard(scan::from_clipboard(&clipboard)));
    }

    fn scan_screens(&mut self) {
        self.tasks.spawn(async { TaskOutput::Screens(scan::from_screens().await) });
    }

    fn copy(&mut self, text: String) {
        let clipboard = self.clipboard.clone();
        self.tasks.spawn_blocking(move || TaskOutput::Copied(clipboard.write(&text).map_err(MachineError::from)));
    }

    fn set_autostart(&mut self, wanted: AutostartState) {
        let autostart = self.config.autostart.clone();
        self.tasks.spawn_blocking(move || TaskOutput::StartAtLogin(start_at_login(autostart.set(wanted))));
    }

    fn on_task_output(&mut self, output: TaskOutput) {
        match output {
            TaskOutput::Done => {}
            TaskOutput::Clipboard(Ok(Some(text))) | TaskOutput::Screens(Ok(Some(text))) => {
                let command = Command::Import { texts: vec![text.into()], scope: ImportScope::Nodes };
                self.call(TrayRequest::UserAction, command);
            }
            TaskOutput::Clipboard(Ok(None)) => {
                self.show(tr!(self.locale, "notice-import"), tr!(self.locale, "clipboard-empty"));
            }
            TaskOutput::Screens(Ok(None)) => {
                self.show(tr!(self.locale, "notice-import"), tr!(self.locale, "notice-screen-empty"));
            }
            TaskOutput::Copied(Ok(())) => {
                self.show(tr!(self.locale, "notice-copied"), tr!(self.locale, "notice-copied-text"));
            }
            TaskOutput::Clipboard(Err(why)) | TaskOutput::Screens(Err(why)) | TaskOutput::Copied(Err(why)) => {
                self.show(tr!(self.locale, "notice-error"), why.localize(self.locale));
            }
            TaskOutput::StartAtLogin(state) => self.state.start_at_login = state,
            TaskOutput::Open(page) => self.open_window(page),
            TaskOutput::NoWindow(why) => self.notify_window_error(why),
        }
    }

    /// Opens the window in a process of its own, or brings the open one to the front.
    fn open_window(&mut self, page: Page) {
        let mut command = self.config.window(page);
        self.tasks.spawn(async move {
            match command.status().await {
                Ok(status) if status.success() => TaskOutput::Done,
                Ok(status) => TaskOutput::NoWindow(WindowError::Ended(exit(Ok(status)))),
                Err(error) => TaskOutput::NoWindow(WindowError::NotStarted(error)),
            }
        });
    }

    /// Decides, now that the settings are known, whether a welcome notice is due.
    fn decide_on_welcome(&mut self) {
        let is_silent = self.state.settings().tray.silent_start;
        self.config.welcome = match self.config.welcome {
            WelcomeNotice::Requested => WelcomeNotice::Due,
            WelcomeNotice::IfNotSilent if is_silent => WelcomeNotice::Done,
            WelcomeNotice::IfNotSilent => WelcomeNotice::Due,
            decided @ (WelcomeNotice::Due | WelcomeNotice::Done) => decided,
        };
        self.show_welcome();
    }

    /// Shows the welcome notice, once: where the icon is, and the connection state.
    fn show_welcome(&mut self) {
        if self.config.welcome == WelcomeNotice::Due && self.state.snapshot().is_some() {
            self.config.welcome = WelcomeNotice::Done;
            let line = self.state.connection_status().line_with_rates(self.locale);
            self.show(tr!(self.locale, "notice-welcome"), line);
        }
    }

    fn on_no_panel(&mut self) {
        self.panel_awaited_until = None;
        self.show(tr!(self.locale, "notice-no-panel"), tr!(self.locale, "notice-no-panel-text"));
        self.open_window(Page::default());
    }
}
