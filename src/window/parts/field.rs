//! What is typed into or chosen from, with its label and, where it is wrong, what is wanted.

use std::ops::RangeInclusive;

use eframe::egui::{ComboBox, Id, Response, RichText, TextEdit, Ui, vec2};

use super::super::theme::Palette;
use crate::i18n::{Locale, Localize, tr};
use crate::model::settings::Wanted;

/// The room for labels beside fields, in points: nearly all in any language; longer ones take two lines.
const LABEL: f32 = 184.0;

/// A line with a label on the left and whatever belongs to it on the right; what is added there carries the
/// label for those who do not see it. `wrong` is what is wanted instead, shown below.
pub fn row<R>(ui: &mut Ui, label: &str, wrong: Option<&str>, content: impl FnOnce(&mut Ui) -> R) -> R {
    labelled_row(ui, label, wrong, |ui, _| content(ui))
}

/// As [`row`]; the content gets the label's id too, for what has a name of its own, as a field with a hint has.
pub fn labelled_row<R>(ui: &mut Ui, label: &str, wrong: Option<&str>, content: impl FnOnce(&mut Ui, Id) -> R) -> R {
    let inner = ui.horizontal(|ui| {
        let width = LABEL.min(ui.available_width() * 0.4);
        let text = RichText::new(label).color(Palette::of(ui).text);
        let named = ui.allocate_ui_with_layout(
            vec2(width, ui.spacing().interact_size.y),
            eframe::egui::Layout::left_to_right(eframe::egui::Align::Center),
            |ui| {
                ui.set_min_width(width);
                ui.add(eframe::egui::Label::new(text).wrap())
            },
        );
        let id = named.inner.id;
        ui.label_inputs_by(id, |ui| content(ui, id))
    });
    if let Some(wrong) = wrong {
        ui.horizontal(|ui| {
            ui.add_space(LABEL.min(ui.available_width() * 0.4) + 8.0);
            let color = Palette::of(ui).red;
            ui.add(eframe::egui::Label::new(RichText::new(wrong).small().color(color)).wrap());
        });
    }
    inner.inner
}

/// A line of text with its label.
pub struct Field<'a> {
    label: &'a str,
    text: &'a mut String,
    hint: &'a str,
    wrong: Option<&'a str>,
    is_secret: bool,
    is_first: bool,
    width: f32,
}

impl<'a> Field<'a> {
    /// A field that is typed into.
    pub fn new(label: &'a str, text: &'a mut String) -> Self {
        Self { label, text, hint: "", wrong: None, is_secret: false, is_first: false, width: 280.0 }
    }

    /// What stands there while it is empty.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// What is wanted instead of what was typed.
    pub fn wrong(mut self, wrong: Option<&'a str>) -> Self {
        self.wrong = wrong;
        self
    }

    /// Shown as dots.
    pub fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }

    /// The keyboard is here when the dialog appears.
    pub fn first(mut self) -> Self {
        self.is_first = true;
        self
    }

    /// As wide as so many points.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Draws it, with what `beside` adds to its right.
    pub fn show_with(self, ui: &mut Ui, beside: impl FnOnce(&mut Ui)) -> Response {
        let Self { label, text, hint, wrong, is_secret, is_first, width } = self;
        row(ui, label, wrong, |ui| {
            let edit = TextEdit::singleline(text).hint_text(hint.to_owned()).password(is_secret);
            let width = width.min(ui.available_width() - 16.0);
            // By itself a field with a hint would be called by that.
            let response = ui.add(edit.desired_width(width).margin(vec2(8.0, 5.0))).accessible_name(label);
            let appears = !ui.memory(|memory| memory.areas().visible_last_frame(&ui.layer_id()));
            if is_first && appears {
                response.request_focus();
            }
            beside(ui);
            response
        })
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> Response {
        self.show_with(ui, |_| {})
    }
}

/// A number within bounds that is typed, with its label and the unit behind it; none while what is typed is
/// no such number, and then what is wanted is said and what was typed stays.
pub fn number(
    ui: &mut Ui,
    locale: Locale,
    label: &str,
    text: &mut String,
    bounds: RangeInclusive<u64>,
    unit: &str,
) -> Option<u64> {
    let within = |text: &str| text.trim().parse().ok().filter(|number| bounds.contains(number));
    let wanted = want_number(locale, &bounds);
    let wrong = within(text).is_none().then_some(wanted.as_str());
    Field::new(label, text).width(88.0).wrong(wrong).show_with(ui, |ui| {
        ui.label(RichText::new(unit).color(Palette::of(ui).weak));
    });
    within(text)
}

/// What is wanted where a number within bounds is typed.
pub fn want_number(locale: Locale, bounds: &RangeInclusive<u64>) -> String {
    let wanted = Wanted::Number { low: *bounds.start(), high: *bounds.end() };
    tr!(locale, "settings-wanted", wanted = wanted.localize(locale))
}

/// One of several from a list, with its label: the one that a person takes, if it is another.
pub fn choice<T: Clone + PartialEq>(ui: &mut Ui, label: &str, current: &T, all: &[(T, String)]) -> Option<T> {
    row(ui, label, None, |ui| {
        let shown = all.iter().find(|(value, _)| value == current).map_or("", |(_, text)| text);
        let mut chosen = None;
        ComboBox::from_id_salt(label).width(280.0).selected_text(shown).show_ui(ui, |ui| {
            for (value, text) in all {
                if ui.selectable_label(value == current, text).clicked() && value != current {
                    chosen = Some(value.clone());
                }
            }
        });
        chosen
    })
}

/// What stands below a field, under what is typed rather than under its label.
pub fn beside_labels<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let inner = ui.horizontal_top(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.add_space(LABEL.min(ui.available_width() * 0.4) + ui.spacing().item_spacing.x);
        content(ui)
    });
    inner.inner
}

/// One of several from a list without a label beside it: the one that a person takes, if it is another.
pub fn pick<T: Clone + PartialEq>(ui: &mut Ui, name: &str, width: f32, current: &T, all: &[(T, String)]) -> Option<T> {
    let shown = all.iter().find(|(value, _)| value == current).map_or("", |(_, text)| text);
    let mut chosen = None;
    let combo = ComboBox::from_id_salt(name).width(width).selected_text(shown).show_ui(ui, |ui| {
        for (value, text) in all {
            if ui.selectable_label(value == current, text).clicked() && value != current {
                chosen = Some(value.clone());
            }
        }
    });
    combo.response.accessible_name(name);
    chosen
}

/// A field for what is looked for in a list.
pub fn search(ui: &mut Ui, text: &mut String, name: &str) -> Response {
    let edit = TextEdit::singleline(text).hint_text(name.to_owned()).desired_width(200.0).margin(vec2(8.0, 5.0));
    ui.add(edit).accessible_name(name)
}
