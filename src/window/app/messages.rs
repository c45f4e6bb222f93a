//! Handling of the messages from the backend.

use eframe::egui::{Context, ViewportCommand};

use super::super::backend::redraw::{Visibility, WindowFocus};
use super::super::backend::{BackendMessage, BackendRequest};
use super::super::effects::{LocalOutput, RequestPurpose, RequestResult, RequestTag};
use super::super::node_tests::NodeTest;
use super::super::theme;
use super::super::toast::Toast;
use super::{App, NodeFigures, focus};
use crate::i18n::machine::MachineError;
use crate::i18n::{Locale, Localize};
use crate::model::{Command, Event, EventKind, Fault, Page, Reply, Secret, Snapshot};

impl App {
    /// Handles the messages that have arrived since the last frame.
    pub fn receive(&mut self, ctx: &Context) {
        let visibility = Visibility { focus: focus(ctx), page: self.page };
        self.backend.set_visibility(visibility);
        self.follow_connections(visibility);
        let messages: Vec<_> = self.backend.messages().collect();
        for message in messages {
            self.on_message(ctx, message);
        }
    }

    fn on_message(&mut self, ctx: &Context, message: BackendMessage) {
        match message {
            BackendMessage::Connected { past } => self.on_connected(past),
            BackendMessage::Snapshot { snapshot, at } => {
                self.state.traffic.add(&snapshot, at);
                self.figures.are_outdated |= self.state.snapshot().is_none_or(|old| figures_changed(old, &snapshot));
                let outdated = self.state.replica.on_snapshot(snapshot);
                self.fetch(outdated);
            }
            BackendMessage::Event(event) => self.on_event(ctx, event),
            BackendMessage::Connections(changes) => {
                // What was on its way when the page was left.
                if self.follows_connections {
                    self.state.connections.apply(changes);
                }
            }
            BackendMessage::Reply { tag, result } => self.on_reply(ctx, tag, result),
            BackendMessage::Local { tag, result } => self.on_local(ctx, tag, result),
            BackendMessage::Disconnected { fault } => {
                self.state.replica.on_disconnected(fault);
                self.state.connections.clear();
                let _unanswered = self.state.node_tests.stop();
            }
        }
    }

    /// Connections are followed while they can be seen, and forgotten after that.
    fn follow_connections(&mut self, visibility: Visibility) {
        let is_seen = visibility.page == Page::Connections && visibility.focus != WindowFocus::Hidden;
        if is_seen == self.follows_connections {
            return;
        }
        self.follows_connections = is_seen;
        self.state.connections.clear();
        self.backend.send(if is_seen {
            BackendRequest::FollowConnections
        } else {
            BackendRequest::UnfollowConnections
        });
    }

    fn on_connected(&mut self, past: Vec<Event>) {
        self.state.connections.clear();
        self.state.replica.on_connected(&past);
        self.state.events.clear();
        past.into_iter().for_each(|event| self.state.keep_event(event));
        self.call(RequestPurpose::Proposals, Command::Proposals);
        self.figures = NodeFigures::default();
        // The page's contents came from another engine.
        self.is_opened = false;
    }

    fn on_event(&mut self, ctx: &Context, event: Event) {
        self.state.replica.on_event(&event);
        if let EventKind::PageRequested { page } = event.kind {
            self.effects.go(page);
            ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
            ctx.send_viewport_cmd(ViewportCommand::Focus);
            // A second `sluice-tray open` may have left links to show.
            self.call(RequestPurpose::Proposals, Command::Proposals);
            return;
        }
        if let Some(page) = self.pages.get(self.page) {
            let effects = self.effects.on_behalf_of(RequestPurpose::Page(self.page));
            page.on_event(&event, &self.state, effects);
        }
        if !matches!(event.kind, EventKind::NodesChanged | EventKind::SiteTried { .. }) {
            self.state.keep_event(event);
        }
    }

