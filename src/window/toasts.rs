//! The toasts that are shown in the corner of the window: for how long, and their drawing.

use eframe::egui::{self, Align, Align2, Area, Context, Frame, Id, Layout, Margin, Order, Stroke, Ui, vec2};

use super::effects::Effects;
use super::parts;
use super::theme::Palette;
use super::toast::{Toast, ToastKind};
use crate::i18n::{Locale, tr};

/// Most toasts shown at the same time; the oldest is dropped.
const MAX_TOASTS: usize = 4;

/// Seconds that a toast is shown: enough to read it, and to click its button.
const TOAST_SECONDS: f64 = 4.0;
const ACTION_TOAST_SECONDS: f64 = 10.0;

/// The toasts that are shown.
#[derive(Debug, Default)]
pub(super) struct Toasts {
    shown: Vec<(Toast, f64)>,
}

impl Toasts {
    /// Adds a toast at `now`, in seconds. An equal toast is not added twice but shown for longer.
    pub(super) fn push(&mut self, toast: Toast, now: f64) {
        let seconds = match (toast.kind, &toast.action) {
            (ToastKind::Done, None) => TOAST_SECONDS,
            (ToastKind::Failed, _) | (ToastKind::Done, Some(_)) => ACTION_TOAST_SECONDS,
        };
        self.shown.retain(|(shown, _)| *shown != toast);
        if self.shown.len() == MAX_TOASTS {
            self.shown.remove(0);
        }
        self.shown.push((toast, now + seconds));
    }

    /// Draws all toasts, and requests a frame for when the next one expires.
    pub(super) fn show(&mut self, ctx: &Context, locale: Locale, effects: &mut Effects) {
        let now = ctx.input(|input| input.time);
        self.shown.retain(|(_, until)| *until > now);
        let Some(next) = self.shown.iter().map(|(_, until)| until - now).reduce(f64::min) else { return };
        ctx.request_repaint_after(std::time::Duration::from_secs_f64(next));
        let mut expired = None;
        let area =
            Area::new(Id::unique("toasts")).order(Order::Tooltip).anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -64.0));
        area.show(ctx, |ui| {
            for (place, (toast, _)) in self.shown.iter().enumerate() {
                if draw(ui, toast, locale, effects) {
                    expired = Some(place);
                }
            }
        });
        if let Some(place) = expired {
            self.shown.remove(place);
        }
    }
}

/// Draws a toast; returns whether to close it.
fn draw(ui: &mut Ui, toast: &Toast, locale: Locale, effects: &mut Effects) -> bool {
    let palette = Palette::of(ui);
    let color = match toast.kind {
        ToastKind::Done => palette.green,
        ToastKind::Failed => palette.red,
    };
    let frame = Frame::new()
        .fill(palette.card)
        .stroke(Stroke::new(1.0, palette.frame))
        .corner_radius(8)
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin::symmetric(12, 8));
    let inner = frame.show(ui, |ui| {
        ui.set_width(320.0);
        ui.horizontal(|ui| {
            parts::dot(ui, color);
            // The button first, on the right, so that the text wraps in the remaining width.
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let is_closed = parts::cross(ui, &tr!(locale, "window-close")).clicked();
                let is_acted = toast.action.as_ref().is_some_and(|(word, command)| {
                    let is_clicked = ui.button(word).clicked();
                    if is_clicked {
                        effects.command(command.clone());
                    }
                    is_clicked
                });
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(egui::Label::new(&toast.text).wrap());
                });
                is_acted || is_closed
            })
            .inner
        })
        .inner
    });
    inner.inner
}
