//! The card of a subscription: its address, nodes, last update, and the plan's quota.

use eframe::egui::{Align, Layout, RichText, Ui};
use jiff::tz::TimeZone;

use super::super::super::parts;
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use super::CardAction;
use crate::i18n::{Locale, Localize, labels, progress, subscriptions, tr, units};
use crate::model::snapshot::FetchFor;
use crate::model::subscription::{Plan, SubscriptionView};

/// Share of the quota in per cent above which the bar turns amber.
const QUOTA_WARNING_PERCENT: u64 = 90;

const DAY_MS: i64 = 86_400_000;

/// Milliseconds before the plan's expiry from which it is highlighted.
const EXPIRY_WARNING_MS: i64 = 7 * DAY_MS;

/// Draws the card; returns the action that was clicked.
pub(super) fn show(ui: &mut Ui, app: &AppState, view: &SubscriptionView, is_updating: bool) -> Option<CardAction> {
    let (locale, now) = (app.locale, app.unix_ms());
    let inner = parts::card(ui, |ui| {
        let deed = head(ui, locale, view, is_updating);
        parts::truncated(ui, RichText::new(&view.address).color(Palette::of(ui).weak));
        parts::weak(ui, facts(locale, view, now));
        let fetched = FetchFor::Subscription { name: view.name.clone() };
        let how_far = progress::of(locale, app.fetches(), &fetched);
        if !how_far.is_empty() {
            parts::weak(ui, tr!(locale, "subscriptions-fetching", progress = how_far));
        }
        if let Some(fault) = &view.fault {
            let why = fault.localize(locale);
            let text = tr!(locale, "subscriptions-failed", times = view.failures, why = why);
            ui.add(eframe::egui::Label::new(RichText::new(text).color(Palette::of(ui).red)).wrap());
        }
        plan(ui, locale, &view.plan, now);
        for notice in &view.notices {
            parts::weak(ui, labels::one_line(notice));
        }
        deed
    });
    inner.inner
}

fn head(ui: &mut Ui, locale: Locale, view: &SubscriptionView, is_updating: bool) -> Option<CardAction> {
    let name = || view.name.clone();
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut deed = None;
            let mut button = |ui: &mut Ui, word: String, wanted: CardAction| {
                let description =
                    tr!(locale, "subscriptions-action-of", deed = word.as_str(), name = view.name.as_str());
                let response = ui.button(word).accessible_name(description);
                if response.clicked() {
                    deed = Some(wanted);
                }
            };
            button(ui, tr!(locale, "subscriptions-remove"), CardAction::Remove(name()));
            button(ui, tr!(locale, "subscriptions-edit"), CardAction::Edit(name()));
            if is_updating {
                ui.spinner().accessible_name(tr!(locale, "subscriptions-updating"));
            } else {
                button(ui, tr!(locale, "subscriptions-update"), CardAction::Update(name()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                parts::truncated(ui, RichText::new(labels::one_line(&view.name)).size(16.0).strong());
            });
            deed
        })
        .inner
    })
    .inner
}

/// The facts about it, in one line.
fn facts(locale: Locale, view: &SubscriptionView, now: i64) -> String {
    let span = |from: i64, to: i64| units::span(locale, u64::try_from(to.saturating_sub(from)).unwrap_or(0));
    let parts = [
        Some(tr!(locale, "subscriptions-nodes", count = view.nodes)),
        Some(match view.updated_at {
            Some(at) => tr!(locale, "subscriptions-updated", span = span(at, now)),
            None => tr!(locale, "subscriptions-never"),
        }),
        Some(match view.update_h {
            0 => tr!(locale, "subscriptions-manual"),
            hours => tr!(locale, "subscriptions-every", hours = hours),
        }),
        view.next_at.map(|at| tr!(locale, "subscriptions-next", span = span(now, at))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The plan: a bar if there is a quota, and its expiry.
pub(super) fn plan(ui: &mut Ui, locale: Locale, plan: &Plan, now: i64) {
    if !plan.is_known() {
        return;
    }
    ui.horizontal(|ui| {
        let palette = Palette::of(ui);
        let used = subscriptions::used(locale, plan);
        if let (Some(bytes), Some(total)) = (plan.used, plan.total.filter(|total| *total > 0)) {
            let share = (bytes as f64 / total as f64) as f32;
            let color = match bytes.saturating_mul(100) / total {
                percent if percent >= 100 => palette.red,
                percent if percent >= QUOTA_WARNING_PERCENT => palette.amber,
                _ => palette.accent,
            };
            let description = tr!(locale, "subscriptions-quota", used = used.as_str());
            parts::bar(ui, share, color, &description);
        }
        if !used.is_empty() {
            ui.label(used);
        }
        if let Some(ends_at) = plan.expires_at {
            let day = subscriptions::ends(plan, &TimeZone::system());
            let (text, color) = match ends_at - now {
                left if left <= 0 => (tr!(locale, "subscriptions-ended", day = day), palette.red),
                left if left < EXPIRY_WARNING_MS => (tr!(locale, "subscriptions-ends", day = day), palette.amber),
                _ => (tr!(locale, "subscriptions-ends", day = day), palette.weak),
            };
            ui.label(RichText::new(text).color(color));
        }
    });
}
