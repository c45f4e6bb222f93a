//! Progress of downloads.

use super::{Locale, tr, units};
use crate::model::snapshot::{FetchFor, FetchProgress, FetchView};

/// The progress of the first download for `what`; empty if there is none.
pub fn of(locale: Locale, fetches: &[FetchView], what: &FetchFor) -> String {
    let fetch = fetches.iter().find(|fetch| fetch.what == *what);
    fetch.map(|fetch| got(locale, &fetch.got)).unwrap_or_default()
}

/// The progress of one download.
pub fn got(locale: Locale, got: &FetchProgress) -> String {
    let bytes = units::bytes(got.bytes);
    match (got.is_answered, got.of) {
        (true, Some(of)) => tr!(locale, "progress-of", bytes = bytes, all = units::bytes(of)),
        (true, None) => tr!(locale, "progress-bytes", bytes = bytes),
        (false, _) if got.by_gateway => tr!(locale, "progress-by-gateway"),
        (false, _) => tr!(locale, "progress-directly"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_of_a_fetch_is_shown() {
        let text = |by_gateway, is_answered, bytes, of| {
            got(Locale::English, &FetchProgress { by_gateway, is_answered, bytes, of })
        };
        assert_eq!(text(true, false, 0, None), "requesting through Sluice…");
        assert_eq!(text(false, false, 0, None), "requesting directly…");
        assert_eq!(text(false, true, 1_200, None), "1.2 KB so far");
        assert_eq!(text(false, true, 1_200, Some(34_000)), "1.2 KB of 34 KB");
    }
}
