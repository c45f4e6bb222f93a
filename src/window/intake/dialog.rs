//! What is on its way in, as a person sees it: what was understood, what was not and why, and two buttons.

use eframe::egui::{Align, Color32, Key, Label, Layout, RichText, ScrollArea, TextStyle, Ui, vec2};

use super::piece::{Origin, Piece, Stage, Wanted};
use crate::i18n::{Locale, Localize, foreign, tr, words};
use crate::model::PluginRequest;
use crate::model::foreign::ForeignSettings;
use crate::model::list::Where;
use crate::model::node::authority;
use crate::model::preview::{Found, PreviewRow};
use crate::window::known::Known;
use crate::window::parts::{self, Shown};
use crate::window::theme::Palette;

/// The dialog's width in points, and the room that all but the list takes of the window's height.
const WIDTH: f32 = 660.0;
const AROUND: f32 = 260.0;

/// Lines that were not understood and are seen at once, beside those that were.
const REFUSED: usize = 4;

/// Room for the settings of another client, in points.
const SETTINGS: f32 = 128.0;

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

/// Draws it. `wanted` is what a person wants of the texts.
pub(super) fn show(ui: &Ui, known: &Known, pieces: &[Piece], wanted: &mut Wanted, refused: Option<&str>) -> Verdict {
    let locale = known.locale;
    let (shown, answer) = parts::dialog(ui.ctx(), &tr!(locale, "intake-title"), WIDTH, |ui| {
        let is_from_elsewhere = pieces.iter().any(|piece| piece.origin == Origin::Elsewhere);
        if is_from_elsewhere {
            parts::weak(ui, tr!(locale, "intake-from-elsewhere"));
        }
        let is_open = pieces.iter().any(Piece::is_open);
        if is_open {
            ui.horizontal(|ui| parts::busy(ui, &tr!(locale, "intake-looking")));
        }
        let (understood, not) = lines(pieces);
        let counts = Counts::of(&understood, &not);
        if !understood.is_empty() || !not.is_empty() {
            ui.label(RichText::new(counts.summary(locale)).strong());
            ui.add_space(4.0);
        }
        let settings: Vec<_> = pieces.iter().filter_map(Piece::settings).collect();
        lists(ui, known, &understood, &not, !settings.is_empty());
        let takes_settings = !settings.is_empty() && self::settings(ui, locale, &settings, wanted);
        if let Some(refused) = refused {
            ui.add(Label::new(RichText::new(refused).color(Palette::of(ui).red)).wrap());
        }
        let action = tr!(locale, "intake-import", count = counts.new);
        let can = !is_open && (counts.new > 0 || takes_settings);
        let answer = parts::foot(ui, locale, &action, can);
        // A key that was meant for another window takes in nothing that came unasked.
        answer.or((can && !is_from_elsewhere && is_entered(ui)).then_some(true))
    });
    match (answer, shown) {
        (Some(true), _) => Verdict::Import,
        (Some(false), _) | (None, Shown::Closed) => Verdict::Close,
        (None, Shown::Open) => Verdict::None,
    }
}

/// Whether the Enter key is pressed while no button has the keyboard.
fn is_entered(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_none()) && ui.input(|input| input.key_pressed(Key::Enter))
}

/// What was understood, and what was not; each in the order of its text.
fn lines(pieces: &[Piece]) -> (Vec<Line<'_>>, Vec<Line<'_>>) {
    let rows = pieces.iter().flat_map(|piece| piece.rows().iter().map(|row| Line::Row(&piece.origin, row)));
    let useless = pieces.iter().filter_map(|piece| {
        if let Stage::Useless { reason } = &piece.stage { Some(Line::Useless(&piece.origin, reason)) } else { None }
    });
    rows.chain(useless).partition(|line| !line.is_refused())
}

impl Line<'_> {
    fn is_refused(&self) -> bool {
        match self {
            Self::Row(_, row) => matches!(row.found, Found::Refused { .. }),
            Self::Useless(..) => true,
        }
    }
}

impl Counts {
    fn of(understood: &[Line<'_>], not: &[Line<'_>]) -> Self {
        let is_new = |line: &&Line<'_>| matches!(line, Line::Row(_, PreviewRow { found: Found::New { .. }, .. }));
        let new = understood.iter().filter(is_new).count();
        Self { new, known: understood.len() - new, refused: not.len() }
    }

