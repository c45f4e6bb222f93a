//! Numbers with units, rounded for reading.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Locale, tr};

/// Bytes in powers of a thousand: `0 B`, `12 KB`, `3.4 MB`; the same in all languages.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    // What would be rounded to 1000 is shown in the next unit.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(value < 9.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// Bytes per second.
pub fn rate(locale: Locale, bytes_a_second: u64) -> String {
    tr!(locale, "unit-rate", size = bytes(bytes_a_second))
}

/// Milliseconds.
pub fn millis(locale: Locale, millis: u32) -> String {
    tr!(locale, "unit-millis", millis = millis)
}

/// A timestamp in a time zone.
pub fn time(unix_ms: i64, zone: &TimeZone) -> String {
    let moment = Timestamp::from_millisecond(unix_ms).unwrap_or_default().to_zoned(zone.clone());
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A duration in its largest unit: `12 s`, `3 min`, `5 h`, `4 days`.
pub fn span(locale: Locale, millis: u64) -> String {
    let seconds = millis / 1_000;
    match seconds {
        0..60 => tr!(locale, "unit-seconds", count = seconds),
        60..3_600 => tr!(locale, "unit-minutes", count = seconds / 60),
        3_600..172_800 => tr!(locale, "unit-hours", count = seconds / 3_600),
        _ => tr!(locale, "unit-days", count = seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_rounded_to_at_most_three_digits() {
        for (number, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 KB"),
            (9_949, "9.9 KB"),
            (9_950, "10 KB"),
            (999_499, "999 KB"),
            (999_500, "1.0 MB"),
            (104_857_600, "105 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn a_span_is_shown_in_its_largest_unit() {
        let text = |seconds: u64| span(Locale::English, seconds * 1_000);
        let spans = [0, 59, 60, 3_599, 3_600, 172_799, 172_800];
        assert_eq!(spans.map(text), ["0 s", "59 s", "1 min", "59 min", "1 h", "47 h", "2 days"]);
        assert_eq!(span(Locale::SimplifiedChinese, 90_000), "1 分钟");
    }

    #[test]
    fn units_are_translated() {
        assert_eq!(rate(Locale::English, 1500), "1.5 KB/s");
        assert_eq!(rate(Locale::SimplifiedChinese, 1500), "1.5 KB/秒");
        assert_eq!(millis(Locale::English, 1234), "1234 ms");
        assert_eq!(millis(Locale::SimplifiedChinese, 23), "23 毫秒");
        assert_eq!(millis(Locale::TraditionalChinese, 23), "23 毫秒");
        assert_eq!(millis(Locale::Russian, 23), "23 мс");
        let days = [2, 5, 11, 21].map(|days| span(Locale::Russian, days * 86_400_000));
        assert_eq!(days, ["2 дня", "5 дней", "11 дней", "21 день"]);
    }
}
