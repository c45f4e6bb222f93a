//! Whose turn it is: weighted round robin, spread evenly.
//!
//! The plan is the "smooth" interleaving known from nginx: with weights 2 and 1 it goes A B A, not
//! A A B. It is made once for a table; a connection takes the next entry.

/// Turns in a plan are about this many at most, so that a tiny share stays cheap to plan.
const LONGEST: u32 = 1_000;

/// Indexes in the order of their turns, each as often as its share among all asks for.
pub(in crate::gateway) fn schedule(shares: impl Iterator<Item = u32>) -> Vec<u16> {
    let shares: Vec<u32> = shares.map(|share| share.max(1)).collect();
    let divisor = shares.iter().copied().fold(0, greatest_common_divisor).max(1);
    let total: u32 = shares.iter().map(|share| share / divisor).sum();
    let scale = total.div_ceil(LONGEST).max(1);
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
    fn a_larger_share_is_spread_not_bunched() {
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
    fn nobody_means_no_turn() {
        assert!(schedule(std::iter::empty()).is_empty());
    }
}
