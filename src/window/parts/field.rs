//! Input fields and choices, with a label and, for invalid input, an error below.

use std::ops::RangeInclusive;

use eframe::egui::{ComboBox, Id, Response, RichText, TextEdit, Ui, vec2};

use super::super::theme::Palette;
use crate::i18n::{Locale, Localize, tr};
use crate::model::settings::ExpectedValue;

/// Width of the label column in points: fits nearly all labels in all languages; longer ones wrap.
const LABEL: f32 = 184.0;

/// A row with a label on the left and its content on the right; the label becomes the accessible name of the content.
/// `wrong` is the error below it.
pub fn row<R>(ui: &mut Ui, label: &str, wrong: Option<&str>, content: impl FnOnce(&mut Ui) -> R) -> R {
    labelled_row(ui, label, wrong, |ui, _| content(ui))
}

/// As [`row`]; the content also gets the label's id, for widgets that have an accessible name of their own, such as a
/// field with a hint.
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

/// A single-line text field with a label.
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
    /// A field that edits `text`.
    pub fn new(label: &'a str, text: &'a mut String) -> Self {
        Self { label, text, hint: "", wrong: None, is_secret: false, is_first: false, width: 280.0 }
    }

    /// The placeholder while the field is empty.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// The error below the field: which input is valid.
    pub fn wrong(mut self, wrong: Option<&'a str>) -> Self {
        self.wrong = wrong;
        self
    }

    /// Hides the text, as for passwords.
    pub fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }

    /// Takes the keyboard focus when the dialog opens.
    pub fn first(mut self) -> Self {
        self.is_first = true;
        self
    }

    /// Sets the width in points.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Draws the field, and `beside` to its right.
    pub fn show_with(self, ui: &mut Ui, beside: impl FnOnce(&mut Ui)) -> Response {
        let Self { label, text, hint, wrong, is_secret, is_first, width } = self;
        row(ui, label, wrong, |ui| {
            let edit = TextEdit::singleline(text).hint_text(hint.to_owned()).password(is_secret);
            let width = width.min(ui.available_width() - 16.0);
            // A field with a hint would take the hint as its accessible name.
            let response = ui.add(edit.desired_width(width).margin(vec2(8.0, 5.0))).accessible_name(label);
            let appears = !ui.memory(|memory| memory.areas().visible_last_frame(&ui.layer_id()));
            if is_first && appears {
                response.request_focus();
            }
            beside(ui);
            response
        })
    }

    /// Draws the field.
    pub fn show(self, ui: &mut Ui) -> Response {
        self.show_with(ui, |_| {})
    }
}

/// A number field with a label and a unit. Returns `None` while the text is not a number within the bounds; the error
/// below then states the bounds, and the text stays.
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

/// The error for a number that is not within the bounds.
pub fn want_number(locale: Locale, bounds: &RangeInclusive<u64>) -> String {
    let wanted = ExpectedValue::Number { low: *bounds.start(), high: *bounds.end() };
    tr!(locale, "settings-wanted", wanted = wanted.localize(locale))
}

/// The height of a dropdown's list before it scrolls: all strategies are seen at once.
const POPUP_HEIGHT: f32 = 320.0;

/// A dropdown with a label; returns the new choice when it changes.
pub fn choice<T: Clone + PartialEq>(ui: &mut Ui, label: &str, current: &T, all: &[(T, String)]) -> Option<T> {
    row(ui, label, None, |ui| {
        let shown = all.iter().find(|(value, _)| value == current).map_or("", |(_, text)| text);
        let mut chosen = None;
        ComboBox::from_id_salt(label).width(280.0).height(POPUP_HEIGHT).selected_text(shown).show_ui(ui, |ui| {
            for (value, text) in all {
                if ui.selectable_label(value == current, text).clicked() && value != current {
                    chosen = Some(value.clone());
                }
            }
        });
        chosen
    })
}

/// Draws something below a field, aligned with the field rather than with its label.
pub fn beside_labels<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let inner = ui.horizontal_top(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.add_space(LABEL.min(ui.available_width() * 0.4) + ui.spacing().item_spacing.x);
        content(ui)
    });
    inner.inner
}

/// A dropdown without a label; returns the new choice when it changes.
pub fn pick<T: Clone + PartialEq>(ui: &mut Ui, name: &str, width: f32, current: &T, all: &[(T, String)]) -> Option<T> {
    let shown = all.iter().find(|(value, _)| value == current).map_or("", |(_, text)| text);
    let mut chosen = None;
    let combo = ComboBox::from_id_salt(name).width(width).height(POPUP_HEIGHT).selected_text(shown).show_ui(ui, |ui| {
        for (value, text) in all {
            if ui.selectable_label(value == current, text).clicked() && value != current {
                chosen = Some(value.clone());
            }
        }
    });
    combo.response.accessible_name(name);
    chosen
}

/// A search field for a list.
pub fn search(ui: &mut Ui, text: &mut String, name: &str) -> Response {
    let edit = TextEdit::singleline(text).hint_text(name.to_owned()).desired_width(200.0).margin(vec2(8.0, 5.0));
    ui.add(edit).accessible_name(name)
}
