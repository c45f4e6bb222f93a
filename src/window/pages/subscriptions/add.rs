//! The dialog that adds a subscription: first its address, then a preview, and only then the nodes.

use eframe::egui::{Label, RichText, ScrollArea, TextStyle, Ui};

use super::super::super::effects::{Effects, RequestResult, Ticket};
use super::super::super::parts::{self, DialogState};
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use super::card;
use crate::i18n::{Locale, Localize, labels, progress, tr};
use crate::model::snapshot::FetchFor;
use crate::model::subscription::{MAX_INTERVAL_H, Offer, OfferedNode};
use crate::model::{Command, Fault, Reply, Secret};

/// The add dialog.
#[derive(Default)]
pub(super) struct AddDialog {
    url: String,
    /// Whether another program has proposed the address.
    is_proposed: bool,
    previewing: Option<Ticket>,
    offer: Option<Box<OfferForm>>,
    adding: Option<Ticket>,
    fault: Option<Fault>,
}

/// The preview, and the fields to adapt it.
struct OfferForm {
    offer: Offer,
    name: String,
    update_h: String,
}

impl Drop for AddDialog {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.url);
    }
}

impl AddDialog {
    /// With an address that another program has proposed. Nothing is fetched before the user asks for it.
    pub(super) fn proposing(address: &Secret) -> Self {
        let mut dialog = Self::default();
        address.expose().clone_into(&mut dialog.url);
        dialog.is_proposed = true;
        dialog
    }

    pub(super) fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) -> DialogState {
        let locale = app.locale;
        let (shown, answer) = parts::dialog(ui.ctx(), &tr!(locale, "subscriptions-add-title"), 560.0, |ui| {
            self.address(ui, locale, effects);
            self.progress(ui, app, effects);
            if let Some(fault) = &self.fault {
                let text = RichText::new(fault.localize(locale)).color(Palette::of(ui).red);
                ui.add(Label::new(text).wrap());
            }
            let is_fine = self.offer.as_mut().is_some_and(|offered| offered.show(ui, app));
            let can = self.adding.is_none() && is_fine;
            parts::foot_enabled(ui, can, locale, &tr!(locale, "subscriptions-add-these"))
        });
        let shown = match answer {
            Some(true) => {
                self.add(effects);
                shown
            }
            Some(false) => DialogState::Closed,
            None => shown,
        };
        if shown == DialogState::Closed {
            self.stop(effects);
        }
        shown
    }

    /// Shows the download's progress and a cancel button.
    fn progress(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        if self.previewing.is_none() && self.adding.is_none() {
            return;
        }
        parts::beside_labels(ui, |ui| {
            if ui.button(tr!(app.locale, "progress-stop")).clicked() {
                self.stop(effects);
            }
            parts::busy(ui, &progress::of(app.locale, app.fetches(), &FetchFor::Offer));
        });
    }

    fn stop(&mut self, effects: &mut Effects) {
        [self.previewing.take(), self.adding.take()].into_iter().flatten().for_each(|ticket| effects.cancel(ticket));
    }

    fn address(&mut self, ui: &mut Ui, locale: Locale, effects: &mut Effects) {
        parts::weak(ui, tr!(locale, "subscriptions-add-text"));
        if self.is_proposed {
            ui.label(RichText::new(tr!(locale, "subscriptions-add-external")).color(Palette::of(ui).amber));
        }
        let is_typed = !self.url.trim().is_empty();
        let is_wrong = is_typed && !is_address(&self.url);
        let (label, wanted) = (tr!(locale, "subscriptions-url"), tr!(locale, "input-address"));
        let is_looking = self.previewing.is_some();
        let mut looks = false;
        let field = parts::Field::new(&label, &mut self.url).width(240.0).wrong(is_wrong.then_some(&wanted));
        // Without the focus a key press meant for another program fetches nothing.
        let field = if self.is_proposed { field } else { field.first() };
        let response = field.show_with(ui, |ui| {
            let can = is_typed && !is_wrong && !is_looking;
            let look = ui.add_enabled_ui(can, |ui| ui.button(tr!(locale, "subscriptions-fetch"))).inner;
            looks = look.clicked();
        });
        looks |= response.lost_focus() && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
        if response.changed() {
            self.offer = None;
            self.stop(effects);
        }
        if looks && is_typed && !is_wrong && !is_looking {
            (self.offer, self.fault) = (None, None);
            let url = Secret::from(self.url.trim());
            self.previewing = Some(effects.request(Command::SubscriptionPreview { url }));
        }
    }

    fn add(&mut self, effects: &mut Effects) {
        let Some(offered) = &self.offer else { return };
        self.fault = None;
        self.adding = Some(effects.request(Command::SubscriptionAdd {
            url: Secret::from(self.url.trim()),
            name: Some(offered.name.trim().to_owned()),
            update_h: offered.update_h.trim().parse().ok(),
        }));
    }

    /// Handles a reply; returns whether the subscription was added.
    pub(super) fn on_reply(&mut self, ticket: Ticket, result: &RequestResult) -> bool {
        let RequestResult::Engine(result) = result else { return false };
        if self.previewing == Some(ticket) {
            self.previewing = None;
            match result {
                Ok(Reply::Offer(offer)) => self.offer = Some(Box::new(OfferForm::of(offer.clone()))),
                Ok(_) => {}
                Err(fault) => self.fault = Some(fault.clone()),
            }
        }
        if self.adding == Some(ticket) {
            self.adding = None;
            match result {
                Ok(_) => return true,
                Err(fault) => self.fault = Some(fault.clone()),
            }
        }
        false
    }
}

