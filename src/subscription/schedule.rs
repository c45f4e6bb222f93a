//! When a subscription is updated.
//!
//! By its interval with ±10 % jitter, so that users who start their computers at the same time do not all send requests
//! at the same time; sooner after a failure, with increasing delays. The jitter is derived from the subscription, so
//! that the rule is deterministic.

use sha2::{Digest, Sha256};

use crate::model::Subscription;

const MINUTE: i64 = 60_000;

const HOUR: i64 = 60 * MINUTE;

/// Delay after the first failure; doubled after each further one.
const FIRST_RETRY: i64 = 5 * MINUTE;

/// Longest delay after a failure.
const LAST_RETRY: i64 = 6 * HOUR;

/// When the next update is due, as a Unix time in ms, which may be in the past; `None` for manual updates only. `now`
/// is the same clock.
pub fn due(subscription: &Subscription, now: i64) -> Option<i64> {
    let every = i64::try_from(subscription.update_h).ok()?.checked_mul(HOUR)?;
    if every == 0 {
        return None;
    }
    // A time in the future is from before the clock was set back.
    let is_past = |at: &i64| *at <= now;
    if subscription.failures > 0 {
        let tried_at = subscription.tried_at.filter(is_past);
        return Some(tried_at.map_or(now, |at| at + jittered(retry(subscription.failures), subscription, at)));
    }
    // The first list of a new one has been tried before it is applied.
    let last = subscription.updated_at.max(subscription.tried_at);
    Some(last.filter(is_past).map_or(now, |at| at + jittered(every, subscription, at)))
}

/// The delay after this many consecutive failures.
fn retry(failures: u32) -> i64 {
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_RETRY << doublings).min(LAST_RETRY)
}

/// With ±10 % jitter.
fn jittered(wait: i64, subscription: &Subscription, since: i64) -> i64 {
    let digest = Sha256::digest(format!("{}\n{since}", subscription.name));
    let share = i64::from(u16::from_le_bytes([digest[0], digest[1]]));
    let tenth = wait / 10;
    wait - tenth + 2 * tenth * share / i64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn subscription(update_h: u64, updated_at: Option<i64>, failures: u32, tried_at: Option<i64>) -> Subscription {
        Subscription {
            name: "Cloud".into(),
            url: "https://example.com/".into(),
            update_h,
            updated_at,
            tried_at,
            failures,
            fault: None,
            stamp: Default::default(),
            plan: Default::default(),
            notices: Vec::new(),
            nodes: Vec::new(),
        }
    }

    #[test]
    fn intervals_have_ten_percent_jitter() {
        let waits: Vec<_> = (0..100)
            .map(|nth| {
                let at = NOW - nth * 1_234_567;
                due(&subscription(24, Some(at), 0, Some(at)), NOW).unwrap() - at
            })
            .collect();
        assert!(waits.iter().all(|wait| (24 * HOUR * 9 / 10..=24 * HOUR * 11 / 10).contains(wait)), "{waits:?}");
        let spread = waits.iter().max().unwrap() - waits.iter().min().unwrap();
        assert!(spread > 3 * HOUR, "they are spread: {spread}");
        let once = subscription(24, Some(NOW), 0, None);
        assert_eq!(due(&once, NOW), due(&once, NOW), "the jitter is deterministic");
    }

    #[test]
    fn overdue_subscriptions_are_due() {
        assert!(due(&subscription(24, Some(NOW - 48 * HOUR), 0, None), NOW).unwrap() < NOW);
        assert_eq!(due(&subscription(24, None, 0, None), NOW), Some(NOW));
        assert_eq!(due(&subscription(24, Some(NOW + HOUR), 0, None), NOW), Some(NOW), "from the future");
        assert_eq!(due(&subscription(0, None, 0, None), NOW), None, "manual updates only");
        assert_eq!(due(&subscription(u64::MAX, None, 0, None), NOW), None);
    }

    #[test]
    fn a_new_subscription_is_not_due_while_its_list_is_applied() {
        assert!(due(&subscription(24, None, 0, Some(NOW)), NOW).unwrap() > NOW + 21 * HOUR);
    }

    #[test]
    fn delays_grow_after_failures() {
        let wait = |failures| due(&subscription(24, Some(NOW), failures, Some(NOW)), NOW).unwrap() - NOW;
        let expected = [(1, 5), (2, 10), (3, 20), (7, 320), (8, 360), (40, 360), (u32::MAX, 360)];
        for (failures, minutes) in expected {
            let (low, high) = (minutes * MINUTE * 9 / 10, minutes * MINUTE * 11 / 10);
            assert!((low..=high).contains(&wait(failures)), "{failures} failures: {}", wait(failures));
        }
        assert_eq!(due(&subscription(24, None, 3, Some(NOW + 1)), NOW), Some(NOW), "a clock that was set back");
    }
}
