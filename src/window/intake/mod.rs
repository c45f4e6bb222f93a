//! Nodes on their way in: texts from the clipboard, from files, from codes, or from another program, all
//! shown before any of it is added.
//!
//! Each text is a piece ([`piece`]): it is sought on this machine, looked at by the engine, and shown in one
//! dialog ([`dialog`]) with what was understood and what was not. Only a person's word has the engine add
//! it. An answer is known by its ticket, and one that comes after the dialog was closed is nobody's.

mod dialog;
mod piece;

use std::path::PathBuf;

use eframe::egui::Ui;

use self::dialog::Verdict;
use self::piece::{Origin, Piece, Stage, Wanted};
use super::known::Known;
use super::out::{Answer, Brought, Errand, Import, Out, Source, Ticket};
use super::parts::{PathDialog, PathDone};
use super::toasts::Toast;
use crate::i18n::{Locale, Localize, tr, words};
use crate::model::foreign::ForeignSubscription;
use crate::model::{Command, Reply, Secret};

/// Endings of files that may hold nodes.
const ENDINGS: &[&str] = &["txt", "json", "yaml", "yml", "png", "jpg", "jpeg", "webp", "bmp", "gif"];

/// What is on its way in.
#[derive(Default)]
pub(super) struct Intake {
    /// A file's place is asked for.
    asking: Option<PathDialog>,
    /// The file that was chosen there, while it is read.
    chosen: Option<Ticket>,
    pieces: Vec<Piece>,
    /// Whether the settings of other clients are wanted too.
    wanted: Wanted,
    /// Why an import failed.
    refused: Option<String>,
    /// New nodes, those known already, and refused lines of what was taken in.
    taken: (usize, usize, usize),
}

impl Intake {
    /// Begins with whatever a person has in hand.
    pub(super) fn begin(&mut self, from: Import, locale: Locale, out: &mut Out) {
        match from {
            Import::Clipboard => self.scan(Origin::Own, Source::Clipboard, tr!(locale, "nodes-clipboard-empty"), out),
            Import::Screen => self.scan(Origin::Own, Source::Screen, tr!(locale, "nodes-no-code"), out),
            Import::File => self.asking = Some(PathDialog::default()),
            Import::Files(paths) => paths.into_iter().for_each(|path| self.read(path, out)),
            Import::Text(text) => self.pieces.push(Piece::of(Origin::Own, text.into(), out)),
        }
    }

    /// Shows what another program has handed over.
    pub(super) fn propose(&mut self, texts: Vec<Secret>, out: &mut Out) {
        self.pieces.extend(texts.into_iter().map(|text| Piece::of(Origin::Elsewhere, text, out)));
    }

    fn scan(&mut self, origin: Origin, source: Source, nothing: String, out: &mut Out) {
        let ticket = out.errand(Errand::Scan(source));
        self.pieces.push(Piece { origin, stage: Stage::Sought { ticket, nothing } });
    }

    fn read(&mut self, path: PathBuf, out: &mut Out) {
        let origin = Origin::of(&path);
        let ticket = out.errand(Errand::ReadFile(path));
        self.pieces.push(Piece { origin, stage: Stage::Read { ticket } });
    }

    /// An answer has come.
    pub(super) fn hear(&mut self, ticket: Ticket, answer: Answer, known: &Known, out: &mut Out) {
        let locale = known.locale;
        if self.chosen == Some(ticket) {
            return self.choose(answer, locale, out);
        }
        let Some(place) = self.pieces.iter().position(|piece| piece.awaits(ticket)) else { return };
        match answer {
            Answer::Errand(Ok(Brought::File { bytes, .. })) => {
                let (nothing, ticket) = (tr!(locale, "nodes-no-code"), out.errand(Errand::Scan(Source::File(bytes))));
                self.pieces[place].stage = Stage::Sought { ticket, nothing };
            }
            Answer::Errand(Ok(Brought::Text(text))) => self.pieces[place].look_at(text.into(), out),
            Answer::Errand(Ok(_)) => self.pieces[place].give_up(),
            Answer::Errand(Err(reason)) => self.pieces[place].stage = Stage::Useless { reason },
            Answer::Engine(Ok(Reply::Preview(rows))) => self.pieces[place].see(rows, out),
            Answer::Engine(Ok(Reply::Foreign(settings))) => {
                for list in self.pieces[place].settle(settings) {
                    add_list(list, locale, out);
                }
            }
            Answer::Engine(Ok(Reply::Imported(report))) => {
                let (added, known, refused) = self.taken;
                let (new, old, bad) = (report.added.len(), report.known.len(), report.refused.len());
                self.taken = (added + new, known + old, refused + bad);
                self.pieces[place].taken_in(out);
            }
            Answer::Engine(Ok(_)) => {}
            Answer::Engine(Err(fault)) => {
                let reason = fault.localize(locale);
                self.refused = self.pieces[place].refuse(reason, out).or(self.refused.take());
            }
        }
        self.end_where_done(locale, out);
    }

