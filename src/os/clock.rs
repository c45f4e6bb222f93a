//! The time of day.

/// Unix time in ms.
pub fn unix_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