    fn on_reply(&mut self, ctx: &Context, tag: RequestTag, result: Result<Reply, Fault>) {
        if let Err(fault) = &result {
            tracing::debug!(%fault, purpose = ?tag.purpose, "a call failed");
        }
        match (tag.purpose, result) {
            (RequestPurpose::Sync(resource), result) => {
                let again = self.state.replica.on_fetched(resource, result.ok());
                self.fetch(again);
                self.on_settings(ctx);
            }
            (RequestPurpose::UserAction { done }, Ok(_)) => {
                done.into_iter().for_each(|done| self.effects.toast(Toast::done(done)));
            }
            (RequestPurpose::UserAction { .. }, Err(fault)) => {
                self.effects.toast(Toast::failed(fault.localize(self.state.locale)));
            }
            (RequestPurpose::NodeTest, result) => {
                self.state.node_tests.finished(tag.ticket, NodeTest::of(result));
                self.figures.are_outdated = true;
            }
            (RequestPurpose::Proposals, Ok(Reply::Proposals(texts))) => self.on_proposals(texts),
            (purpose @ (RequestPurpose::Page(_) | RequestPurpose::Import), result) => {
                let tag = RequestTag { ticket: tag.ticket, purpose };
                self.deliver(tag, RequestResult::Engine(result));
            }
            (RequestPurpose::Proposals | RequestPurpose::Paste | RequestPurpose::StartAtLogin, _) => {}
        }
    }

    /// Shows what other programs have proposed: the address of a subscription in the dialog that adds one, and all else
    /// as an import.
    fn on_proposals(&mut self, texts: Vec<Secret>) {
        let (addresses, texts): (Vec<_>, Vec<_>) = texts.into_iter().partition(|text| is_access_key(text.expose()));
        if let Some(address) = addresses.into_iter().next_back()
            && let Some(page) = self.pages.get(Page::Subscriptions)
        {
            page.propose(address);
            self.effects.go(Page::Subscriptions);
        }
        self.import_flow.propose(texts, self.effects.on_behalf_of(RequestPurpose::Import));
    }

    /// Takes in settings that may have changed.
    fn on_settings(&mut self, ctx: &Context) {
        let Some(settings) = self.state.settings() else { return };
        let (language, theme) = (settings.language, settings.window.theme);
        self.state.locale = Locale::of(language);
        if self.theme != theme {
            self.theme = theme;
            theme::set_theme(ctx, theme);
        }
    }

    fn on_local(&mut self, ctx: &Context, tag: RequestTag, result: Result<LocalOutput, MachineError>) {
        let result = result.map_err(|error| error.localize(self.state.locale));
        if let Ok(LocalOutput::StartAtLogin(state)) = &result {
            self.state.start_at_login = Some(Ok(*state));
        }
        match (tag.purpose, result) {
            (purpose @ (RequestPurpose::Page(_) | RequestPurpose::Import), result) => {
                let tag = RequestTag { ticket: tag.ticket, purpose };
                self.deliver(tag, RequestResult::Local(result));
            }
            (RequestPurpose::Paste, Ok(LocalOutput::Text(text))) => {
                self.pasted = Some(text);
                ctx.request_repaint();
            }
            (RequestPurpose::StartAtLogin, Err(reason)) => self.state.start_at_login = Some(Err(reason)),
            (RequestPurpose::UserAction { .. } | RequestPurpose::Paste, Err(reason)) => {
                self.effects.toast(Toast::failed(reason));
            }
            (RequestPurpose::UserAction { done }, Ok(_)) => {
                done.into_iter().for_each(|done| self.effects.toast(Toast::done(done)));
            }
            (RequestPurpose::StartAtLogin | RequestPurpose::Paste, Ok(_)) => {}
            (RequestPurpose::Sync(_) | RequestPurpose::NodeTest | RequestPurpose::Proposals, _) => {}
        }
    }

    /// Passes a reply to the page or dialog that made the request, even if another page is shown by now.
    fn deliver(&mut self, tag: RequestTag, result: RequestResult) {
        let page = match tag.purpose {
            RequestPurpose::Page(page) => Some(page),
            RequestPurpose::Import => None,
            RequestPurpose::Sync(_) | RequestPurpose::UserAction { .. } | RequestPurpose::NodeTest => return,
            RequestPurpose::Paste | RequestPurpose::Proposals | RequestPurpose::StartAtLogin => return,
        };
        let effects = self.effects.on_behalf_of(tag.purpose);
        match page {
            None => self.import_flow.on_reply(tag.ticket, result, &self.state, effects),
            Some(page) => {
                if let Some(page) = self.pages.get(page) {
                    page.on_reply(tag.ticket, result, &self.state, effects);
                }
            }
        }
    }
}

/// Whether figures of nodes (traffic, latency) have changed.
fn figures_changed(old: &Snapshot, new: &Snapshot) -> bool {
    old.members != new.members
}

/// Whether a text is the address of an access key, which is a subscription.
fn is_access_key(text: &str) -> bool {
    const SCHEME: &str = "ssconf://";
    text.trim_start().get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
}
