//! The traffic of the members over the last five minutes as a stacked chart: downloads above the axis, uploads below.
//! The table has the same in numbers.

use std::time::Duration;

use eframe::egui::{CollapsingHeader, Grid, RichText, Ui};

use super::super::super::parts::{self, Band};
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use super::super::super::traffic::{MemberTraffic, Rate, SECONDS};
use crate::i18n::{labels, tr, units};

/// Height of the chart in points.
const HEIGHT: f32 = 168.0;

pub(super) fn show(ui: &mut Ui, app: &AppState) {
    let (locale, second) = (app.locale, app.second());
    parts::section(ui, &tr!(locale, "balance-traffic"), |ui| {
        let members = app.traffic.members();
        let palette = Palette::of(ui);
        let bands: Vec<_> = members.iter().map(|member| band(member, second, palette)).collect();
        let sum = members
            .iter()
            .map(|member| member.now(second))
            .fold(Rate::default(), |sum, rate| Rate { up: sum.up + rate.up, down: sum.down + rate.down });
        let (down, up) = (units::rate(locale, sum.down as u64), units::rate(locale, sum.up as u64));
        let description = tr!(locale, "balance-graph", down = down, up = up);
        parts::stacked_chart(ui, &bands, HEIGHT, &description, locale);
        CollapsingHeader::new(tr!(locale, "balance-as-table")).id_salt("traffic table").show(ui, |ui| table(ui, app));
    });
    if app.traffic.has_traffic(second) && ui.input(|input| input.focused) {
        // The chart scrolls even if no message arrives.
        ui.ctx().request_repaint_after(Duration::from_secs(1));
    }
}

fn band(member: &MemberTraffic, second: u64, palette: &Palette) -> Band {
    let last = second.saturating_sub(1);
    let seconds = (0..SECONDS as u64).rev().map(|ago| last.checked_sub(ago));
    let values = seconds.map(|second| second.map_or(Rate::default(), |second| member.rate(second)));
    Band {
        name: labels::named(&member.name, &member.id),
        color: palette.series(member.color),
        values: values.map(|rate| (rate.down, rate.up)).collect(),
    }
}

fn table(ui: &mut Ui, app: &AppState) {
    let (locale, second) = (app.locale, app.second());
    let rate = |bytes: f32| units::rate(locale, bytes as u64);
    let head = [
        tr!(locale, "balance-column-member"),
        tr!(locale, "balance-column-down-now"),
        tr!(locale, "balance-column-down-most"),
        tr!(locale, "balance-column-down-sum"),
        tr!(locale, "balance-column-up-now"),
        tr!(locale, "balance-column-up-most"),
        tr!(locale, "balance-column-up-sum"),
    ];
    Grid::new("traffic").num_columns(head.len()).spacing([16.0, 4.0]).show(ui, |ui| {
        for title in head {
            ui.label(RichText::new(title).small().color(Palette::of(ui).weak));
        }
        ui.end_row();
        for member in app.traffic.members() {
            let (now, (most, sum)) = (member.now(second), member.summary(second));
            ui.label(labels::named(&member.name, &member.id));
            for text in [rate(now.down), rate(most.down), units::bytes(sum.down as u64)] {
                ui.label(text);
            }
            for text in [rate(now.up), rate(most.up), units::bytes(sum.up as u64)] {
                ui.label(text);
            }
            ui.end_row();
        }
    });
}
