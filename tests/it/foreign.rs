//! Files of other clients as these programs write them, in `tests/data/foreign`. `tests/data/foreign.json` lists for each
//! file its nodes, the settings it is mapped to, and what is skipped.

use std::collections::BTreeMap;

use serde::Deserialize;
use sluice::model::foreign::{self, SkipReason};
use sluice::model::{Node, Settings, list};

use crate::source::root;

/// What a file is expected to be imported as.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    nodes: Vec<String>,
    /// By dotted key; a node is given by its name.
    settings: BTreeMap<String, String>,
    subscriptions: Vec<String>,
    left: BTreeMap<String, SkipReason>,
}

#[test]
fn every_file_of_another_client_is_imported_as_listed() {
    let folder = root().join("tests/data");
    let listed = std::fs::read_to_string(folder.join("foreign.json")).unwrap();
    let files: BTreeMap<String, Wanted> = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        std::fs::read_dir(folder.join("foreign")).unwrap().count(),
        files.len(),
        "foreign.json lists every file"
    );
    for (name, wanted) in files {
        let text = std::fs::read_to_string(folder.join("foreign").join(&name)).unwrap();
        let items = list::read(&text).unwrap();
        let nodes: Vec<Node> = items.into_iter().map(|item| item.node.unwrap()).collect();
        let names: Vec<_> = nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, wanted.nodes, "{name}");

        let found = foreign::read(&text);
        let pairs: Vec<_> = found.settings.iter().map(|setting| (setting.key, setting.value.expose())).collect();
        Settings::default().with_all(pairs.iter().copied()).unwrap();
        let shown = |(key, value): &(&str, &str)| {
            let named = nodes.iter().find(|node| *key == "node" && node.id().as_str() == *value);
            ((*key).to_owned(), named.map_or_else(|| (*value).to_owned(), |node| node.name.clone()))
        };
        assert_eq!(pairs.iter().map(shown).collect::<BTreeMap<_, _>>(), wanted.settings, "{name}");
        let urls: Vec<_> = found.subscriptions.iter().map(|(_, url)| url.expose()).collect();
        assert_eq!(urls, wanted.subscriptions, "{name}");
        let left: BTreeMap<_, _> = found.left.into_iter().map(|left| (left.name, left.reason)).collect();
        assert_eq!(left, wanted.left, "{name}");
    }
}
