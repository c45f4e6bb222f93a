//! Effects: what pages request while they draw. The app performs them after the frame.
//!
//! A request carries its purpose ([`RequestPurpose`]), which comes back with the reply and decides who gets it.

use std::path::PathBuf;

use super::toast::Toast;
use crate::control::replica::Resource;
use crate::logs::Tail;
use crate::model::{Command, Fault, NodeId, Page, Reply, Secret};
use crate::os::autostart;

/// Identifies a request; its reply carries the same ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// The purpose of a request, which decides who gets the reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestPurpose {
    /// Keeps the copy of the engine's state current.
    Sync(Resource),
    /// An action of the user: a toast shows a failure, or `done` on success.
    UserAction {
        /// The text of the toast on success; `None` if the result is visible anyway.
        done: Option<String>,
    },
    /// A test of a node.
    NodeTest,
    /// A request of this page.
    Page(Page),
    /// A request of the import dialog.
    Import,
    /// The clipboard's text, to be pasted into the focused field.
    Paste,
    /// Texts that other programs have proposed for import.
    Proposals,
    /// Reads or sets whether the tray starts at login.
    StartAtLogin,
}

impl Default for RequestPurpose {
    fn default() -> Self {
        Self::Page(Page::default())
    }
}

/// A ticket with its purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTag {
    /// The ticket.
    pub ticket: Ticket,
    /// The purpose.
    pub purpose: RequestPurpose,
}

/// An effect.
#[derive(Debug)]
pub enum UiEffect {
    /// Send a command to the engine.
    Call(RequestTag, Command),
    /// Run a local task.
    RunLocal(RequestTag, LocalTask),
    /// Cancel a request.
    Cancel(Ticket),
    /// Begin an import; its nodes are shown first.
    Import(ImportSource),
    /// Test nodes end to end.
    Test(Vec<NodeId>),
    /// Cancel all node tests.
    StopTests,
    /// Switch to this page.
    Go(Page),
    /// Show a toast.
    Toast(Toast),
    /// Start an engine.
    StartEngine,
}

/// The source of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportSource {
    /// The clipboard's text, or the QR codes in its picture.
    Clipboard,
    /// The QR codes on the screens.
    Screen,
    /// A file, chosen in a dialog.
    File,
    /// These files: lists of nodes, or pictures of QR codes.
    Files(Vec<PathBuf>),
    /// This text.
    Text(String),
    /// The files of other clients that are installed on this machine.
    OtherClients,
}

/// A task on this computer, run off the drawing thread.
#[derive(Debug)]
pub enum LocalTask {
    /// Search for links, in text or QR codes.
    Scan(ScanSource),
    /// Open a file dialog and read the chosen file.
    OpenFile {
        /// The file extensions that are offered, without the dot.
        extensions: &'static [&'static str],
    },
    /// Read a file.
    ReadFile(PathBuf),
    /// Open a file dialog and write a file that only this user can read.
    SaveFile {
        /// The proposed file name.
        name: String,
        /// Its contents.
        bytes: Vec<u8>,
    },
    /// Write a file that only this user can read.
    WriteFile {
        /// The file's path.
        path: PathBuf,
        /// Its contents.
        bytes: Vec<u8>,
    },
    /// Encrypt a text with a password. Takes a second, to make guessing expensive.
    Seal {
        /// The plaintext.
        text: Secret,
        /// The password.
        password: Secret,
    },
    /// Decrypt what [`LocalTask::Seal`] has encrypted.
    Unseal {
        /// The ciphertext.
        bytes: Vec<u8>,
        /// The password.
        password: Secret,
    },
    /// Read the clipboard's text.
    ReadClipboard,
    /// Copy a text to the clipboard.
    WriteClipboard(Secret),
    /// Read the last lines of the log, or wait for more.
    ReadLog(Option<Tail>),
    /// Open the log folder in the file manager.
    OpenLogs,
    /// Open a page in the browser.
    OpenPage(&'static str),
    /// Read the files of other clients from where these keep them.
    FindClients,
    /// Set whether the tray starts at login; `None` reads it.
    StartAtLogin(Option<autostart::AutostartState>),
}

/// Where links are searched.
#[derive(Debug)]
pub enum ScanSource {
    /// On the screens.
    Screen,
    /// In the clipboard's text or picture.
    Clipboard,
    /// In the bytes of a file, text or picture.
    File(Vec<u8>),
}

