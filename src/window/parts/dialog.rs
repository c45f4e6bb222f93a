//! Modal dialogs. Esc, or a click outside, closes them.

use eframe::egui::{Align, Context, Frame, Id, LayerId, Layout, Margin, Modal, RichText, Stroke, Ui, vec2};

use super::super::theme::Palette;
use super::{danger, primary};
use crate::i18n::{Locale, tr};

/// Whether a dialog stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogState {
    /// It stays open.
    Open,
    /// The user closed it.
    Closed,
}

/// Draws a dialog with a title, `width` points wide if the window is wide enough.
pub fn dialog<R>(ctx: &Context, title: &str, width: f32, content: impl FnOnce(&mut Ui) -> R) -> (DialogState, R) {
    let modal = Modal::new(Id::unique("dialog").with(title));
    let style = ctx.global_style();
    let visuals = &style.visuals;
    let frame = Frame::new()
        .fill(visuals.window_fill)
        .stroke(visuals.window_stroke)
        .corner_radius(visuals.window_corner_radius)
        .shadow(visuals.window_shadow)
        .inner_margin(Margin::same(20));
    let width = width.min(ctx.content_rect().width() - 80.0);
    let response = modal.frame(frame).show(ctx, |ui| {
        ui.set_width(width);
        ui.label(RichText::new(title).heading());
        ui.add_space(8.0);
        content(ui)
    });
    let shown = if response.should_close() { DialogState::Closed } else { DialogState::Open };
    (shown, response.inner)
}

/// Whether a dialog is open.
pub fn has_dialog(ctx: &Context) -> bool {
    ctx.memory(|memory| !memory.is_above_modal_layer(LayerId::background()))
}

/// A confirmation before something irreversible: `Some(true)` to go ahead, `Some(false)` to cancel.
pub fn confirm(ctx: &Context, locale: Locale, title: &str, text: &str, action: &str) -> Option<bool> {
    let (shown, answer) = dialog(ctx, title, 400.0, |ui| {
        ui.add(eframe::egui::Label::new(text).wrap());
        ui.add_space(12.0);
        buttons(ui, |ui| {
            let is_done = danger(ui, action).clicked();
            let is_left = ui.button(tr!(locale, "window-cancel")).clicked();
            is_done.then_some(true).or(is_left.then_some(false))
        })
    });
    answer.or((shown == DialogState::Closed).then_some(false))
}

/// The buttons at the foot of a dialog: `Some(true)` for `action`, `Some(false)` to cancel.
pub fn foot(ui: &mut Ui, locale: Locale, action: &str) -> Option<bool> {
    foot_enabled(ui, true, locale, action)
}

/// The buttons at the foot of a dialog, whose action can be chosen only if it is `enabled`.
pub fn foot_enabled(ui: &mut Ui, enabled: bool, locale: Locale, action: &str) -> Option<bool> {
    ui.add_space(12.0);
    let rule = Stroke::new(1.0, Palette::of(ui).line);
    let place = ui.available_rect_before_wrap();
    ui.painter().hline(place.x_range(), place.top(), rule);
    ui.add_space(12.0);
    buttons(ui, |ui| {
        let is_done = ui.add_enabled_ui(enabled, |ui| primary(ui, action)).inner.clicked();
        let is_left = ui.button(tr!(locale, "window-cancel")).clicked();
        is_done.then_some(true).or(is_left.then_some(false))
    })
}

/// A row of right-aligned buttons that takes no more height than they need.
fn buttons<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), content).inner
}
