//! The placeholder of the node table while there is no node: the ways to add one. At the first start it is a welcome page
//! with the language, the start at login and a hint about the icon, until the user closes it.

use eframe::egui::{Align, Button, Layout, RichText, TextStyle, Ui, vec2};

use super::super::settings::quick;
use super::{NodesPage, Welcome};
use crate::i18n::{Locale, tr};
use crate::model::settings::Settings;
use crate::model::{Command, Page};
use crate::os::autostart::AutostartState;
use crate::os::display;
use crate::window::effects::{Effects, ImportSource, LocalTask};
use crate::window::parts;
use crate::window::state::AppState;
use crate::window::theme::Palette;

/// The page of GNOME's extension for tray icons.
const TRAY_EXTENSION: &str = "https://extensions.gnome.org/extension/615/appindicator-support/";

/// The command that marks the welcome as seen.
pub(super) fn mark_seen() -> Command {
    quick::set("window.welcome_seen", "true")
}

/// A way to add nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WayToAdd {
    Clipboard,
    File,
    Screen,
    OtherClients,
    Subscription,
    ByHand,
}

impl WayToAdd {
    const ALL: [Self; 6] =
        [Self::Clipboard, Self::File, Self::Screen, Self::OtherClients, Self::Subscription, Self::ByHand];

    /// The label of its button, and a description.
    fn labels(self, locale: Locale) -> (String, String) {
        match self {
            Self::Clipboard => (tr!(locale, "nodes-add-clipboard"), tr!(locale, "welcome-clipboard-text")),
            Self::File => (tr!(locale, "nodes-add-file"), tr!(locale, "welcome-file-text")),
            Self::Screen => (tr!(locale, "nodes-add-screen"), tr!(locale, "welcome-screen-text")),
            Self::OtherClients => (tr!(locale, "nodes-add-clients"), tr!(locale, "welcome-clients-text")),
            Self::Subscription => (tr!(locale, "nodes-add-subscription"), tr!(locale, "welcome-subscription-text")),
            Self::ByHand => (tr!(locale, "nodes-add-manually"), tr!(locale, "welcome-manual-text")),
        }
    }

    fn perform(self, nodes: &mut NodesPage, effects: &mut Effects) {
        match self {
            Self::Clipboard => effects.import(ImportSource::Clipboard),
            Self::File => effects.import(ImportSource::File),
            Self::Screen => effects.import(ImportSource::Screen),
            Self::OtherClients => effects.import(ImportSource::OtherClients),
            Self::Subscription => effects.go(Page::Subscriptions),
            Self::ByHand => nodes.add_by_hand(),
        }
    }
}

/// Draws the placeholder.
pub(super) fn show(ui: &mut Ui, app: &AppState, nodes: &mut NodesPage, effects: &mut Effects) {
    // Whether this is the first start is known only when the settings have arrived.
    let Some(settings) = app.settings() else { return };
    let locale = app.locale;
    let is_shown = !settings.window.welcome_seen && nodes.welcome != Welcome::Closed;
    nodes.welcome = match nodes.welcome {
        Welcome::Hidden | Welcome::Shown if is_shown => Welcome::Shown,
        Welcome::Hidden | Welcome::Shown => Welcome::Hidden,
        Welcome::Closed => Welcome::Closed,
    };
    parts::page(ui, "welcome", |ui| {
        if is_shown {
            greeting(ui, locale, settings, effects);
        }
        parts::section(ui, &tr!(locale, "welcome-title"), |ui| {
            parts::weak(ui, tr!(locale, "welcome-text"));
            ui.add_space(4.0);
            ways(ui, locale, nodes, effects);
        });
        if is_shown {
            this_computer(ui, app, effects);
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                if ui.button(tr!(locale, "welcome-skip")).clicked() {
                    nodes.close_welcome(effects);
                }
            });
        }
    });
}

/// Draws the heading, with the choice of the language.
fn greeting(ui: &mut Ui, locale: Locale, settings: &Settings, effects: &mut Effects) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let label = tr!(locale, "menu-language");
            let languages = quick::languages(locale);
            if let Some(language) = parts::pick(ui, &label, 160.0, &settings.language, &languages) {
                effects.command(quick::set("language", language.as_str()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                parts::truncated(ui, RichText::new(tr!(locale, "welcome-heading")).heading());
            });
        });
    });
    parts::weak(ui, tr!(locale, "welcome-intro"));
}

/// Draws a button with a description for each way.
fn ways(ui: &mut Ui, locale: Locale, nodes: &mut NodesPage, effects: &mut Effects) {
    let words = WayToAdd::ALL.map(|way| (way, way.labels(locale)));
    let font = TextStyle::Button.resolve(ui.style());
    let color = Palette::of(ui).text;
    let length = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), color).size().x;
    let longest = words.iter().map(|(_, (button, _))| length(button)).fold(0.0, f32::max);
    let width = (longest + 2.0 * ui.spacing().button_padding.x).ceil().max(160.0);
    for (way, (button, text)) in words {
        ui.horizontal(|ui| {
            let size = vec2(width, ui.spacing().interact_size.y);
            // The most common way.
            let button =
                if way == WayToAdd::Clipboard { parts::primary_button(ui, &button) } else { Button::new(button) };
            if ui.add(button.min_size(size)).clicked() {
                way.perform(nodes, effects);
            }
            ui.add_space(4.0);
            parts::weak(ui, text);
        });
    }
}

/// Draws the section about this computer: the start at login, and the tray icon.
fn this_computer(ui: &mut Ui, app: &AppState, effects: &mut Effects) {
    let locale = app.locale;
    parts::section(ui, &tr!(locale, "welcome-computer"), |ui| {
        if let Some(Ok(state)) = &app.start_at_login {
            let is_on = *state == AutostartState::On;
            let label = tr!(locale, "menu-start-at-login");
            ui.horizontal(|ui| {
                if parts::switch(ui, is_on, &label).clicked() {
                    let wanted = if is_on { AutostartState::Off } else { AutostartState::On };
                    effects.start_at_login(wanted);
                }
                ui.label(label.as_str());
            });
        }
        parts::weak(ui, tr!(locale, "welcome-tray"));
        if display::needs_tray_extension() {
            ui.horizontal(|ui| {
                if ui.button(tr!(locale, "welcome-extension-page")).clicked() {
                    let _ticket = effects.run_local(LocalTask::OpenPage(TRAY_EXTENSION));
                }
                parts::weak(ui, tr!(locale, "welcome-extension"));
            });
        }
    });
}
