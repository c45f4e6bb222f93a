//! The members as cards: state, since when and why, and traffic.

use eframe::egui::{Align, Layout, RichText, Ui, vec2};

use super::super::super::parts;
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use super::super::super::traffic::Rate;
use crate::i18n::{Localize, labels, tr, units};
use crate::model::snapshot::MemberView;

/// Smallest width of a card in points: fits the longest figures in all languages.
const MIN_CARD_WIDTH: f32 = 264.0;

pub(super) fn show(ui: &mut Ui, app: &AppState) {
    let Some(snapshot) = app.snapshot().filter(|snapshot| !snapshot.members.is_empty()) else { return };
    let columns = ((ui.available_width() + 12.0) / (MIN_CARD_WIDTH + 12.0)).floor().max(1.0) as usize;
    let columns = columns.min(snapshot.members.len().max(2));
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        for row in snapshot.members.chunks(columns) {
            // All cards of a row have the same height.
            let has_reasons = row.iter().any(|member| member.why.is_some());
            ui.columns(columns, |places| {
                for (place, member) in places.iter_mut().zip(row) {
                    parts::card(place, |ui| {
                        let reason = has_reasons.then(|| labels::member_reason(app.locale, member));
                        card(ui, app, member, reason);
                    });
                }
            });
        }
    });
}

/// Draws a card. It has a line for the reason if that is given, even if it is empty.
fn card(ui: &mut Ui, app: &AppState, member: &MemberView, reason: Option<String>) {
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.spacing_mut().interact_size.y = 20.0;
    let (locale, palette) = (app.locale, Palette::of(ui));
    let traffic = app.traffic.member(&member.id);
    ui.horizontal(|ui| {
        parts::dot(ui, palette.member(member.state));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(traffic) = traffic {
                parts::swatch(ui, palette.series(traffic.color));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                parts::truncated(ui, RichText::new(labels::named(&member.name, &member.id)).strong());
            });
        });
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(RichText::new(member.state.localize(locale)).color(palette.member(member.state)));
        let age = u64::try_from(app.unix_ms().saturating_sub(member.since)).unwrap_or(0);
        ui.label(RichText::new(tr!(locale, "balance-since", span = units::span(locale, age))).color(palette.weak));
    });
    if let Some(reason) = reason {
        let shown = if reason.is_empty() { " ".to_owned() } else { reason };
        parts::truncated(ui, RichText::new(shown).color(palette.weak));
    }
    ui.add_space(4.0);
    let rate = traffic.map_or(Rate::default(), |traffic| traffic.now(app.second()));
    for pair in figures(app, member, rate).chunks(2) {
        ui.columns(2, |places| {
            for (place, (name, value)) in places.iter_mut().zip(pair) {
                figure(place, name, value);
            }
        });
    }
}

fn figures(app: &AppState, member: &MemberView, rate: Rate) -> [(String, String); 8] {
    let locale = app.locale;
    let millis = |value: Option<u32>| value.map_or_else(|| "–".to_owned(), |value| units::millis(locale, value));
    [
        (tr!(locale, "balance-down"), units::rate(locale, rate.down as u64)),
        (tr!(locale, "balance-up"), units::rate(locale, rate.up as u64)),
        (tr!(locale, "balance-open"), member.active.to_string()),
        (tr!(locale, "balance-total"), member.total.to_string()),
        (tr!(locale, "balance-first-byte"), millis(member.first_byte_ms)),
        (tr!(locale, "balance-check"), millis(member.latency_ms)),
        (tr!(locale, "balance-cpu"), format!("{:.1} %", member.cpu)),
        (tr!(locale, "balance-failures"), member.failures.to_string()),
    ]
}

fn figure(ui: &mut Ui, name: &str, value: &str) {
    ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
    parts::truncated(ui, RichText::new(name).small().color(Palette::of(ui).weak));
    parts::truncated(ui, value);
}
