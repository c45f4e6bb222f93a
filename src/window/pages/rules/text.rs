//! A file of rules in an editor: the user's own rules, or the access list. It is read when the page comes
//! to be shown; what is typed is kept until it is applied or discarded, whatever the engine says to it.

use eframe::egui::Ui;

use super::super::super::known::Known;
use super::super::super::out::{Answer, Brought, Errand, Out, Ticket};
use super::super::super::parts::{self, Draft, Marks, PathDialog, PathDone, Verdict};
use super::super::super::theme::Palette;
use super::super::super::toasts::Toast;
use super::entries;
use crate::control::protocol::LONGEST_REQUEST;
use crate::i18n::{Locale, Localize, tr};
use crate::model::route::RulesFile;
use crate::model::{Command, Fault, FaultCode, Reply};

/// Reasons that are shown below an editor; more would push everything else away.
const REASONS: usize = 8;

/// Which file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The user's own rules.
    Own,
    /// The access list.
    Acl,
}

/// A file in an editor.
pub(super) struct Text {
    kind: Kind,
    file: Option<RulesFile>,
    asked: Option<Ticket>,
    fault: Option<Fault>,
    draft: Draft<String>,
    marks: Marks,
    asking: Option<PathDialog>,
    chosen: Option<Ticket>,
}

impl Text {
    pub(super) fn of(kind: Kind) -> Self {
        let (draft, marks) = (Draft::default(), Marks::default());
        Self { kind, file: None, asked: None, fault: None, draft, marks, asking: None, chosen: None }
    }

    pub(super) fn ask(&mut self, out: &mut Out) {
        self.asked = Some(out.ask(match self.kind {
            Kind::Own => Command::RulesText,
            Kind::Acl => Command::AclText,
        }));
    }

    pub(super) fn show(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        let (title, text) = match self.kind {
            Kind::Own => (tr!(locale, "rules-own-title"), tr!(locale, "rules-own-text")),
            Kind::Acl => (tr!(locale, "rules-acl-title"), tr!(locale, "rules-acl-text")),
        };
        parts::card(ui, |ui| {
            let heading = parts::heading(ui, &title).id;
            ui.add_space(4.0);
            parts::weak(ui, text);
            if self.file.is_none() {
                self.missing(ui, known, out);
                return;
            }
            if self.kind == Kind::Acl {
                self.presets(ui, known, out);
            }
            self.edit(ui, heading, known.locale, &title);
            self.foot(ui, known, &title, out);
        });
    }

    /// Before the file was read, and where it cannot be.
    fn missing(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        if let Some(fault) = &self.fault {
            parts::failed(ui, known.locale, fault);
            if ui.button(tr!(known.locale, "rules-read-again")).clicked() {
                self.ask(out);
            }
        } else if self.asked.is_none() && known.snapshot().is_some() {
            self.ask(out);
        }
    }

    fn edit(&mut self, ui: &mut Ui, heading: eframe::egui::Id, locale: Locale, title: &str) {
        let Some(file) = &self.file else { return };
        let typed = self.draft.over(&file.text);
        ui.label_inputs_by(heading, |ui| parts::editor(ui, locale, title, typed, &mut self.marks));
    }

    fn foot(&mut self, ui: &mut Ui, known: &Known, title: &str, out: &mut Out) {
        let locale = known.locale;
        parts::reasons(ui, &self.marks, 0..REASONS, |bad| {
            tr!(locale, "rules-bad-line", line = bad.line, why = bad.reason.localize(locale))
        });
        let more = self.marks.lines().count().saturating_sub(REASONS);
        if more > 0 {
            parts::weak(ui, tr!(locale, "rules-more-bad", count = more));
        }
        let is_large = self.draft.typed().is_some_and(|typed| !fits(typed));
        let too_large = is_large.then(|| Fault::new(FaultCode::TooLarge, ""));
        too_large.iter().for_each(|fault| parts::failed(ui, locale, fault));
        let wrong: Vec<_> = too_large.iter().map(|fault| fault.localize(locale)).collect();
        match self.draft.foot(ui, locale, title, &wrong) {
            Some(Verdict::Apply) => self.apply(out),
            Some(Verdict::Discard) => {
                self.draft.discard();
                self.marks = Marks::default();
            }
            None => {}
        }
        if let Some(file) = &self.file {
            let empty = self.kind == Kind::Acl && file.text.is_empty();
            let path = if empty { tr!(locale, "rules-acl-none") } else { file.path.clone() };
            let color = Palette::of(ui).weak;
            parts::truncated(ui, eframe::egui::RichText::new(path).small().color(color));
        }
    }

