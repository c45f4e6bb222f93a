//! What is done with nodes once an answer has come.

use super::Nodes;
use crate::i18n::{tr, words};
use crate::model::{Command, Reply};
use crate::window::known::Known;
use crate::window::out::{Answer, Brought, Out};
use crate::window::toasts::Toast;

/// What an answer is awaited for.
#[derive(Debug)]
pub(super) enum Wait {
    /// The clipboard's text, to be imported.
    Clipboard,
    /// A file's text, to be imported.
    File,
    /// What an import did.
    Import,
    /// Whether so many were removed.
    Removal { nodes: usize },
}

impl Nodes {
    /// An answer has come.
    pub(super) fn answered(&mut self, wait: Wait, answer: Answer, known: &Known, out: &mut Out) {
        let locale = known.locale;
        match (wait, answer) {
            (Wait::Clipboard, Answer::Errand(Ok(Brought::Text(text)))) => self.import(text, out),
            (Wait::Clipboard, Answer::Errand(Ok(_))) => out.tell(Toast::failed(tr!(locale, "notice-clipboard-empty"))),
            (Wait::File, Answer::Errand(Ok(Brought::File { bytes, .. }))) => {
                self.import(String::from_utf8_lossy(&bytes).into_owned(), out);
            }
            (Wait::Import, Answer::Engine(Ok(Reply::Imported(report)))) => {
                let (added, known, refused) = (report.added.len(), report.known.len(), report.refused.len());
                let text = words::imported(locale, added, known, refused);
                out.tell(match report.refused.first() {
                    Some(refused) if added == 0 => {
                        Toast::failed(tr!(locale, "fault-detail", what = text, detail = refused.reason.as_str()))
                    }
                    Some(_) | None => Toast::done(text),
                });
            }
            (Wait::Removal { nodes }, Answer::Engine(Ok(_))) => {
                self.selection.clear();
                let toast = Toast::done(tr!(locale, "nodes-removed", nodes = nodes));
                out.tell(toast.with_action(tr!(locale, "window-undo"), Command::NodesRestore));
            }
            (_, Answer::Engine(Err(fault))) => out.tell(Toast::failed(words::fault(locale, &fault))),
            (_, Answer::Errand(Err(reason))) => out.tell(Toast::failed(reason)),
            (_, Answer::Engine(Ok(_)) | Answer::Errand(Ok(_))) => {}
        }
    }
}