impl OfferForm {
    fn of(offer: Offer) -> Self {
        Self { name: offer.name.clone(), update_h: offer.update_h.to_string(), offer }
    }

    fn is_named(&self) -> bool {
        !self.name.trim().is_empty()
    }

    /// Draws the form; returns whether its fields are valid.
    fn show(&mut self, ui: &mut Ui, app: &AppState) -> bool {
        let locale = app.locale;
        let (label, wanted) = (tr!(locale, "subscriptions-name"), tr!(locale, "subscriptions-input-name"));
        let wrong = (!self.is_named()).then_some(wanted.as_str());
        parts::Field::new(&label, &mut self.name).width(240.0).wrong(wrong).show(ui);
        let update_h = interval(ui, locale, &mut self.update_h);
        card::plan(ui, locale, &self.offer.plan, app.unix_ms());
        let new = self.offer.nodes.iter().filter(|node| !node.is_known).count();
        let summary = tr!(locale, "subscriptions-offer", count = self.offer.nodes.len(), new = new);
        ui.label(RichText::new(summary).strong());
        nodes(ui, locale, &self.offer.nodes);
        refused(ui, locale, &self.offer);
        self.is_named() && update_h.is_some()
    }
}

/// The field for the update interval in hours; `None` while it is invalid.
pub(super) fn interval(ui: &mut Ui, locale: Locale, update_h: &mut String) -> Option<u64> {
    let (label, unit) = (tr!(locale, "rules-list-every"), tr!(locale, "rules-list-hours"));
    parts::number(ui, locale, &label, update_h, 0..=MAX_INTERVAL_H, &unit)
}

fn nodes(ui: &mut Ui, locale: Locale, nodes: &[OfferedNode]) {
    let height = ui.text_style_height(&TextStyle::Body);
    let area = ScrollArea::vertical().id_salt("offer").max_height(8.0 * (height + 4.0)).auto_shrink([false, true]);
    ui.spacing_mut().item_spacing.y = 4.0;
    area.show_rows(ui, height, nodes.len(), |ui, seen| {
        for node in &nodes[seen] {
            let name = labels::named(&node.name, &node.id);
            let known = if node.is_known { tr!(locale, "subscriptions-known") } else { String::new() };
            let text = format!("{name}  {} {}:{}  {known}", node.kind, node.host, node.port);
            parts::truncated(ui, text);
        }
    });
}

fn refused(ui: &mut Ui, locale: Locale, offer: &Offer) {
    if offer.refused.is_empty() {
        return;
    }
    let color = Palette::of(ui).amber;
    ui.label(RichText::new(tr!(locale, "subscriptions-refused", count = offer.refused.len())).color(color));
    for refused in offer.refused.iter().take(3) {
        parts::weak(ui, refused.localize(locale));
    }
}

/// Whether the text is an http, https or ssconf URL.
pub(super) fn is_address(text: &str) -> bool {
    let url = text.trim().parse::<url::Url>();
    url.is_ok_and(|url| ["http", "https", "ssconf"].contains(&url.scheme()) && url.has_host())
}
