//! The selection in the node table, by mouse and keyboard, as in most lists. Pure.

use std::collections::BTreeSet;

use crate::model::NodeId;

/// How a click or key changes the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SelectMode {
    /// Select only this node.
    Replace,
    /// Add this node to the selection, or remove it.
    Toggle,
    /// Select the range from the anchor to this node.
    Range,
}

/// The selected nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Selection {
    chosen: BTreeSet<NodeId>,
    /// The start of a range.
    anchor: Option<NodeId>,
    /// The node that the arrow keys move from.
    cursor: Option<NodeId>,
}

impl Selection {
    pub(super) fn has(&self, id: &NodeId) -> bool {
        self.chosen.contains(id)
    }

    /// The node that the arrow keys move from.
    pub(super) fn cursor(&self) -> Option<&NodeId> {
        self.cursor.as_ref()
    }

    /// The selected nodes of a list, in its order.
    pub(super) fn among<'a>(&self, all: impl Iterator<Item = &'a NodeId>) -> Vec<NodeId> {
        all.filter(|id| self.has(id)).cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn all(&mut self, order: &[NodeId]) {
        self.chosen = order.iter().cloned().collect();
    }

    /// Handles a click on a node in a list with this order.
    pub(super) fn choose(&mut self, id: &NodeId, how: SelectMode, order: &[NodeId]) {
        let place = |wanted: &Option<NodeId>| order.iter().position(|id| Some(id) == wanted.as_ref());
        match how {
            SelectMode::Replace => {
                self.chosen = [id.clone()].into();
                self.anchor = Some(id.clone());
            }
            SelectMode::Toggle => {
                if !self.chosen.remove(id) {
                    self.chosen.insert(id.clone());
                }
                self.anchor = Some(id.clone());
            }
            SelectMode::Range => {
                let Some(end) = order.iter().position(|other| other == id) else { return };
                let start = place(&self.anchor).unwrap_or(end);
                self.chosen = order[start.min(end)..=start.max(end)].iter().cloned().collect();
                self.anchor = Some(order[start].clone());
            }
        }
        self.cursor = Some(id.clone());
    }

    /// Moves the cursor by `by` rows; returns its new row.
    pub(super) fn step(&mut self, by: isize, how: SelectMode, order: &[NodeId]) -> Option<usize> {
        let last = order.len().checked_sub(1)?;
        let place = match order.iter().position(|id| Some(id) == self.cursor.as_ref()) {
            Some(place) => place.saturating_add_signed(by).min(last),
            None if by > 0 => 0,
            None => last,
        };
        self.choose(&order[place].clone(), how, order);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Vec<NodeId> {
        ["a", "b", "c", "d"].map(NodeId::from_text).to_vec()
    }

    fn chosen(selection: &Selection) -> String {
        selection.among(ids().iter()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn clicks_select_as_in_other_lists() {
        let (order, mut selection) = (ids(), Selection::default());
        for (click, how, expected) in [
            (1, SelectMode::Replace, "b"),
            (3, SelectMode::Range, "bcd"),
            (0, SelectMode::Range, "ab"),
            (3, SelectMode::Toggle, "abd"),
            (1, SelectMode::Toggle, "ad"),
            (2, SelectMode::Range, "bc"),
            (2, SelectMode::Replace, "c"),
        ] {
            selection.choose(&order[click], how, &order);
            assert_eq!(chosen(&selection), expected, "{click} {how:?}");
        }
    }

    #[test]
    fn the_cursor_stays_within_the_list() {
        let (order, mut selection) = (ids(), Selection::default());
        assert_eq!(selection.step(-1, SelectMode::Replace, &order), Some(3));
        assert_eq!(selection.step(1, SelectMode::Replace, &order), Some(3));
        assert_eq!((selection.step(-2, SelectMode::Range, &order), chosen(&selection)), (Some(1), "bcd".into()));
        assert_eq!(selection.step(1, SelectMode::Replace, &[]), None);
        selection.all(&order);
        assert_eq!(chosen(&selection), "abcd");
    }
}