    /// The file that was chosen is read, or why it cannot be.
    fn choose(&mut self, answer: Answer, locale: Locale, out: &mut Out) {
        self.chosen = None;
        match (answer, &mut self.asking) {
            (Answer::Errand(Ok(Brought::File { path, bytes })), _) => {
                self.asking = None;
                self.scan(Origin::of(&path), Source::File(bytes), tr!(locale, "nodes-no-code"), out);
            }
            (Answer::Errand(Err(reason)), Some(asking)) => asking.refused = Some(reason),
            // A person thought better of it, and the dialog is still there.
            (Answer::Errand(_) | Answer::Engine(_), _) => {}
        }
    }

    /// Closes the dialog where all is taken in, or where there is nothing to show in it.
    fn end_where_done(&mut self, locale: Locale, out: &mut Out) {
        if let [Piece { origin: Origin::Own, stage: Stage::Useless { reason } }] = self.pieces.as_slice() {
            out.tell(Toast::failed(reason));
            return self.close();
        }
        let is_taken = |piece: &Piece| matches!(piece.stage, Stage::Taken);
        if self.refused.is_none() && self.pieces.iter().any(is_taken) && !self.pieces.iter().any(Piece::is_open) {
            let (added, known, refused) = self.taken;
            let said = match (added + known + refused, self.wanted) {
                (0, Wanted::NodesAndSettings) => tr!(locale, "foreign-taken"),
                (_, Wanted::NodesAndSettings | Wanted::Nodes) => words::imported(locale, added, known, refused),
            };
            out.tell(Toast::done(said));
            self.close();
        }
    }

    fn close(&mut self) {
        *self = Self::default();
    }

    /// Draws the dialog that is open.
    pub(super) fn show(&mut self, ui: &Ui, known: &Known, out: &mut Out) {
        if self.asking.is_some() {
            self.ask(ui, known.locale, out);
        } else if !self.pieces.is_empty() {
            match dialog::show(ui, known, &self.pieces, &mut self.wanted, self.refused.as_deref()) {
                Verdict::None => {}
                Verdict::Import => self.import(out),
                Verdict::Close => self.close(),
            }
        }
    }

    fn ask(&mut self, ui: &Ui, locale: Locale, out: &mut Out) {
        let Some(asking) = &mut self.asking else { return };
        match asking.show(ui, locale, &tr!(locale, "path-open"), &tr!(locale, "path-open-action")) {
            PathDone::NotYet => {}
            PathDone::Closed => (self.asking, self.chosen) = (None, None),
            PathDone::Path(path) => self.chosen = Some(out.errand(Errand::ReadFile(path))),
            PathDone::Browse => self.chosen = Some(out.errand(Errand::OpenFile { endings: ENDINGS })),
        }
    }

    fn import(&mut self, out: &mut Out) {
        self.refused = None;
        for piece in &mut self.pieces {
            piece.take_in(self.wanted, out);
        }
    }
}

/// Adds a list that another client updated: it has to be fetched, which takes its time.
fn add_list(ForeignSubscription { name, url, address }: ForeignSubscription, locale: Locale, out: &mut Out) {
    let name = Some(name).filter(|name| !name.is_empty());
    let said = tr!(locale, "intake-list-added", address = address);
    out.command_saying(Command::SubscriptionAdd { url, name, update_h: None }, said);
}
