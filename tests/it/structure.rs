//! How the parts of the house hang together: which file knows which, what types are called, how much one holds.
//!
//! Files of one room form no import circle, except that a module and its parts may know each other: a circle means that
//! neither file can be read alone. A type's name stands once in the whole tree, unless it is the same idea each time.
//! A struct of more than fifteen fields has several owners' state in it. Only what the program is built of counts, not
//! tests.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::architecture::hold;
use crate::source::{Named, Source, root, sources};

/// Names that stand in several rooms, each with the idea that is the same there.
const SHARED_NAMES: &[(&str, &str)] = &[
    ("Config", "what a room is told when it starts or changes"),
    ("Handle", "what a room's owner holds: calls, and the end on drop"),
    ("Input", "whatever can happen next in a room's loop"),
    ("Report", "what a room tells its owner"),
];

const MOST_FIELDS: usize = 15;

#[test]
fn no_room_has_an_import_circle() {
    let sources: Vec<_> = sources("src").into_iter().filter(|source| !source.is_for_tests()).collect();
    let modules: BTreeSet<Vec<String>> = sources.iter().map(Source::module).collect();
    let mut known: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for source in &sources {
        let module = source.module();
        let imports = source.named.iter().filter(|path| !path.in_test).filter_map(|path| target(path, &modules));
        let siblings = imports.filter(|other| other.first() == module.first() && !are_kin(&module, other));
        let siblings = siblings.collect();
        known.insert(module, siblings);
    }
    let circles = known.keys().filter(|module| reaches(&known, module, module));
    hold(
        "files of one room must not need each other in a circle: move what both need to a file of its own, or turn one arrow round",
        circles.map(|module| format!("src/{}", module.join("/"))),
    );
}

/// The file that a path leads to.
fn target(path: &Named, modules: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    let inner = path.segments.strip_prefix(&["crate".to_owned()])?;
    (1..=inner.len()).rev().map(|length| inner[..length].to_vec()).find(|module| modules.contains(module))
}

/// Whether one is the other or a part of it.
fn are_kin(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

fn reaches(known: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>, from: &[String], to: &[String]) -> bool {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(module) = next.pop() {
        for other in known.get(module).into_iter().flatten() {
            if other == to {
                return true;
            }
            if seen.insert(other) {
                next.push(other);
            }
        }
    }
    false
}

#[test]
fn a_type_name_stands_once() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources("src").iter().filter(|source| !source.is_for_tests() && !is_for_one_system(source)) {
        for defined in source.defined.iter().filter(|defined| !defined.in_test) {
            places.entry(defined.name.clone()).or_default().push(format!("{}:{}", source.path, defined.line));
        }
    }
    for (name, idea) in SHARED_NAMES {
        let count = places.remove(*name).map_or(0, |places| places.len());
        assert!(count > 1, "`{name}` ({idea}) stands {count} times: take it off the list");
    }
    let twice = places.iter().filter(|(_, places)| places.len() > 1);
    hold(
        "a type's name says in the whole tree what it is: name it after what only it is, or, where the idea is the same, add it to SHARED_NAMES",
        twice.map(|(name, places)| format!("{name}: {}", places.join(" "))),
    );
}

/// Files of which each system has its own, with the same items.
fn is_for_one_system(source: &Source) -> bool {
    let systems = ["linux", "macos", "windows", "other", "others", "linux_sleep", "other_sleep"];
    let name = source.path.rsplit('/').next().and_then(|name| name.strip_suffix(".rs"));
    name.is_some_and(|name| systems.contains(&name))
}

#[test]
fn no_struct_holds_too_much() {
    let outside = sources("src").into_iter().filter(|source| source.room() != Some("model"));
    let mut large = Vec::new();
    for source in outside {
        let too_large = source.defined.iter().filter(|defined| defined.fields > MOST_FIELDS);
        large.extend(
            too_large.map(|defined| {
                format!("{}:{} {} has {} fields", source.path, defined.line, defined.name, defined.fields)
            }),
        );
    }
    hold(
        "a struct of more than 15 fields is several: give the parts that change together an owner of their own",
        large,
    );
}

/// Crates that no file names, each with what it is there for.
const UNNAMED: &[(&str, &str)] =
    &[("egui-system-font-provider", "chooses what eframe's feature `system_fonts` needs in tests")];

#[test]
fn every_dependency_is_used() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let asked = ["metadata", "--no-deps", "--format-version", "1", "--offline", "--locked"];
    let told = Command::new(cargo).args(asked).current_dir(root()).output().expect("cargo runs");
    assert!(told.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&told.stderr));
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let listed = told["packages"][0]["dependencies"].as_array().unwrap();
    let listed: BTreeSet<_> = listed.iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(listed.contains("tokio"), "cargo metadata lists the dependencies: {told}");
    let all = ["src", "tests", "benches"].into_iter().flat_map(sources);
    let named: BTreeSet<String> =
        all.flat_map(|source| source.named.into_iter().filter_map(|path| path.segments.into_iter().next())).collect();
    let unused = listed
        .into_iter()
        .filter(|name| !named.contains(&name.replace('-', "_")) && !UNNAMED.iter().any(|(unnamed, _)| unnamed == name));
    hold("a crate that nothing names costs every build: take it out of Cargo.toml", unused.map(str::to_owned));
}
