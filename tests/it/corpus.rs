//! The corpus of links and files in `tests/data/links`: valid ones of every kind, and broken ones as known from the bug
//! reports of other clients, each with the expected result.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Deserialize;
use sluice::model::list::{self, Item, ListPosition};
use sluice::model::{Node, link};

use crate::source::root;

/// A link and the expected result.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    link: String,
    node: Option<Node>,
    /// The reason for which it is rejected; null if the text does not matter.
    #[serde(default, deserialize_with = "given")]
    refused: Option<Option<String>>,
}

/// The expected contents of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    /// Kind, host, port and name of each node.
    #[serde(default)]
    nodes: Vec<String>,
    #[serde(default)]
    refused: Vec<Refused>,
    /// The reason for which the file is rejected; null if the text does not matter.
    #[serde(default, deserialize_with = "given")]
    error: Option<Option<String>>,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(flatten)]
    place: ListPosition,
    reason: Option<String>,
}

/// Distinguishes null from a missing value.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let text = std::fs::read_to_string(root().join("tests/data/links").join(name)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_link_is_parsed_as_listed() {
    let cases: Vec<Case> = read("links.json");
    let mut wrong = Vec::new();
    for Case { case, link, node, refused } in &cases {
        let found = link::parse(link);
        let is_right = match (&found, node, refused) {
            (Ok(found), Some(node), None) => found == node && link::parse(&link::print(found)).as_ref() == Ok(node),
            (Err(error), None, Some(None)) => !error.to_string().contains("hunter2"),
            (Err(error), None, Some(Some(reason))) => error.to_string() == *reason,
            _other => false,
        };
        if !is_right {
            wrong.push(format!("{case}: {link}\n      is {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n    {}", wrong.len(), cases.len(), wrong.join("\n    "));
}

#[test]
fn every_file_is_read_as_listed() {
    let files: BTreeMap<String, Contents> = read("files.json");
    let folder = root().join("tests/data/links/files");
    let there = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut there: Vec<_> = there.collect();
    there.sort();
    assert_eq!(there, files.keys().cloned().collect::<Vec<_>>(), "files.json lists every file");
    let links: Vec<Case> = read("links.json");
    assert!(files.len() + links.len() >= 150, "{} files, {} links", files.len(), links.len());

    let wrong: Vec<_> = files.iter().filter_map(|(name, contents)| check(&folder.join(name), contents)).collect();
    assert!(wrong.is_empty(), "{} of {}:\n    {}", wrong.len(), files.len(), wrong.join("\n    "));
}

fn check(file: &std::path::Path, contents: &Contents) -> Option<String> {
    let found = list::read(&list::text_of(&std::fs::read(file).unwrap()));
    let is_right = match (&found, &contents.error) {
        (Err(_), Some(None)) => true,
        (Err(error), Some(Some(reason))) => error.to_string() == *reason,
        (Ok(items), None) => holds(items, contents),
        (Ok(_), Some(_)) | (Err(_), None) => false,
    };
    let shown = || found.as_ref().map(|items| items.iter().map(|item| (item.place, shown(item))).collect::<Vec<_>>());
    (!is_right).then(|| format!("{}\n      is {:?}", file.display(), shown()))
}

fn holds(items: &[Item], contents: &Contents) -> bool {
    let nodes: Vec<_> = items.iter().filter(|item| item.node.is_ok()).map(shown).collect();
    let refused: Vec<_> = items.iter().filter(|item| item.node.is_err()).collect();
    let fits = |(item, wanted): (&&Item, &Refused)| {
        item.place == wanted.place && wanted.reason.as_ref().is_none_or(|reason| shown(item) == *reason)
    };
    nodes == contents.nodes
        && refused.len() == contents.refused.len()
        && refused.iter().zip(&contents.refused).all(fits)
}

fn shown(item: &Item) -> String {
    match &item.node {
        Ok(node) => format!("{} {} {} {}", node.kind.as_str(), node.host, node.port, node.name),
        Err(error) => error.to_string(),
    }
}

/// The time to reject an input grows with its size only.
#[test]
fn ten_megabytes_of_junk_are_rejected_in_time() {
    const SIZE: usize = 10 << 20;
    let repeated = |piece: &str| piece.repeat(SIZE / piece.len());
    let junk = [
        ("letters", repeated("x")),
        ("short lines", repeated("junk\n")),
        ("links of others", repeated("vmess://eyJ2IjoiMiJ9\n")),
        ("broken links", repeated("ss://YWVzLTI1Ni1nY20@\n")),
        ("one long link", format!("ss://{}", repeated("A"))),
        ("one long ssr link", format!("ssr://{}", repeated("A"))),
        ("brackets", repeated("[")),
        ("braces", repeated("{\"servers\":")),
        ("yaml", format!("proxies:\n{}", repeated("- {a: b}\n"))),
        ("deep yaml", format!("proxies:\n{}", repeated("- "))),
        ("percent signs", format!("ss://{}@h:1", repeated("%25"))),
        ("colons", format!("ssr://{}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, repeated(":")))),
        ("zeros", repeated("\0")),
        ("a page", format!("<html>{}", repeated("ss://x "))),
    ];
    for (name, text) in junk {
        let start = Instant::now();
        let found = list::read(&list::text_of(text.as_bytes()));
        let took = start.elapsed();
        // A release build takes a tenth of this; tests are not optimized and may run on a busy machine.
        assert!(took < Duration::from_secs(60), "{name}: {took:?}");
        let nodes = found.map(|items| items.iter().filter(|item| item.node.is_ok()).count()).unwrap_or_default();
        assert_eq!(nodes, 0, "{name}");
    }
}
