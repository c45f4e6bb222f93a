//! The rows of the connections table: filtered, sorted and grouped, with sums. Pure.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::connection::{ConnectionFilter, ConnectionList, ConnectionView};

/// The columns that connections can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ConnectionColumn {
    Program,
    Host,
    Rule,
    Node,
    Down,
    Up,
    DownRate,
    UpRate,
    /// Age.
    #[default]
    Age,
    /// The close button.
    Close,
}

/// The sort order; newest first by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ConnectionSort {
    pub(super) by: ConnectionColumn,
    /// Texts from Z to A, smallest figures and oldest connections first.
    pub(super) is_reversed: bool,
}

impl ConnectionSort {
    /// The sort order after a click on a column header.
    pub(super) fn clicked(self, by: ConnectionColumn) -> Self {
        Self { by, is_reversed: self.by == by && !self.is_reversed }
    }
}

/// How connections are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Grouping {
    /// Not grouped.
    #[default]
    None,
    /// By program, or by the client's address.
    Program,
    /// By registrable domain.
    Site,
    /// By node.
    Node,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ConnectionRow {
    /// The header of a group.
    Group(GroupSums),
    /// A connection, by its id.
    Connection(u64),
}

/// The sums of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GroupSums {
    pub(super) name: String,
    pub(super) is_folded: bool,
    /// The open connections.
    pub(super) open: Vec<u64>,
    pub(super) all: usize,
    pub(super) up: u64,
    pub(super) down: u64,
    pub(super) up_rate: u64,
    pub(super) down_rate: u64,
}

impl GroupSums {
    fn add(&mut self, row: &ConnectionView) {
        self.all += 1;
        self.up += row.up;
        self.down += row.down;
        self.up_rate += row.up_rate;
        self.down_rate += row.down_rate;
        if row.ended.is_none() {
            self.open.push(row.id);
        }
    }
}

/// What is shown of the connections, and in which order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ConnectionsTableView {
    pub(super) filter: ConnectionFilter,
    pub(super) shows_ended: bool,
    pub(super) sort: ConnectionSort,
    pub(super) grouping: Grouping,
    /// Groups that are expanded.
    pub(super) unfolded: BTreeSet<String>,
}

impl ConnectionsTableView {
    /// The connections that match the filter, oldest first.
    pub(super) fn shown<'a>(&self, list: &'a ConnectionList) -> Vec<&'a ConnectionView> {
        let is_shown = |row: &&ConnectionView| (self.shows_ended || row.ended.is_none()) && self.filter.matches(row);
        list.rows().filter(is_shown).collect()
    }

    /// The rows for these connections.
    pub(super) fn rows(&self, mut shown: Vec<&ConnectionView>) -> Vec<ConnectionRow> {
        self.sort.apply(&mut shown);
        let key: fn(&ConnectionView) -> String = match self.grouping {
            Grouping::None => return shown.iter().map(|row| ConnectionRow::Connection(row.id)).collect(),
            Grouping::Program => |row| row.program_or_address().to_owned(),
            Grouping::Site => ConnectionView::site,
            Grouping::Node => |row| row.node_label().to_owned(),
        };
        let mut groups: BTreeMap<String, (GroupSums, Vec<u64>)> = BTreeMap::new();
        for row in shown {
            let (sums, ids) = groups.entry(key(row)).or_default();
            sums.add(row);
            ids.push(row.id);
        }
        self.lines(groups)
    }

    /// The groups, sorted by their sums in the order of the connections.
    fn lines(&self, groups: BTreeMap<String, (GroupSums, Vec<u64>)>) -> Vec<ConnectionRow> {
        let mut groups: Vec<_> = groups.into_iter().collect();
        let is_reversed = self.sort.is_reversed;
        match self.sort.by {
            ConnectionColumn::Down => groups.sort_by_key(|(_, (sums, _))| Reverse(sums.down)),
            ConnectionColumn::Up => groups.sort_by_key(|(_, (sums, _))| Reverse(sums.up)),
            ConnectionColumn::DownRate => groups.sort_by_key(|(_, (sums, _))| Reverse(sums.down_rate)),
            ConnectionColumn::UpRate => groups.sort_by_key(|(_, (sums, _))| Reverse(sums.up_rate)),
            ConnectionColumn::Program | ConnectionColumn::Host | ConnectionColumn::Rule | ConnectionColumn::Node => {}
            // By name, so that a group keeps its place.
            ConnectionColumn::Age | ConnectionColumn::Close => {}
        }
        if is_reversed {
            groups.reverse();
        }
        let mut rows = Vec::new();
        for (name, (sums, ids)) in groups {
            let is_folded = !self.unfolded.contains(&name);
            rows.push(ConnectionRow::Group(GroupSums { name, is_folded, ..sums }));
            if !is_folded {
                rows.extend(ids.into_iter().map(ConnectionRow::Connection));
            }
        }
        rows
    }
}

