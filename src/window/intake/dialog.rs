//! What is on its way in, as a person sees it: what was understood, what was not and why, and two buttons.

use eframe::egui::{Align, Color32, Label, Layout, RichText, ScrollArea, TextStyle, Ui, vec2};

use super::piece::{Origin, Piece, Stage};
use crate::i18n::{Locale, reasons, tr, words};
use crate::model::list::Where;
use crate::model::preview::{Found, PreviewRow};
use crate::window::known::Known;
use crate::window::parts::{self, Shown};
use crate::window::theme::Palette;

/// The dialog's width in points, and the room that all but the list takes of the window's height.
const WIDTH: f32 = 660.0;
const AROUND: f32 = 260.0;

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing yet.
    None,
    /// It is to be added.
    Import,
    /// It is to be forgotten.
    Close,
}

/// A line of the list.
enum Line<'a> {
    Row(&'a Origin, &'a PreviewRow),
    Useless(&'a Origin, &'a str),
}

/// How many items there are of each kind.
#[derive(Default)]
struct Counts {
    new: usize,
    known: usize,
    refused: usize,
}

/// Draws it.
pub(super) fn show(ui: &Ui, known: &Known, pieces: &[Piece], refused: Option<&str>) -> Verdict {
    let locale = known.locale;
    let (shown, answer) = parts::dialog(ui.ctx(), &tr!(locale, "intake-title"), WIDTH, |ui| {
        if pieces.iter().any(|piece| piece.origin == Origin::Elsewhere) {
            parts::weak(ui, tr!(locale, "intake-from-elsewhere"));
        }
        let is_open = pieces.iter().any(|piece| piece.stage.is_open());
        let lines = lines(pieces);
        let counts = counts(&lines);
        if is_open {
            ui.horizontal(|ui| {
                parts::busy(ui, &tr!(locale, "intake-looking"));
            });
        }
        if !lines.is_empty() {
            ui.label(RichText::new(summary(locale, &counts)).strong());
            ui.add_space(4.0);
            list(ui, known, &lines);
        }
        if let Some(refused) = refused {
            ui.add(Label::new(RichText::new(refused).color(Palette::of(ui).red)).wrap());
        }
        let action = tr!(locale, "intake-import", count = counts.new);
        parts::foot(ui, locale, &action, !is_open && counts.new > 0)
    });
    match (answer, shown) {
        (Some(true), _) => Verdict::Import,
        (Some(false), _) | (None, Shown::Closed) => Verdict::Close,
        (None, Shown::Open) => Verdict::None,
    }
}

/// What was understood comes first, each in the order of its text; then what was not.
fn lines(pieces: &[Piece]) -> Vec<Line<'_>> {
    let rows = || pieces.iter().flat_map(|piece| piece.stage.rows().iter().map(|row| Line::Row(&piece.origin, row)));
    let useless = pieces.iter().filter_map(|piece| {
        if let Stage::Useless { reason } = &piece.stage { Some(Line::Useless(&piece.origin, reason)) } else { None }
    });
    let mut lines: Vec<_> = rows().filter(|line| !line.is_refused()).collect();
    lines.extend(useless);
    lines.extend(rows().filter(Line::is_refused));
    lines
}

impl Line<'_> {
    fn is_refused(&self) -> bool {
        match self {
            Self::Row(_, row) => matches!(row.found, Found::Refused { .. }),
            Self::Useless(..) => true,
        }
    }
}

