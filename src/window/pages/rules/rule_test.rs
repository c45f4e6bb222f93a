//! The query "which rule matches this address?".

use eframe::egui::Ui;

use super::super::super::parts::{self, QueryKind, QueryLabels};
use crate::i18n::{Locale, routing, tr};
use crate::model::why::RuleTestResult;
use crate::model::{Command, Reply};

/// The query for an address.
#[derive(Debug)]
pub(super) struct RuleTest;

impl QueryKind for RuleTest {
    type Answer = RuleTestResult;

    fn labels(locale: Locale) -> QueryLabels {
        QueryLabels {
            title: tr!(locale, "rules-which"),
            field: tr!(locale, "rules-which-url"),
            hint: "https://www.example.com/page",
            button: tr!(locale, "rules-which-check"),
            intro: tr!(locale, "rules-which-text"),
        }
    }

    fn command(typed: &str) -> Command {
        Command::RulesTest { url: typed.to_owned(), program: None }
    }

    fn answer(reply: Reply) -> Option<RuleTestResult> {
        if let Reply::RulesTested(ruled) = reply { Some(ruled) } else { None }
    }

    fn show(ui: &mut Ui, locale: Locale, ruled: &RuleTestResult) {
        routing::ruled(locale, ruled).lines().for_each(|line| drop(parts::wrapped(ui, line)));
    }
}
