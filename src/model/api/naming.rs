//! Finds the node that a command names: by its id, its exact name, or a prefix of its id.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Fault, FaultCode, NodeId};

/// The index of the single node that `wanted` names. An id takes precedence over a name and a name over a prefix of an
/// id, so that a name that looks like a prefix still names its node.
///
/// # Errors
/// [`FaultCode::UnknownNode`] if none matches, [`FaultCode::AmbiguousNode`] if several do; the detail is `wanted`.
pub fn find<'a>(wanted: &str, nodes: impl Iterator<Item = (&'a NodeId, &'a str)> + Clone) -> Result<usize, Fault> {
    let lower = wanted.to_ascii_lowercase();
    let places = |matches: &dyn Fn(&NodeId, &str) -> bool| -> Vec<usize> {
        let numbered = nodes.clone().enumerate();
        numbered.filter(|(_, (id, name))| matches(id, name)).map(|(place, _)| place).collect()
    };
    let by_id = || places(&|id, _| id.as_str() == lower);
    let by_name = || places(&|_, name| name == wanted);
    let by_beginning = || places(&|id, _| !lower.is_empty() && id.as_str().starts_with(&lower));
    let found = [&by_id as &dyn Fn() -> Vec<usize>, &by_name, &by_beginning];
    let found = found.iter().map(|look| look()).find(|places| !places.is_empty());
    match found.as_deref() {
        None | Some([]) => Err(Fault::new(FaultCode::UnknownNode, wanted)),
        Some([place]) => Ok(*place),
        Some([_, _, ..]) => Err(Fault::new(FaultCode::AmbiguousNode, wanted)),
    }
}

/// An index of many nodes, in which many of them are found quickly, by the rules of [`find`].
pub struct NameIndex<'a> {
    ids: BTreeMap<&'a str, usize>,
    /// None where several have the name.
    names: HashMap<&'a str, Option<usize>>,
}

impl<'a> NameIndex<'a> {
    /// The index of these nodes, whose ids are unique.
    pub fn of(nodes: impl Iterator<Item = (&'a NodeId, &'a str)>) -> Self {
        let (mut ids, mut names) = (BTreeMap::new(), HashMap::new());
        for (place, (id, name)) in nodes.enumerate() {
            ids.insert(id.as_str(), place);
            names.entry(name).and_modify(|one| *one = None).or_insert(Some(place));
        }
        Self { ids, names }
    }

    /// The index of the single node that `wanted` names.
    ///
    /// # Errors
    /// As [`find`].
    pub fn find(&self, wanted: &str) -> Result<usize, Fault> {
        let lower = wanted.to_ascii_lowercase();
        if let Some(place) = self.ids.get(lower.as_str()) {
            return Ok(*place);
        }
        let ambiguous = || Fault::new(FaultCode::AmbiguousNode, wanted);
        if let Some(place) = self.names.get(wanted) {
            return place.ok_or_else(ambiguous);
        }
        let mut begun = self.ids.range(lower.as_str()..).take_while(|(id, _)| id.starts_with(&lower));
        match (begun.next(), begun.next()) {
            (Some((_, place)), None) if !lower.is_empty() => Ok(*place),
            (Some(_), Some(_)) if !lower.is_empty() => Err(ambiguous()),
            _ => Err(Fault::new(FaultCode::UnknownNode, wanted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_named_by_id_name_or_prefix() {
        let nodes = [("abc123", "Tokyo"), ("abd456", "Osaka"), ("0123", "Osaka"), ("777", "abd456"), ("778", "")];
        let ids: Vec<_> = nodes.iter().map(|(id, name)| (NodeId::from_text(id), *name)).collect();
        let check = |wanted, expected: Result<usize, FaultCode>| {
            let nodes = || ids.iter().map(|(id, name)| (id, *name));
            for found in [find(wanted, nodes()), NameIndex::of(nodes()).find(wanted)] {
                assert_eq!(found.map_err(|fault| fault.code), expected, "{wanted}");
            }
        };
        check("ABC123", Ok(0));
        check("abd456", Ok(1));
        check("Tokyo", Ok(0));
        check("abc", Ok(0));
        check("0", Ok(2));
        check("Osaka", Err(FaultCode::AmbiguousNode));
        check("ab", Err(FaultCode::AmbiguousNode));
        check("tokyo", Err(FaultCode::UnknownNode));
        check("x", Err(FaultCode::UnknownNode));
        check("", Ok(4));
    }
}
