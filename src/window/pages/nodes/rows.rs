//! The rows of the node table: groups with their nodes, filtered and sorted. Pure.

use std::collections::BTreeSet;

use crate::model::Country;
use crate::model::snapshot::NodeView;

/// The columns that nodes can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Column {
    /// The list's own order.
    #[default]
    Place,
    Name,
    Country,
    Kind,
    Latency,
    Today,
    Total,
    Excluded,
    Weight,
    Tier,
}

/// The sort order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) by: Column,
    pub(super) is_descending: bool,
}

impl Sort {
    /// The sort order after a click on a column header: ascending, descending, then the list's own order.
    pub(super) fn clicked(self, by: Column) -> Self {
        match self {
            Self { by: current, is_descending: false } if current == by => Self { by, is_descending: true },
            Self { by: current, is_descending: true } if current == by => Self::default(),
            Self { .. } => Self { by, is_descending: false },
        }
    }
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NodeRow {
    /// The header of a group.
    Group { name: String, nodes: usize, is_folded: bool },
    /// A node, by its index in the list.
    Node(usize),
}

/// What is shown of the nodes, and in which order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TableFilter {
    pub(super) search: String,
    /// Only nodes in this country.
    pub(super) country: Option<Country>,
    pub(super) sort: Sort,
    pub(super) folded: BTreeSet<String>,
}

impl TableFilter {
    /// The rows for these nodes.
    pub(super) fn rows(&self, nodes: &[NodeView]) -> Vec<NodeRow> {
        let wanted = self.search.trim().to_lowercase();
        let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
        for (place, node) in
            nodes.iter().enumerate().filter(|(_, node)| self.has_country(node) && matches(node, &wanted))
        {
            match groups.iter_mut().find(|(name, _)| *name == node.group) {
                Some((_, places)) => places.push(place),
                None => groups.push((&node.group, vec![place])),
            }
        }
        // A single group without a name needs no header.
        let has_heads = groups.len() > 1 || groups.iter().any(|(name, _)| !name.is_empty());
        let mut rows = Vec::new();
        for (name, mut places) in groups {
            // Search results are shown even in collapsed groups.
            let is_folded = has_heads && wanted.is_empty() && self.country.is_none() && self.folded.contains(name);
            if has_heads {
                rows.push(NodeRow::Group { name: name.to_owned(), nodes: places.len(), is_folded });
            }
            if !is_folded {
                self.sort(nodes, &mut places);
                rows.extend(places.into_iter().map(NodeRow::Node));
            }
        }
        rows
    }

    fn has_country(&self, node: &NodeView) -> bool {
        self.country.is_none_or(|country| node.country == Some(country))
    }

    fn sort(&self, nodes: &[NodeView], places: &mut [usize]) {
        let node = |place: &usize| &nodes[*place];
        match self.sort.by {
            Column::Place => {}
            Column::Name => places.sort_by_cached_key(|place| node(place).name.to_lowercase()),
            // Those without a known country come last.
            Column::Country => places.sort_by_key(|place| (node(place).country.is_none(), node(place).country)),
            Column::Kind => places.sort_by_cached_key(|place| kind(node(place))),
            // Failed and untested nodes come last.
            Column::Latency => places.sort_by_key(|place| node(place).latency_ms.unwrap_or(u32::MAX)),
            Column::Today => places.sort_by_key(|place| node(place).up_today + node(place).down_today),
            Column::Total => places.sort_by_key(|place| node(place).up.saturating_add(node(place).down)),
            Column::Excluded => places.sort_by_key(|place| node(place).excluded),
            Column::Weight => places.sort_by_key(|place| node(place).weight),
            Column::Tier => places.sort_by_key(|place| node(place).tier),
        }
        if self.sort.is_descending {
            places.reverse();
        }
    }
}

/// A node's protocol and cipher.
pub(super) fn kind(node: &NodeView) -> String {
    let protocol = match node.kind.as_str() {
        "ss" => "SS",
        "ssr" => "SSR",
        other => return other.to_uppercase(),
    };
    format!("{protocol} · {}", node.method)
}

fn matches(node: &NodeView, wanted: &str) -> bool {
    let texts = [&node.name, &node.host, &node.group, &node.method, &node.kind];
    let is_country = || node.country.is_some_and(|country| country.as_str().eq_ignore_ascii_case(wanted));
    wanted.is_empty() || is_country() || texts.iter().any(|text| text.to_lowercase().contains(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, group: &str) -> NodeView {
        NodeView { group: group.into(), ..NodeView::example("80e7d5f04d77", name) }
    }

    fn shown(view: &TableFilter, nodes: &[NodeView]) -> String {
        let line = |line: &NodeRow| match line {
            NodeRow::Group { name, nodes, is_folded } => {
                format!("[{name} {nodes}{}]", if *is_folded { "…" } else { "" })
            }
            NodeRow::Node(place) => nodes[*place].name.clone(),
        };
        view.rows(nodes).iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn nodes_are_listed_by_group() {
        let nodes = [node("B", ""), node("C", "work"), node("A", ""), node("D", "work")];
        let mut view = TableFilter::default();
        assert_eq!(shown(&view, &nodes), "[ 2] B A [work 2] C D");
        view.folded.insert("work".into());
        assert_eq!(shown(&view, &nodes), "[ 2] B A [work 2…]");
        view.search = "d".into();
        assert_eq!(shown(&view, &nodes), "[work 1] D");
        assert_eq!(shown(&TableFilter::default(), &nodes[..1]), "B");
        let mut nodes = nodes;
        nodes[3].country = "JP".parse().ok();
        let of_country = TableFilter { country: nodes[3].country, ..TableFilter::default() };
        assert_eq!(shown(&of_country, &nodes), "[work 1] D");
    }

    #[test]
    fn a_click_sorts_ascending_then_descending_then_not() {
        let mut nodes = [node("b", ""), node("C", ""), node("A", "")];
        nodes[1].latency_ms = Some(5);
        let mut view = TableFilter::default();
        for expected in ["A b C", "C b A", "b C A"] {
            view.sort = view.sort.clicked(Column::Name);
            assert_eq!(shown(&view, &nodes), expected);
        }
        view.sort = view.sort.clicked(Column::Latency);
        assert_eq!(shown(&view, &nodes), "C b A");
    }
}