fn counts(lines: &[Line<'_>]) -> Counts {
    let mut counts = Counts::default();
    for line in lines {
        match line {
            Line::Row(_, PreviewRow { found: Found::New { .. }, .. }) => counts.new += 1,
            Line::Row(_, PreviewRow { found: Found::Known { .. }, .. }) => counts.known += 1,
            Line::Row(_, PreviewRow { found: Found::Refused { .. }, .. }) | Line::Useless(..) => counts.refused += 1,
        }
    }
    counts
}

fn summary(locale: Locale, counts: &Counts) -> String {
    let parts = [
        (counts.new > 0).then(|| tr!(locale, "intake-new", count = counts.new)),
        (counts.known > 0).then(|| tr!(locale, "intake-known", count = counts.known)),
        (counts.refused > 0).then(|| tr!(locale, "intake-refused", count = counts.refused)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn list(ui: &mut Ui, known: &Known, lines: &[Line<'_>]) {
    let height = ui.text_style_height(&TextStyle::Body) + 6.0;
    let room = (ui.ctx().content_rect().height() - AROUND).max(4.0 * height);
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt("intake").max_height(room).auto_shrink([false, true]);
    area.show_rows(ui, height, lines.len(), |ui, seen| {
        for line in &lines[seen] {
            ui.allocate_ui_with_layout(
                vec2(ui.available_width(), height),
                Layout::left_to_right(Align::Center),
                |ui| one(ui, known, line),
            );
        }
    });
    ui.add_space(8.0);
}

fn one(ui: &mut Ui, known: &Known, line: &Line<'_>) {
    let (locale, palette) = (known.locale, Palette::of(ui));
    let (origin, row) = match line {
        Line::Row(origin, row) => (*origin, *row),
        Line::Useless(origin, reason) => {
            state(ui, &tr!(locale, "intake-row-refused"), palette.red);
            let text = match origin {
                Origin::File(name) => tr!(locale, "fault-detail", what = name.as_str(), detail = *reason),
                Origin::Own | Origin::Elsewhere => (*reason).to_owned(),
            };
            return told(ui, text);
        }
    };
    match &row.found {
        Found::New { id, name, kind, host, port, legacy, .. } => {
            state(ui, &tr!(locale, "intake-row-new"), palette.green);
            node(ui, &words::named(name, id), kind, &authority(host, *port));
            if let Some(weakness) = legacy {
                let mark = ui.label(RichText::new("⚠").color(palette.amber));
                mark.on_hover_text(words::weakness(locale, *weakness));
            }
        }
        Found::Known { id, name } => match known.node(id) {
            Some(there) => {
                let is_renamed = !name.is_empty() && there.name != *name;
                let word = if is_renamed { tr!(locale, "intake-row-renamed") } else { tr!(locale, "intake-row-known") };
                state(ui, &word, palette.weak);
                let shown = if is_renamed {
                    let (new, old) = (words::one_line(name), words::named(&there.name, id));
                    tr!(locale, "intake-renamed", new = new, old = old)
                } else {
                    words::named(&there.name, id)
                };
                node(ui, &shown, &there.kind, &authority(&there.host, there.port));
            }
            None => {
                state(ui, &tr!(locale, "intake-row-twice"), palette.weak);
                told(ui, words::named(name, id));
            }
        },
        Found::Refused { error, .. } => {
            state(ui, &tr!(locale, "intake-row-refused"), palette.red);
            let why = reasons::link(locale, error);
            let text = match row.place {
                Where::Line(line) => tr!(locale, "cli-import-line", line = line, why = why),
                Where::Server(server) => tr!(locale, "cli-import-server", server = server, why = why),
            };
            told(
                ui,
                match origin {
                    Origin::File(name) => tr!(locale, "fault-detail", what = name.as_str(), detail = text),
                    Origin::Own | Origin::Elsewhere => text,
                },
            );
        }
    }
}

fn state(ui: &mut Ui, word: &str, color: Color32) {
    cell(ui, 96.0, RichText::new(word).color(color));
}

fn node(ui: &mut Ui, name: &str, kind: &str, server: &str) {
    let weak = Palette::of(ui).weak;
    let wide = ui.available_width();
    cell(ui, wide * 0.46, RichText::new(name));
    cell(ui, 56.0, RichText::new(kind).color(weak));
    cell(ui, (ui.available_width() - 24.0).max(80.0), RichText::new(server).color(weak));
}

/// A text in a column of its own.
fn cell(ui: &mut Ui, width: f32, text: RichText) {
    ui.allocate_ui_with_layout(vec2(width, ui.available_height()), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        parts::truncated(ui, text);
    });
}

fn told(ui: &mut Ui, text: String) {
    parts::truncated(ui, text);
}

fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