    fn apply(&mut self, out: &mut Out) {
        let Some(text) = self.draft.typed().cloned() else { return };
        self.draft.send(
            match self.kind {
                Kind::Own => Command::RulesWrite { text },
                Kind::Acl => Command::AclWrite { text },
            },
            out,
        );
    }

    pub(super) fn hear(&mut self, ticket: Ticket, answer: &Answer) {
        if let Some(Ok(Reply::Written(bad))) = self.draft.hear(ticket, answer) {
            let typed = self.draft.typed().cloned().unwrap_or_default();
            if bad.is_empty() {
                self.draft.settle();
                self.marks = Marks::default();
                self.file.iter_mut().for_each(|file| file.text.clone_from(&typed));
            } else {
                self.marks = Marks::of(bad, &typed);
            }
        }
        if self.asked == Some(ticket) {
            self.asked = None;
            match answer {
                Answer::Engine(Ok(Reply::Rules(file))) => (self.file, self.fault) = (Some(file.clone()), None),
                Answer::Engine(Err(fault)) => self.fault = Some(fault.clone()),
                Answer::Engine(Ok(_)) | Answer::Errand(_) => {}
            }
        }
    }

    /// Things that many want in an access list.
    fn presets(&mut self, ui: &mut Ui, known: &Known, out: &mut Out) {
        let locale = known.locale;
        ui.horizontal_wrapped(|ui| {
            if ui.button(tr!(locale, "rules-acl-lan")).on_hover_text(tr!(locale, "rules-acl-lan-text")).clicked() {
                self.add(entries::NEAR.map(str::to_owned).to_vec(), known, out);
            }
            let merge = ui.button(tr!(locale, "rules-acl-merge")).on_hover_text(tr!(locale, "rules-acl-merge-text"));
            if merge.clicked() {
                self.asking = Some(PathDialog::default());
            }
        });
        self.ask_for_file(ui, known, out);
    }

    /// Asks for the file that is to be merged in.
    fn ask_for_file(&mut self, ui: &Ui, known: &Known, out: &mut Out) {
        let Some(asking) = &mut self.asking else { return };
        let locale = known.locale;
        match asking.show(ui, locale, &tr!(locale, "rules-acl-merge"), &tr!(locale, "path-open-action")) {
            PathDone::NotYet => {}
            PathDone::Closed => self.asking = None,
            PathDone::Path(path) => self.chosen = Some(out.errand(Errand::ReadFile(path))),
            PathDone::Browse => {
                self.chosen = Some(out.errand(Errand::OpenFile { endings: &["txt", "acl", "list", "conf"] }));
            }
        }
    }

    /// Hears the file that is to be merged in.
    pub(super) fn hear_file(&mut self, ticket: Ticket, answer: &Answer, known: &Known, out: &mut Out) {
        if self.chosen != Some(ticket) {
            return;
        }
        self.chosen = None;
        match answer {
            Answer::Errand(Ok(Brought::File { bytes, .. })) => {
                self.asking = None;
                self.add(entries::of(&String::from_utf8_lossy(bytes)), known, out);
            }
            Answer::Errand(Err(why)) => {
                self.asking.iter_mut().for_each(|asking| asking.refused = Some(why.clone()));
            }
            Answer::Errand(Ok(_)) | Answer::Engine(_) => {}
        }
    }

    fn add(&mut self, found: Vec<String>, known: &Known, out: &mut Out) {
        let Some(file) = &self.file else { return };
        let typed = self.draft.over(&file.text);
        let (text, added) = entries::bypassing(typed, &found);
        *typed = text;
        out.tell(Toast::done(tr!(known.locale, "rules-acl-added", count = added)));
    }
}

/// Whether a text fits into what the engine takes at once. Asked of each frame, so most texts are not counted.
fn fits(text: &str) -> bool {
    // A letter takes six bytes as JSON at most; most texts are far from it.
    text.len() < LONGEST_REQUEST / 6
        || serde_json::to_string(text).is_ok_and(|json| json.len() < LONGEST_REQUEST - 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_many_megabytes_fits_and_one_beyond_what_is_taken_does_not() {
        assert!(fits(&"||a.test\n".repeat(1 << 18)));
        // Each of these letters takes six bytes as JSON.
        assert!(!fits(&"\u{1}".repeat(LONGEST_REQUEST / 6)));
    }
}
