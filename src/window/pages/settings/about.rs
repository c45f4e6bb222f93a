//! What this program is, and what it is made of.

use eframe::egui::{Grid, Ui};

use crate::i18n::tr;
use crate::window::known::Known;
use crate::window::parts;

/// The main parts by others, with their licences as their authors name them.
const PARTS: [(&str, &str); 12] = [
    ("age", "MIT OR Apache-2.0"),
    ("eframe, egui", "MIT OR Apache-2.0"),
    ("fluent-bundle", "Apache-2.0 OR MIT"),
    ("hyper", "MIT"),
    ("image", "MIT OR Apache-2.0"),
    ("interprocess", "0BSD OR Apache-2.0"),
    ("ksni", "Unlicense"),
    ("qrcode", "MIT OR Apache-2.0"),
    ("reqwest", "MIT OR Apache-2.0"),
    ("rustls", "Apache-2.0 OR ISC OR MIT"),
    ("shadowsocks", "MIT"),
    ("tokio", "MIT"),
];

/// Draws the card.
pub(super) fn section(ui: &mut Ui, known: &Known) {
    let locale = known.locale;
    parts::section(ui, &tr!(locale, "settings-about"), |ui| {
        let engine = known.snapshot().map_or("–", |snapshot| &snapshot.version);
        let own = env!("CARGO_PKG_VERSION");
        ui.label(tr!(locale, "settings-version", window = own, engine = engine));
        ui.label(tr!(locale, "settings-licence", licence = env!("CARGO_PKG_LICENSE")));
        parts::weak(ui, tr!(locale, "settings-parts"));
        Grid::new("parts").num_columns(2).spacing([24.0, 4.0]).show(ui, |ui| {
            for (name, licence) in PARTS {
                ui.label(name);
                parts::weak(ui, licence);
                ui.end_row();
            }
        });
    });
}
