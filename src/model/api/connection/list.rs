//! A follower's list of connections, and the changes to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ConnectionView;

/// The figures of a connection of which nothing else has changed: id, bytes up and down, bytes per second up and down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionFigures(pub u64, pub u64, pub u64, pub u64, pub u64);

/// The changes since the last message; all connections in the first one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionChanges {
    /// Connections that are new or have changed.
    pub rows: Vec<ConnectionView>,
    /// Connections of which only the figures have changed.
    pub figures: Vec<ConnectionFigures>,
    /// Ids of connections that are not listed any more.
    pub gone: Vec<u64>,
}

/// A follower's list of connections, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectionList {
    rows: BTreeMap<u64, ConnectionView>,
    version: u64,
}

impl ConnectionList {
    /// Applies changes.
    pub fn apply(&mut self, changes: ConnectionChanges) {
        for id in changes.gone {
            self.rows.remove(&id);
        }
        self.rows.extend(changes.rows.into_iter().map(|row| (row.id, row)));
        for ConnectionFigures(id, up, down, up_rate, down_rate) in changes.figures {
            if let Some(row) = self.rows.get_mut(&id) {
                (row.up, row.down, row.up_rate, row.down_rate) = (up, down, up_rate, down_rate);
            }
        }
        self.version += 1;
    }

    /// Removes all connections.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.version += 1;
    }

    /// Incremented with each change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The connections, oldest first.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &ConnectionView> + Clone {
        self.rows.values()
    }

    /// The connection with this id.
    pub fn get(&self, id: u64) -> Option<&ConnectionView> {
        self.rows.get(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::connection::ConnectionEnd;

    #[test]
    fn changes_add_up_to_the_list() {
        let mut list = ConnectionList::default();
        let rows = vec![
            ConnectionView::example(1, "curl", "a.example"),
            ConnectionView::example(2, "git", "b.example"),
            ConnectionView::example(3, "curl", "c.example"),
        ];
        list.apply(ConnectionChanges { rows, ..ConnectionChanges::default() });
        let ended =
            ConnectionView { ended: Some(ConnectionEnd::Closed), ..ConnectionView::example(2, "git", "b.example") };
        let figures = vec![ConnectionFigures(3, 10, 20, 1, 2), ConnectionFigures(9, 1, 1, 1, 1)];
        list.apply(ConnectionChanges { rows: vec![ended], figures, gone: vec![1] });
        let seen: Vec<_> = list.rows().map(|row| (row.id, row.up, row.down_rate, row.ended)).collect();
        assert_eq!(seen, [(2, 0, 0, Some(ConnectionEnd::Closed)), (3, 10, 2, None)]);
        assert_eq!(list.version(), 2);
    }
}
