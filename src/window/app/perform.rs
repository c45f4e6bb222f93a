//! Performs the effects that pages have queued, after the frame is drawn.

use eframe::egui::Context;

use super::super::backend::BackendRequest;
use super::super::effects::{ImportSource, LocalTask, RequestPurpose, Ticket, UiEffect};
use super::App;
use crate::control::replica::Resource;
use crate::model::{Command, Page};

impl App {
    pub(super) fn perform_effects(&mut self, ctx: &Context) {
        for effect in self.effects.take() {
            if shows_at_once(&effect) {
                ctx.request_repaint();
            }
            self.perform(ctx, effect);
        }
        while let Some(id) = self.state.node_tests.next() {
            let command = Command::Test { nodes: vec![id.to_string()] };
            let ticket = self.call(RequestPurpose::NodeTest, command);
            self.state.node_tests.started(ticket, id);
        }
    }

    fn perform(&mut self, ctx: &Context, effect: UiEffect) {
        match effect {
            UiEffect::Call(tag, command) => self.backend.send(BackendRequest::Call(tag, command)),
            UiEffect::RunLocal(tag, task) => self.backend.send(BackendRequest::RunLocal(tag, task)),
            UiEffect::Cancel(ticket) => self.backend.send(BackendRequest::Cancel(ticket)),
            UiEffect::Import(source) => self.import(source),
            UiEffect::Test(nodes) => self.state.node_tests.request(nodes),
            UiEffect::StopTests => {
                for ticket in self.state.node_tests.stop() {
                    self.backend.send(BackendRequest::Cancel(ticket));
                }
            }
            UiEffect::Go(page) => self.go(page),
            UiEffect::Toast(toast) => self.toasts.push(toast, ctx.input(|input| input.time)),
            UiEffect::StartEngine => {
                let tag = self.effects.tag(RequestPurpose::UserAction { done: None });
                self.backend.send(BackendRequest::StartEngine(tag));
            }
        }
    }

    pub(super) fn import(&mut self, source: ImportSource) {
        self.import_flow.begin(source, self.state.locale, self.effects.on_behalf_of(RequestPurpose::Import));
    }

    pub(super) fn call(&mut self, purpose: RequestPurpose, command: Command) -> Ticket {
        let tag = self.effects.tag(purpose);
        let ticket = tag.ticket;
        self.backend.send(BackendRequest::Call(tag, command));
        ticket
    }

    pub(super) fn run_local(&mut self, purpose: RequestPurpose, task: LocalTask) {
        let tag = self.effects.tag(purpose);
        self.backend.send(BackendRequest::RunLocal(tag, task));
    }

    pub(super) fn fetch(&mut self, resources: impl IntoIterator<Item = Resource>) {
        for resource in resources {
            self.call(RequestPurpose::Sync(resource), resource.command());
        }
    }

    /// Switches to another page.
    fn go(&mut self, page: Page) {
        if page != self.page && self.pages.has(page) {
            self.page = page;
            self.is_opened = false;
            self.figures.are_outdated |= page == Page::Nodes;
        }
    }
}

/// Whether an effect changes what is shown before its reply arrives.
fn shows_at_once(effect: &UiEffect) -> bool {
    match effect {
        UiEffect::Test(_) | UiEffect::StopTests | UiEffect::Cancel(_) | UiEffect::Import(_) => true,
        UiEffect::Go(_) | UiEffect::Toast(_) => true,
        UiEffect::Call(..) | UiEffect::RunLocal(..) | UiEffect::StartEngine => false,
    }
}