impl ConnectionSort {
    fn apply(self, rows: &mut [&ConnectionView]) {
        match self.by {
            ConnectionColumn::Program => rows.sort_by_cached_key(|row| row.program_or_address().to_lowercase()),
            ConnectionColumn::Host => rows.sort_by(|a, b| (&a.host, a.port).cmp(&(&b.host, b.port))),
            ConnectionColumn::Rule => rows.sort_by_key(|row| {
                (row.way as u8, row.rule.map(|place| (place.source as u8, place.line)), Reverse(row.id))
            }),
            ConnectionColumn::Node => rows.sort_by(|a, b| a.node_label().cmp(b.node_label())),
            ConnectionColumn::Down => rows.sort_by_key(|row| Reverse(row.down)),
            ConnectionColumn::Up => rows.sort_by_key(|row| Reverse(row.up)),
            ConnectionColumn::DownRate => rows.sort_by_key(|row| Reverse(row.down_rate)),
            ConnectionColumn::UpRate => rows.sort_by_key(|row| Reverse(row.up_rate)),
            ConnectionColumn::Age | ConnectionColumn::Close => rows.sort_by_key(|row| Reverse(row.id)),
        }
        if self.is_reversed {
            rows.reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::connection::{ConnectionChanges, ConnectionEnd};

    fn list() -> ConnectionList {
        let row = |id, program, host: &str, down| ConnectionView {
            down,
            down_rate: down / 10,
            ..ConnectionView::example(id, program, host)
        };
        let mut ended = row(4, "git", "github.com", 400);
        ended.ended = Some(ConnectionEnd::Closed);
        let rows = vec![row(1, "curl", "www.bbc.co.uk", 100), row(2, "chromium", "news.bbc.co.uk", 300)];
        let rows = [rows, vec![row(3, "chromium", "github.com", 200), ended]].concat();
        let mut list = ConnectionList::default();
        list.apply(ConnectionChanges { rows, ..ConnectionChanges::default() });
        list
    }

    fn lines(view: &ConnectionsTableView) -> String {
        let list = list();
        let line = |row: &ConnectionRow| match row {
            ConnectionRow::Group(sums) => format!("[{} {} {}]", sums.name, sums.all, sums.down),
            ConnectionRow::Connection(id) => id.to_string(),
        };
        view.rows(view.shown(&list)).iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_newest_come_first_until_a_column_is_sorted() {
        let mut view = ConnectionsTableView::default();
        assert_eq!(lines(&view), "3 2 1");
        view.shows_ended = true;
        assert_eq!(lines(&view), "4 3 2 1");
        for (column, expected) in [
            (ConnectionColumn::Down, "4 2 3 1"),
            (ConnectionColumn::Down, "1 3 2 4"),
            (ConnectionColumn::Program, "2 3 1 4"),
            (ConnectionColumn::Host, "3 4 2 1"),
            (ConnectionColumn::Age, "4 3 2 1"),
            (ConnectionColumn::Age, "1 2 3 4"),
        ] {
            view.sort = view.sort.clicked(column);
            assert_eq!(lines(&view), expected, "{column:?}");
        }
    }

    #[test]
    fn groups_show_their_sums() {
        let mut view = ConnectionsTableView { grouping: Grouping::Site, ..ConnectionsTableView::default() };
        assert_eq!(lines(&view), "[bbc.co.uk 2 400] [github.com 1 200]");
        view.unfolded.insert("bbc.co.uk".into());
        assert_eq!(lines(&view), "[bbc.co.uk 2 400] 2 1 [github.com 1 200]");
        view.grouping = Grouping::Program;
        view.sort = view.sort.clicked(ConnectionColumn::Down);
        assert_eq!(lines(&view), "[chromium 2 500] [curl 1 100]");
        view.shows_ended = true;
        view.grouping = Grouping::Node;
        assert_eq!(lines(&view), "[Tokyo 4 1000]");
        let ConnectionRow::Group(sums) = &view.rows(view.shown(&list()))[0] else { panic!("no group") };
        assert_eq!((sums.open.len(), sums.down_rate), (3, 100), "only open ones can be closed");
    }

    #[test]
    fn a_filter_hides_other_connections() {
        let mut view = ConnectionsTableView::default();
        view.filter.program = Some("chromium".into());
        view.filter.text = "bbc".into();
        assert_eq!(lines(&view), "2");
    }
}
