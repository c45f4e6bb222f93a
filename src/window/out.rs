//! What a person wants done: pages say it while they draw, and it is performed when they have.

use std::path::PathBuf;

use super::toasts::Toast;
use crate::logs::Tail;
use crate::model::{Command, Fault, NodeId, Page, Reply, Secret};
use crate::os::autostart;

/// Which question an answer is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// What a person wants done.
#[derive(Debug)]
pub enum Wish {
    /// The engine is to do something; a failure is told, and what is `said` when it is done.
    Do {
        /// What.
        command: Command,
        /// Told when it is done; none where that shows anyhow.
        said: Option<String>,
    },
    /// The engine is asked something, and the page hears the answer.
    Ask {
        /// Which question.
        ticket: Ticket,
        /// What.
        command: Command,
    },
    /// Something is to be done on this machine, and the page hears what it brought.
    Errand {
        /// Which errand.
        ticket: Ticket,
        /// What.
        errand: Errand,
    },
    /// An answer is not wanted any more: what was begun for it ends, and the page hears no more of it.
    Cancel(Ticket),
    /// Nodes are to be taken in; what is in them is shown first.
    Import(Import),
    /// Real requests through nodes.
    Test(Vec<NodeId>),
    /// Tests that wait or run are given up.
    StopTests,
    /// Another page.
    Go(Page),
    /// Something is told.
    Tell(Toast),
    /// A text is put into the clipboard.
    Copy(Secret),
    /// An engine is started.
    StartEngine,
}

/// Where nodes are taken in from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Import {
    /// The clipboard's text, or the codes in its picture.
    Clipboard,
    /// The codes on the screens.
    Screen,
    /// A file that a person is asked for.
    File,
    /// Files: lists, or pictures with codes.
    Files(Vec<PathBuf>),
    /// A text.
    Text(String),
}

/// What is done on this machine, away from the drawing.
#[derive(Debug)]
pub enum Errand {
    /// Looks for links in QR codes, or in a text where there is one.
    Scan(Source),
    /// Asks for a file and reads it.
    OpenFile {
        /// Endings that are shown, without a dot.
        endings: &'static [&'static str],
    },
    /// Reads a file.
    ReadFile(PathBuf),
    /// Asks for a place and writes a file there, for this user's eyes only.
    SaveFile {
        /// The name that is proposed.
        name: String,
        /// What is in it.
        bytes: Vec<u8>,
    },
    /// Writes a file, for this user's eyes only.
    WriteFile {
        /// Where.
        path: PathBuf,
        /// What is in it.
        bytes: Vec<u8>,
    },
    /// Seals a text behind a password; takes a second, so that guessing takes years.
    Seal {
        /// The text.
        text: Secret,
        /// The password.
        password: Secret,
    },
    /// Opens what was sealed.
    Unseal {
        /// What was sealed.
        bytes: Vec<u8>,
        /// The password.
        password: Secret,
    },
    /// Reads the clipboard's text.
    ReadClipboard,
    /// Puts a text into the clipboard.
    WriteClipboard(Secret),
    /// Reads the log's end, or waits for what is written to it.
    ReadLog(Option<Tail>),
    /// Shows the folder of the log.
    OpenLogs,
    /// Looks whether the tray starts with the session, or has it do so.
    StartAtLogin(Option<autostart::AutostartState>),
}

/// Where links are looked for.
#[derive(Debug)]
pub enum Source {
    /// What the screens show.
    Screen,
    /// The clipboard's text, or its picture.
    Clipboard,
    /// A file's text, or the picture that it is.
    File(Vec<u8>),
}

/// What an errand brought.
#[derive(Debug)]
pub enum Brought {
    /// A file, with where it is.
    File {
        /// Where.
        path: PathBuf,
        /// What is in it.
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
        /// Where.
        tail: Option<Tail>,
        /// The lines.
        lines: Vec<String>,
    },
    /// Whether the tray starts with the session.
    StartAtLogin(autostart::AutostartState),
    /// Nothing: there was nothing, or the person thought better of it.
    Nothing,
}

/// An answer to something that a page asked.
#[derive(Debug)]
pub enum Answer {
    /// The engine's.
    Engine(Result<Reply, Fault>),
    /// This machine's.
    Errand(Result<Brought, String>),
}

/// Where wishes are put.
#[derive(Debug, Default)]
pub struct Out {
    pub(super) wishes: Vec<Wish>,
    last: u64,
}

impl Out {
    /// The engine is to do something; a failure is told.
    pub fn command(&mut self, command: Command) {
        self.wishes.push(Wish::Do { command, said: None });
    }

    /// The engine is to do something; that it was done is told, or why not.
    pub fn command_saying(&mut self, command: Command, said: String) {
        self.wishes.push(Wish::Do { command, said: Some(said) });
    }

    /// The engine is asked something: [`Content::hear`](super::pages::Content::hear) gets the answer.
    #[must_use = "an answer is known by its ticket"]
    pub fn ask(&mut self, command: Command) -> Ticket {
        let ticket = self.ticket();
        self.wishes.push(Wish::Ask { ticket, command });
        ticket
    }

    /// Something is to be done on this machine: the page hears what it brought.
    #[must_use = "an answer is known by its ticket"]
    pub fn errand(&mut self, errand: Errand) -> Ticket {
        let ticket = self.ticket();
        self.wishes.push(Wish::Errand { ticket, errand });
        ticket
    }

    /// An answer is not wanted any more: what was begun for it ends, and nothing more is heard of it.
    pub fn cancel(&mut self, ticket: Ticket) {
        self.wishes.push(Wish::Cancel(ticket));
    }

    /// Nodes are to be taken in; a dialog shows what is in them first.
    pub fn import(&mut self, from: Import) {
        self.wishes.push(Wish::Import(from));
    }

    /// Real requests through nodes; how they go is in [`Known::trials`](super::known::Known::trials).
    pub fn test(&mut self, nodes: Vec<NodeId>) {
        self.wishes.push(Wish::Test(nodes));
    }

    /// Another page.
    pub fn go(&mut self, page: Page) {
        self.wishes.push(Wish::Go(page));
    }

    /// Something is told.
    pub fn tell(&mut self, toast: Toast) {
        self.wishes.push(Wish::Tell(toast));
    }

    /// A text is put into the clipboard.
    pub fn copy(&mut self, text: impl Into<Secret>) {
        self.wishes.push(Wish::Copy(text.into()));
    }

    /// Anything else.
    pub fn wish(&mut self, wish: Wish) {
        self.wishes.push(wish);
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }
}
