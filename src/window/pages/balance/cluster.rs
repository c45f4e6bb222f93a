//! The load balancing settings: on or off, group, size, strategy. Each is applied at once.

use std::ops::RangeInclusive;

use eframe::egui::{RichText, Ui};

use super::super::super::effects::Effects;
use super::super::super::parts;
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use crate::i18n::{labels, tr};
use crate::model::snapshot::ClusterView;
use crate::model::{Command, Strategy};

/// Valid pool sizes.
const SIZES: RangeInclusive<u64> = 1..=64;

/// The load balancing section.
#[derive(Default)]
pub(super) struct ClusterControls {
    /// The text of the size field while it is being edited or invalid.
    size: Option<String>,
}

impl ClusterControls {
    pub(super) fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let Some(snapshot) = app.snapshot() else { return };
        let (locale, cluster) = (app.locale, &snapshot.cluster);
        parts::section(ui, &tr!(locale, "menu-load-balancing"), |ui| {
            on_or_off(ui, app, cluster, effects);
            group(ui, app, cluster, effects);
            self.size(ui, app, cluster, effects);
            strategy(ui, app, cluster, effects);
        });
    }

    fn size(&mut self, ui: &mut Ui, app: &AppState, cluster: &ClusterView, effects: &mut Effects) {
        let (locale, label) = (app.locale, tr!(app.locale, "balance-size"));
        let mut text = self.size.clone().unwrap_or_else(|| cluster.size.to_string());
        let size: Option<u64> = text.trim().parse().ok().filter(|size| SIZES.contains(size));
        let wanted = parts::want_number(locale, &SIZES);
        let field = parts::Field::new(&label, &mut text).width(88.0).wrong(size.is_none().then_some(&wanted));
        let response = field.show_with(ui, |ui| {
            let serving = app
                .snapshot()
                .map_or(0, |snapshot| snapshot.members.iter().filter(|member| member.state.is_serving()).count());
            if cluster.on {
                let text = tr!(locale, "balance-serving", serving = serving, size = cluster.size);
                ui.label(RichText::new(text).color(Palette::of(ui).weak));
            }
        });
        if response.changed() {
            self.size = Some(text);
        } else if let Some(size) = size
            && !response.has_focus()
            && self.size.take().is_some()
            && size != cluster.size as u64
        {
            effects.command(set("cluster.size", size.to_string()));
        }
    }
}

fn on_or_off(ui: &mut Ui, app: &AppState, cluster: &ClusterView, effects: &mut Effects) {
    let label = tr!(app.locale, "balance-on");
    parts::row(ui, &label, None, |ui| {
        let can = app.snapshot().is_some_and(|snapshot| snapshot.nodes > 0);
        let switch = ui.add_enabled_ui(can, |ui| parts::switch(ui, cluster.on, &label)).inner;
        if switch.clicked() {
            let on = Command::ClusterOn { group: None, size: None, strategy: None };
            effects.command(if cluster.on { Command::ClusterOff } else { on });
        }
        let text = if cluster.on { tr!(app.locale, "balance-is-on") } else { tr!(app.locale, "balance-is-off") };
        parts::weak(ui, text);
    });
}

fn group(ui: &mut Ui, app: &AppState, cluster: &ClusterView, effects: &mut Effects) {
    let mut groups = vec![(String::new(), tr!(app.locale, "menu-all-nodes"))];
    let named = app.groups().into_iter().filter(|group| !group.is_empty());
    groups.extend(named.map(|group| (group.to_owned(), labels::one_line(group))));
    if !groups.iter().any(|(group, _)| *group == cluster.group) {
        groups.push((cluster.group.clone(), labels::one_line(&cluster.group)));
    }
    if let Some(group) = parts::choice(ui, &tr!(app.locale, "menu-group"), &cluster.group, &groups) {
        // As JSON: a group may be called `12`.
        effects.command(set("cluster.group", serde_json::Value::String(group).to_string()));
    }
}

fn strategy(ui: &mut Ui, app: &AppState, cluster: &ClusterView, effects: &mut Effects) {
    let all = Strategy::ALL.map(|strategy| (strategy, labels::strategy(app.locale, strategy)));
    if let Some(chosen) = parts::choice(ui, &tr!(app.locale, "menu-strategy"), &cluster.strategy, &all) {
        effects.command(set("cluster.strategy", chosen.as_str().to_owned()));
    }
    parts::beside_labels(ui, |ui| parts::weak(ui, labels::strategy_text(app.locale, cluster.strategy)));
}

fn set(key: &str, value: String) -> Command {
    Command::Set { changes: [(key.to_owned(), value)].into() }
}
