//! Sentences about a site that was tried through the nodes.

use jiff::tz::TimeZone;

use super::labels::one_line;
use super::{Locale, Localize, tr, units};
use crate::model::Failure;
use crate::model::site_check::{PageVisit, SiteCheck, SiteTry, SiteVerdict};

/// What a node got.
pub fn result(locale: Locale, tried: &SiteTry) -> String {
    visit(locale, &tried.result)
}

/// What a request got.
pub fn visit(locale: Locale, result: &Result<PageVisit, Failure>) -> String {
    match result {
        Ok(visit) => {
            tr!(locale, "site-status", status = visit.status.to_string(), time = units::millis(locale, visit.took_ms))
        }
        Err(failure) => tr!(locale, "cli-test-failed", why = failure.localize(locale)),
    }
}

/// What the results say.
pub fn verdict(locale: Locale, check: &SiteCheck, zone: &TimeZone) -> String {
    let site = one_line(&check.site);
    let winner = check.tries.iter().find(|tried| Some(&tried.id) == check.winner.as_ref());
    match (check.verdict, winner, check.until) {
        (SiteVerdict::Works, Some(winner), Some(until)) => {
            let until = units::time(until.as_millisecond(), zone);
            tr!(locale, "site-pinned", site = site, node = one_line(&winner.name), until = until)
        }
        (verdict, ..) => tr!(locale, "site-verdict", site = site, verdict = verdict.localize(locale)),
    }
}
