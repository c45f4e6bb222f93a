//! What the user wants done: pages queue it while they draw, and the app performs it afterwards.
//!
//! A request carries its purpose ([`RequestPurpose`]), which comes back with the reply and says who gets it.

use std::path::PathBuf;

use super::toast::Toast;
use crate::control::replica::Resource;
use crate::logs::Tail;
use crate::model::{Command, Fault, NodeId, Page, Reply, Secret};
use crate::os::autostart;

/// Identifies a request: whoever made it knows the reply by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// What a request was made for, and so who gets the reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestPurpose {
    /// To keep the copy of the engine's state current.
    Sync(Resource),
    /// The user asked for it: a failure is shown, and `done` when it succeeds.
    UserAction {
        /// Shown when it is done; none where the result shows anyway.
        done: Option<String>,
    },
    /// A test of a node.
    NodeTest,
    /// A page asked.
    Page(Page),
    /// The import dialog asked.
    Import,
    /// The clipboard's text is to be pasted into the focused field.
    Paste,
    /// Texts that other programs handed over for import.
    Proposals,
    /// Whether the tray starts at login.
    StartAtLogin,
}

impl Default for RequestPurpose {
    fn default() -> Self {
        Self::Page(Page::default())
    }
}

/// A request on its way: what identifies it, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTag {
    /// Identifies it.
    pub ticket: Ticket,
    /// What it is for.
    pub purpose: RequestPurpose,
}

/// What the user wants done.
#[derive(Debug)]
pub enum UiEffect {
    /// A call to the engine.
    Call(RequestTag, Command),
    /// A task on this machine.
    RunLocal(RequestTag, LocalTask),
    /// A reply is not wanted any more: what was started for it is cancelled.
    Cancel(Ticket),
    /// An import begins; the nodes are shown first.
    Import(ImportSource),
    /// Nodes are tested with real requests.
    Test(Vec<NodeId>),
    /// Tests that wait or run are cancelled.
    StopTests,
    /// Another page.
    Go(Page),
    /// A toast is shown.
    Toast(Toast),
    /// An engine is started.
    StartEngine,
}

/// Where an import comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportSource {
    /// The clipboard's text, or the codes in its picture.
    Clipboard,
    /// The codes on the screens.
    Screen,
    /// A file that the user is asked for.
    File,
    /// Files: lists, or pictures with codes.
    Files(Vec<PathBuf>),
    /// A text.
    Text(String),
}

/// A task on this machine, off the drawing thread.
#[derive(Debug)]
pub enum LocalTask {
    /// Looks for links in QR codes, or in a text where there is one.
    Scan(ScanSource),
    /// Asks for a file and reads it.
    OpenFile {
        /// Extensions that are shown, without a dot.
        extensions: &'static [&'static str],
    },
    /// Reads a file.
    ReadFile(PathBuf),
    /// Asks for a place and writes a file there, readable by this user alone.
    SaveFile {
        /// The proposed name.
        name: String,
        /// Its contents.
        bytes: Vec<u8>,
    },
    /// Writes a file, readable by this user alone.
    WriteFile {
        /// Where.
        path: PathBuf,
        /// Its contents.
        bytes: Vec<u8>,
    },
    /// Encrypts a text with a password; takes a second, so that guessing takes years.
    Seal {
        /// The text.
        text: Secret,
        /// The password.
        password: Secret,
    },
    /// Decrypts what was sealed.
    Unseal {
        /// The encrypted bytes.
        bytes: Vec<u8>,
        /// The password.
        password: Secret,
    },
    /// Reads the clipboard's text.
    ReadClipboard,
    /// Puts a text into the clipboard.
    WriteClipboard(Secret),
    /// Reads the end of the log, or waits for more of it.
    ReadLog(Option<Tail>),
    /// Opens the log folder.
    OpenLogs,
    /// Reads whether the tray starts at login, or sets it.
    StartAtLogin(Option<autostart::AutostartState>),
}

/// Where links are looked for.
#[derive(Debug)]
pub enum ScanSource {
    /// The screens.
    Screen,
    /// The clipboard's text, or its picture.
    Clipboard,
    /// A file's text, or the picture that it is.
    File(Vec<u8>),
}

