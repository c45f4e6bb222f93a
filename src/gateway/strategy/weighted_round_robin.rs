//! Smooth weighted round robin.
//!
//! The schedule interleaves members as nginx does: with weights 2 and 1 it is A B A, not A A B. It is computed once per
//! table; each connection takes the next entry.

/// Approximate length limit of a schedule, so that a very small share stays cheap.
const MAX_SCHEDULE: u32 = 1_000;

/// Indexes in the order of their turns, each in proportion to its share.
pub(in crate::gateway) fn schedule(shares: impl Iterator<Item = u32>) -> Vec<u16> {
    let shares: Vec<u32> = shares.map(|share| share.max(1)).collect();
    let divisor = shares.iter().copied().fold(0, greatest_common_divisor).max(1);
    let total: u32 = shares.iter().map(|share| share / divisor).sum();
    let scale = total.div_ceil(MAX_SCHEDULE).max(1);
    let weights: Vec<i64> = shares.iter().map(|share| i64::from((share / divisor / scale).max(1))).collect();

    let total: i64 = weights.iter().sum();
    let mut credit = vec![0i64; weights.len()];
    let turns = (0..total).map(|_| {
        for (credit, weight) in credit.iter_mut().zip(&weights) {
            *credit += weight;
        }
        let richest = (0..credit.len()).rev().max_by_key(|&index| credit[index]).unwrap_or(0);
        credit[richest] -= total;
        richest as u16
    });
    turns.collect()
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shares_take_turns() {
        assert_eq!(schedule([100, 100, 100].into_iter()), [0, 1, 2]);
    }

    #[test]
    fn a_larger_share_is_interleaved() {
        assert_eq!(schedule([200, 100].into_iter()), [0, 1, 0]);
        assert_eq!(schedule([300, 100, 100].into_iter()), [0, 1, 0, 2, 0]);
    }

    #[test]
    fn odd_shares_stay_short_and_everyone_has_a_turn() {
        let turns = schedule([9_999, 1, 7_777].into_iter());
        assert!(turns.len() <= 1_003, "{}", turns.len());
        assert!(turns.contains(&1));
    }

    #[test]
    fn an_empty_schedule_has_no_entries() {
        assert!(schedule(std::iter::empty()).is_empty());
    }
}
