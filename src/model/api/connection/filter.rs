//! Filters for connections.

use super::ConnectionView;
use crate::model::node::NodeId;

/// A filter for connections. Empty and `None` match everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionFilter {
    /// Part of the target, the program, the client's address or the node's name, in any case.
    pub text: String,
    /// The program's name, in any case, or the client's address.
    pub program: Option<String>,
    /// The node's name, its id, or a prefix of its id.
    pub node: Option<String>,
}

impl ConnectionFilter {
    /// Whether a connection matches.
    pub fn matches(&self, row: &ConnectionView) -> bool {
        let is_program = |wanted: &String| row.program_or_address().eq_ignore_ascii_case(wanted);
        self.program.as_ref().is_none_or(is_program)
            && self.node.as_ref().is_none_or(|wanted| is_node(row, wanted))
            && self.has_text(row)
    }

    fn has_text(&self, row: &ConnectionView) -> bool {
        let text = self.text.trim().to_lowercase();
        let has = |field: &str| field.to_lowercase().contains(&text);
        text.is_empty()
            || has(&row.target())
            || has(row.program_or_address())
            || has(&row.client)
            || has(row.node_label())
    }
}

fn is_node(row: &ConnectionView, wanted: &str) -> bool {
    let is_id = |id: &NodeId| !wanted.is_empty() && id.as_str().starts_with(&wanted.to_ascii_lowercase());
    row.node.as_ref().is_some_and(is_id) || row.node_name.as_deref().is_some_and(|name| name == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_as_documented() {
        let mut remote = ConnectionView::example(3, "", "www.bbc.co.uk");
        remote.client = "192.168.1.7:5000".into();
        let rows = [
            ConnectionView::example(1, "curl", "a.example"),
            ConnectionView::example(2, "Chromium", "b.example"),
            remote,
        ];
        let ids = |filter: ConnectionFilter| -> Vec<u64> {
            rows.iter().filter(|row| filter.matches(row)).map(|row| row.id).collect()
        };
        let text = |text: &str| ConnectionFilter { text: text.into(), ..ConnectionFilter::default() };
        let program = |name: &str| ConnectionFilter { program: Some(name.into()), ..ConnectionFilter::default() };
        let node = |name: &str| ConnectionFilter { node: Some(name.into()), ..ConnectionFilter::default() };
        assert_eq!(ids(ConnectionFilter::default()), [1, 2, 3]);
        assert_eq!((ids(text("EXAMPLE")), ids(text("192.168"))), (vec![1, 2], vec![3]));
        assert_eq!(
            (ids(program("chromium")), ids(program("chrom")), ids(program("192.168.1.7"))),
            (vec![2], vec![], vec![3])
        );
        assert_eq!(
            (ids(node("Tokyo")), ids(node("80e7")), ids(node("Tok")), ids(node(""))),
            (vec![1, 2, 3], vec![1, 2, 3], vec![], vec![])
        );
        assert_eq!(rows[2].site(), "bbc.co.uk");
    }
}