/// What a local task brought.
#[derive(Debug)]
pub enum LocalOutput {
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// Its contents.
        bytes: Vec<u8>,
    },
    /// A file was written there.
    Saved(PathBuf),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Lines of the log, and where reading goes on; none where there is no log.
    Log {
        /// Where reading goes on.
        tail: Option<Tail>,
        /// The lines.
        lines: Vec<String>,
    },
    /// Whether the tray starts at login.
    StartAtLogin(autostart::AutostartState),
    /// Nothing: there was nothing, or the user cancelled.
    Nothing,
}

/// The reply to a request.
#[derive(Debug)]
pub enum RequestResult {
    /// From the engine.
    Engine(Result<Reply, Fault>),
    /// From a local task.
    Local(Result<LocalOutput, String>),
}

/// The queue of effects.
#[derive(Debug, Default)]
pub struct Effects {
    queue: Vec<UiEffect>,
    /// What requests are made for from now on.
    purpose: RequestPurpose,
    last: u64,
}

impl Effects {
    /// The queue, for somebody whose requests have this purpose.
    pub(super) fn on_behalf_of(&mut self, purpose: RequestPurpose) -> &mut Self {
        self.purpose = purpose;
        self
    }

    /// Takes everything out of the queue.
    pub(super) fn take(&mut self) -> Vec<UiEffect> {
        std::mem::take(&mut self.queue)
    }

    /// A tag for a request of this purpose.
    pub(super) fn tag(&mut self, purpose: RequestPurpose) -> RequestTag {
        self.last += 1;
        RequestTag { ticket: Ticket(self.last), purpose }
    }

    /// Makes a call; a failure is shown.
    pub fn command(&mut self, command: Command) {
        let tag = self.tag(RequestPurpose::UserAction { done: None });
        self.queue.push(UiEffect::Call(tag, command));
    }

    /// Makes a call; success is shown with `done`, a failure with its reason.
    pub fn command_saying(&mut self, command: Command, done: String) {
        let tag = self.tag(RequestPurpose::UserAction { done: Some(done) });
        self.queue.push(UiEffect::Call(tag, command));
    }

    /// Makes a call; [`PageView::on_reply`](super::pages::PageView::on_reply) gets the reply.
    #[must_use = "the reply is identified by the ticket"]
    pub fn ask(&mut self, command: Command) -> Ticket {
        let tag = self.tag(self.purpose.clone());
        let ticket = tag.ticket;
        self.queue.push(UiEffect::Call(tag, command));
        ticket
    }

    /// Runs a task on this machine; the caller gets what it brings.
    #[must_use = "the reply is identified by the ticket"]
    pub fn run_local(&mut self, task: LocalTask) -> Ticket {
        let tag = self.tag(self.purpose.clone());
        let ticket = tag.ticket;
        self.queue.push(UiEffect::RunLocal(tag, task));
        ticket
    }

    /// Cancels a request.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.queue.push(UiEffect::Cancel(ticket));
    }

    /// Begins an import; a dialog shows the nodes first.
    pub fn import(&mut self, source: ImportSource) {
        self.queue.push(UiEffect::Import(source));
    }

    /// Tests nodes; the results are in [`AppState::node_tests`](super::state::AppState::node_tests).
    pub fn test(&mut self, nodes: Vec<NodeId>) {
        self.queue.push(UiEffect::Test(nodes));
    }

    /// Cancels tests that wait or run.
    pub fn stop_tests(&mut self) {
        self.queue.push(UiEffect::StopTests);
    }

    /// Shows another page.
    pub fn go(&mut self, page: Page) {
        self.queue.push(UiEffect::Go(page));
    }

    /// Shows a toast.
    pub fn toast(&mut self, toast: Toast) {
        self.queue.push(UiEffect::Toast(toast));
    }

    /// Puts a text into the clipboard.
    pub fn copy(&mut self, text: impl Into<Secret>) {
        let tag = self.tag(RequestPurpose::UserAction { done: None });
        self.queue.push(UiEffect::RunLocal(tag, LocalTask::WriteClipboard(text.into())));
    }

    /// Starts an engine.
    pub fn start_engine(&mut self) {
        self.queue.push(UiEffect::StartEngine);
    }
}