/// A file of another client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFile {
    /// The client's name.
    pub client: &'static str,
    /// Where the file is.
    pub path: PathBuf,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// The result of a local task.
#[derive(Debug)]
pub enum LocalOutput {
    /// A file.
    File {
        /// Its path.
        path: PathBuf,
        /// Its contents.
        bytes: Vec<u8>,
    },
    /// A file was written to this path.
    Saved(PathBuf),
    /// Files of other clients.
    Clients(Vec<ClientFile>),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Lines of the log.
    Log {
        /// Where reading continues; `None` if there is no log.
        tail: Option<Tail>,
        /// The lines.
        lines: Vec<String>,
    },
    /// Whether the tray starts at login.
    StartAtLogin(autostart::AutostartState),
    /// Nothing was found, or the user cancelled.
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
    /// The purpose of the requests that follow.
    purpose: RequestPurpose,
    last: u64,
}

impl Effects {
    /// The queue, with this purpose for the requests that follow.
    pub(super) fn on_behalf_of(&mut self, purpose: RequestPurpose) -> &mut Self {
        self.purpose = purpose;
        self
    }

    /// Takes all effects out of the queue.
    pub(super) fn take(&mut self) -> Vec<UiEffect> {
        std::mem::take(&mut self.queue)
    }

    /// A new ticket with this purpose.
    pub(super) fn tag(&mut self, purpose: RequestPurpose) -> RequestTag {
        self.last += 1;
        RequestTag { ticket: Ticket(self.last), purpose }
    }

    /// Sends a command; a toast shows a failure.
    pub fn command(&mut self, command: Command) {
        let tag = self.tag(RequestPurpose::UserAction { done: None });
        self.queue.push(UiEffect::Call(tag, command));
    }

    /// Sends a command; a toast shows a failure, or `done` on success.
    pub fn command_with_toast(&mut self, command: Command, done: String) {
        let tag = self.tag(RequestPurpose::UserAction { done: Some(done) });
        self.queue.push(UiEffect::Call(tag, command));
    }

    /// Sends a command; [`PageView::on_reply`](super::pages::PageView::on_reply) gets the reply.
    #[must_use = "the reply is identified by the ticket"]
    pub fn request(&mut self, command: Command) -> Ticket {
        let tag = self.tag(self.purpose.clone());
        let ticket = tag.ticket;
        self.queue.push(UiEffect::Call(tag, command));
        ticket
    }

    /// Runs a local task; the requester gets the result.
    #[must_use = "the reply is identified by the ticket"]
    pub fn run_local(&mut self, task: LocalTask) -> Ticket {
        let tag = self.tag(self.purpose.clone());
        let ticket = tag.ticket;
        self.queue.push(UiEffect::RunLocal(tag, task));
        ticket
    }

    /// Sets whether the tray starts at login; the result is in
    /// [`AppState::start_at_login`](super::state::AppState::start_at_login).
    pub fn start_at_login(&mut self, wanted: autostart::AutostartState) {
        let tag = self.tag(RequestPurpose::StartAtLogin);
        self.queue.push(UiEffect::RunLocal(tag, LocalTask::StartAtLogin(Some(wanted))));
    }

    /// Cancels a request.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.queue.push(UiEffect::Cancel(ticket));
    }

    /// Begins an import; a dialog shows its nodes first.
    pub fn import(&mut self, source: ImportSource) {
        self.queue.push(UiEffect::Import(source));
    }

    /// Tests nodes; the results are in [`AppState::node_tests`](super::state::AppState::node_tests).
    pub fn test(&mut self, nodes: Vec<NodeId>) {
        self.queue.push(UiEffect::Test(nodes));
    }

    /// Cancels all node tests.
    pub fn stop_tests(&mut self) {
        self.queue.push(UiEffect::StopTests);
    }

    /// Switches to another page.
    pub fn go(&mut self, page: Page) {
        self.queue.push(UiEffect::Go(page));
    }

    /// Shows a toast.
    pub fn toast(&mut self, toast: Toast) {
        self.queue.push(UiEffect::Toast(toast));
    }

    /// Copies a text to the clipboard.
    pub fn copy(&mut self, text: impl Into<Secret>) {
        let tag = self.tag(RequestPurpose::UserAction { done: None });
        self.queue.push(UiEffect::RunLocal(tag, LocalTask::WriteClipboard(text.into())));
    }

    /// Starts an engine.
    pub fn start_engine(&mut self) {
        self.queue.push(UiEffect::StartEngine);
    }
}