    fn summary(&self, locale: Locale) -> String {
        let parts = [
            (self.new > 0).then(|| tr!(locale, "intake-new", count = self.new)),
            (self.known > 0).then(|| tr!(locale, "intake-known", count = self.known)),
            (self.refused > 0).then(|| tr!(locale, "intake-refused", count = self.refused)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// Both lists, each in a place of its own: what was not understood must not be looked for at the end of a
/// long list.
fn lists(ui: &mut Ui, known: &Known, understood: &[Line<'_>], not: &[Line<'_>], has_settings: bool) {
    let height = ui.text_style_height(&TextStyle::Body) + 6.0;
    let below = not.len().min(if understood.is_empty() { not.len() } else { REFUSED }) as f32 * height;
    let settings = if has_settings { SETTINGS } else { 0.0 };
    let room = ui.ctx().content_rect().height() - AROUND - settings;
    list(ui, known, "understood", understood, (room - below).max(3.0 * height));
    list(ui, known, "refused", not, below.min(room).max(height));
}

fn list(ui: &mut Ui, known: &Known, name: &str, lines: &[Line<'_>], room: f32) {
    if lines.is_empty() {
        return;
    }
    let height = ui.text_style_height(&TextStyle::Body) + 6.0;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical().id_salt(name).max_height(room).auto_shrink([false, true]);
        area.show_rows(ui, height, lines.len(), |ui, seen| {
            for line in &lines[seen] {
                let size = vec2(ui.available_width(), height);
                ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| one(ui, known, line));
            }
        });
    });
    ui.add_space(8.0);
}

/// The settings of other clients, and whether they are wanted.
fn settings(ui: &mut Ui, locale: Locale, found: &[&ForeignSettings], wanted: &mut Wanted) -> bool {
    let mut takes = *wanted == Wanted::NodesAndSettings;
    parts::check(ui, &mut takes, &tr!(locale, "intake-settings"));
    *wanted = if takes { Wanted::NodesAndSettings } else { Wanted::Nodes };
    let area = ScrollArea::vertical().id_salt("settings").max_height(SETTINGS - 40.0).auto_shrink([false, true]);
    area.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for settings in found {
            // The head of the lines is what stands beside the box.
            foreign::lines(locale, settings).into_iter().skip(1).for_each(|line| drop(parts::weak(ui, line)));
        }
    });
    takes
}

fn one(ui: &mut Ui, known: &Known, line: &Line<'_>) {
    let (locale, palette) = (known.locale, Palette::of(ui));
    let (origin, row) = match line {
        Line::Row(origin, row) => (*origin, *row),
        Line::Useless(origin, reason) => {
            state(ui, &tr!(locale, "intake-row-refused"), palette.red);
            return told(ui, placed(locale, origin, (*reason).to_owned()));
        }
    };
    match &row.found {
        Found::New { id, name, kind, host, port, legacy, plugin, plugin_options, plugin_allowed, .. } => {
            state(ui, &tr!(locale, "intake-row-new"), palette.green);
            node(ui, &words::named(name, id), kind, &authority(host, *port));
            if let Some(weakness) = legacy {
                let mark = ui.label(RichText::new("⚠").color(palette.amber));
                mark.on_hover_text(weakness.localize(locale));
            }
            let (plugin, options) = (plugin.clone(), plugin_options.clone());
            if *plugin_allowed && !plugin.is_empty() {
                parts::weak(ui, words::one_line(&[plugin, options].join(" ")));
            } else if !plugin_allowed {
                ui.colored_label(palette.amber, PluginRequest { plugin, options }.localize(locale));
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
            let why = error.localize(locale);
            let text = match row.place {
                Where::Line(line) => tr!(locale, "cli-import-line", line = line, why = why),
                Where::Server(server) => tr!(locale, "cli-import-server", server = server, why = why),
            };
            told(ui, placed(locale, origin, text));
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

/// A text with the file that it is about, where it is about one.
fn placed(locale: Locale, origin: &Origin, text: String) -> String {
    match origin {
        Origin::File(name) => tr!(locale, "fault-detail", what = name.as_str(), detail = text),
        Origin::Own | Origin::Elsewhere => text,
    }
}

fn told(ui: &mut Ui, text: String) {
    parts::truncated(ui, text);
}
