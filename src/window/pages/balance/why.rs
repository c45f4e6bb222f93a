//! The query "which member serves this site, and why?".

use eframe::egui::Ui;

use super::super::super::parts::{self, QueryKind, QueryLabels};
use crate::i18n::{Locale, Localize, labels, routing, tr, units};
use crate::model::why::{RankedMember, Why};
use crate::model::{Command, Reply, Route};

/// The query for a host.
#[derive(Debug)]
pub(super) struct WhyQuery;

impl QueryKind for WhyQuery {
    type Answer = Why;

    fn labels(locale: Locale) -> QueryLabels {
        QueryLabels {
            title: tr!(locale, "balance-why"),
            field: tr!(locale, "balance-why-host"),
            hint: "www.example.com",
            button: tr!(locale, "balance-why-check"),
            intro: tr!(locale, "balance-why-text"),
        }
    }

    fn command(typed: &str) -> Command {
        Command::Why { host: host_of(typed), program: None, door: None }
    }

    fn answer(reply: Reply) -> Option<Why> {
        if let Reply::Why(why) = reply { Some(why) } else { None }
    }

    fn show(ui: &mut Ui, locale: Locale, why: &Why) {
        parts::wrapped(ui, routing::served(locale, why));
        if why.ruling.route != Route::Pool {
            return;
        }
        for (nth, place) in why.members.iter().enumerate() {
            parts::weak(ui, line(locale, nth, place));
        }
    }
}

/// The host of what was typed, which may be a URL.
fn host_of(typed: &str) -> String {
    let host = url::Url::parse(typed).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| typed.to_owned())
}

/// A line for one member in the order of preference.
fn line(locale: Locale, nth: usize, place: &RankedMember) -> String {
    let node = labels::named(&place.member.name, &place.member.id);
    let because = routing::because(locale, place);
    let (because, open) = (labels::one_line(&because), place.member.active);
    let state = place.member.state.localize(locale);
    match place.turn {
        None => tr!(locale, "balance-why-not", node = node, state = state, why = because),
        Some(_) => {
            let waits = match place.weighed_ms {
                0 => tr!(locale, "balance-why-unmeasured"),
                millis => units::millis(locale, millis),
            };
            let line = tr!(locale, "balance-why-turn", turn = nth + 1, node = node, open = open, waits = waits);
            if because.is_empty() { line } else { tr!(locale, "fault-detail", what = line, detail = because) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_reduced_to_its_host() {
        assert_eq!(host_of("https://www.example.com:8080/x?y"), "www.example.com");
        assert_eq!(host_of("example.com"), "example.com");
        assert_eq!(host_of("192.0.2.7"), "192.0.2.7");
    }
}
