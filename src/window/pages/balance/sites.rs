//! What `smart` has learned: each site, its node, and why. Sites can be forgotten, and learning turned off.
//!
//! The list is requested when the page is opened and after each change; only visible rows are drawn.

use eframe::egui::accesskit::Role;
use eframe::egui::{Align, Layout, RichText, Sense, Ui, WidgetInfo, vec2};
use egui_extras::{Column, TableBuilder, TableRow};

use crate::i18n::labels::one_line;
use crate::i18n::{Locale, routing, tr, units};
use crate::model::site::SiteView;
use crate::model::{Command, Fault, Reply};
use crate::window::effects::{Effects, RequestResult, Ticket};
use crate::window::parts;
use crate::window::state::AppState;
use crate::window::theme::Palette;

/// Height of a row, and of the list before it scrolls, in points.
const ROW: f32 = 28.0;
const HEIGHT: f32 = 280.0;

/// The section.
#[derive(Default)]
pub(super) struct SitesSection {
    sites: Vec<SiteView>,
    /// The text that a site or a node must contain.
    filter: String,
    /// The list was requested.
    listing: Option<Ticket>,
    /// Sites are being forgotten.
    forgetting: Option<Ticket>,
    fault: Option<Fault>,
    is_forget_all_asked: bool,
}

impl SitesSection {
    pub(super) fn load(&mut self, effects: &mut Effects) {
        self.listing = Some(effects.request(Command::Sites));
    }

    pub(super) fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let Some(settings) = app.settings() else { return };
        let locale = app.locale;
        parts::section(ui, &tr!(locale, "sites-title"), |ui| {
            let (label, learns) = (tr!(locale, "sites-learn"), settings.cluster.learn);
            parts::row(ui, &label, None, |ui| {
                if parts::switch(ui, learns, &label).clicked() {
                    let changes = [("cluster.learn".to_owned(), (!learns).to_string())].into();
                    effects.command(Command::Set { changes });
                }
                parts::weak(ui, tr!(locale, "sites-learn-text"));
            });
            self.bar(ui, locale, effects);
            if let Some(fault) = &self.fault {
                parts::failed(ui, locale, fault);
            }
            let shown: Vec<usize> = self.matches().collect();
            if shown.is_empty() {
                parts::weak(ui, tr!(locale, "sites-none"));
            } else {
                self.table(ui, app, &shown, effects);
            }
        });
        self.confirm(ui, locale, effects);
    }

    /// The places of the sites that the filter shows.
    fn matches(&self) -> impl Iterator<Item = usize> + '_ {
        let wanted = self.filter.trim().to_lowercase();
        let has = move |text: &str| text.to_lowercase().contains(&wanted);
        let sites = self.sites.iter().enumerate();
        sites.filter(move |(_, site)| has(&site.site) || has(&routing::site_node(site))).map(|(place, _)| place)
    }

    fn bar(&mut self, ui: &mut Ui, locale: Locale, effects: &mut Effects) {
        ui.horizontal(|ui| {
            parts::search(ui, &mut self.filter, &tr!(locale, "sites-search"));
            if ui.button(tr!(locale, "rules-read-again")).clicked() {
                self.load(effects);
            }
            let can = !self.sites.is_empty() && self.forgetting.is_none();
            let forget = ui.add_enabled_ui(can, |ui| ui.button(tr!(locale, "sites-forget-all"))).inner;
            self.is_forget_all_asked |= forget.clicked();
            parts::truncated(ui, RichText::new(tr!(locale, "sites-count", count = self.sites.len())).weak());
        });
    }

    fn table(&mut self, ui: &mut Ui, app: &AppState, shown: &[usize], effects: &mut Effects) {
        let locale = app.locale;
        ui.spacing_mut().item_spacing = vec2(8.0, 0.0);
        let table = TableBuilder::new(ui)
            .id_salt("sites")
            .sense(Sense::hover())
            .auto_shrink([false, true])
            .max_scroll_height(HEIGHT)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::remainder().at_least(120.0).clip(true))
            .column(Column::exact(120.0).clip(true))
            .column(Column::exact(64.0).clip(true))
            .column(Column::exact(72.0).clip(true))
            .column(Column::exact(200.0).clip(true))
            .column(Column::exact(20.0));
        let table = table.header(24.0, |header| heads(header, locale));
        let now = app.unix_ms();
        let mut forgotten = None;
        table.body(|body| {
            body.rows(ROW, shown.len(), |mut row| {
                let site = &self.sites[shown[row.index()]];
                if cells(&mut row, locale, site, now) {
                    forgotten = Some(site.site.clone());
                }
            });
        });
        if let Some(site) = forgotten {
            self.forget(Some(site), effects);
        }
    }

    fn confirm(&mut self, ui: &Ui, locale: Locale, effects: &mut Effects) {
        if !self.is_forget_all_asked {
            return;
        }
        let (title, text) = (tr!(locale, "sites-forget-all"), tr!(locale, "sites-forget-all-text"));
        let answer = parts::confirm(ui.ctx(), locale, &title, &text, &tr!(locale, "sites-forget"));
        if answer == Some(true) {
            self.forget(None, effects);
        }
        self.is_forget_all_asked = answer.is_none();
    }

    fn forget(&mut self, site: Option<String>, effects: &mut Effects) {
        self.forgetting = Some(effects.request(Command::SitesForget { site }));
    }

    pub(super) fn on_reply(&mut self, ticket: Ticket, result: &RequestResult, effects: &mut Effects) {
        let RequestResult::Engine(result) = result else { return };
        if self.listing == Some(ticket) {
            self.listing = None;
            match result {
                Ok(Reply::Sites(sites)) => (self.sites, self.fault) = (sites.clone(), None),
                Ok(_) => {}
                Err(fault) => self.fault = Some(fault.clone()),
            }
        } else if self.forgetting == Some(ticket) {
            self.forgetting = None;
            self.load(effects);
            self.fault = result.as_ref().err().cloned();
        }
    }
}

fn heads(mut header: TableRow<'_, '_>, locale: Locale) {
    let titles = [
        tr!(locale, "balance-why-host"),
        tr!(locale, "connections-node"),
        tr!(locale, "balance-first-byte"),
        tr!(locale, "sites-since"),
        tr!(locale, "sites-why"),
    ];
    for title in &titles {
        header.col(|ui| {
            parts::truncated(ui, RichText::new(title).small().color(Palette::of(ui).weak));
        });
    }
    header.col(|_| {});
}

/// Draws the cells of a site; returns whether it is to be forgotten.
fn cells(row: &mut TableRow<'_, '_>, locale: Locale, site: &SiteView, now: i64) -> bool {
    let name = one_line(&site.site);
    let time = site.first_byte_ms.map_or_else(|| "–".to_owned(), |millis| units::millis(locale, millis));
    let since = units::span(locale, u64::try_from(now - site.since).unwrap_or(0));
    let why = routing::placement(locale, site);
    for text in [name.clone(), routing::site_node(site), time, since, why] {
        row.col(|ui| {
            parts::truncated(ui, text.as_str()).on_hover_text(text);
        });
    }
    let mut is_forgotten = false;
    row.col(|ui| {
        let forget = tr!(locale, "pins-button", action = tr!(locale, "sites-forget"), traffic = name.as_str());
        is_forgotten = parts::cross(ui, &forget).on_hover_text(forget).clicked();
    });
    row.response().widget_info(|| WidgetInfo::labeled(Role::Row, true, &name));
    is_forgotten
}
