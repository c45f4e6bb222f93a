//! Rules about the structure of `src/`: imports between files, type names, sizes of structs, dependencies.
//!
//! The files of a room have no import cycle, since none of the files in a cycle can be understood alone; only a module and
//! its submodules may import each other. A type name is unique in the whole tree, unless it means the same everywhere. A
//! struct with more than fifteen fields should be split. Test code is exempt.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::architecture::assert_rule;
use crate::source::{Named, Source, root, sources};

/// Type names that several rooms use, each with its meaning.
const SHARED_NAMES: &[(&str, &str)] = &[
    ("Config", "the configuration that a room gets"),
    ("Handle", "calls a room's task, and stops it on drop"),
    ("Input", "an input of a room's event loop"),
    ("Report", "what a room reports to its owner"),
];

const MAX_FIELDS: usize = 15;

#[test]
fn no_room_has_an_import_cycle() {
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
    assert_rule(
        "files of one room must not import each other in a cycle: move what both need to its own file, or reverse one import",
        circles.map(|module| format!("src/{}", module.join("/"))),
    );
}

/// The module that a path refers to.
fn target(path: &Named, modules: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    let inner = path.segments.strip_prefix(&["crate".to_owned()])?;
    (1..=inner.len()).rev().map(|length| inner[..length].to_vec()).find(|module| modules.contains(module))
}

/// Whether one module is the other or a submodule of it.
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
fn type_names_are_unique() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources("src").iter().filter(|source| !source.is_for_tests() && !is_for_one_system(source)) {
        for defined in source.defined.iter().filter(|defined| !defined.in_test) {
            places.entry(defined.name.clone()).or_default().push(format!("{}:{}", source.path, defined.line));
        }
    }
    for (name, idea) in SHARED_NAMES {
        let count = places.remove(*name).map_or(0, |places| places.len());
        assert!(count > 1, "`{name}` ({idea}) is used {count} times: remove it from SHARED_NAMES");
    }
    let twice = places.iter().filter(|(_, places)| places.len() > 1);
    assert_rule(
        "type names must be unique: use a more specific name, or add it to SHARED_NAMES if it means the same everywhere",
        twice.map(|(name, places)| format!("{name}: {}", places.join(" "))),
    );
}

/// Files with the same items for different systems.
fn is_for_one_system(source: &Source) -> bool {
    let systems = ["linux", "macos", "windows", "other", "others", "linux_sleep", "other_sleep"];
    let name = source.path.rsplit('/').next().and_then(|name| name.strip_suffix(".rs"));
    name.is_some_and(|name| systems.contains(&name))
}

#[test]
fn no_struct_has_more_than_15_fields() {
    let outside = sources("src").into_iter().filter(|source| source.room() != Some("model"));
    let mut large = Vec::new();
    for source in outside {
        let too_large = source.defined.iter().filter(|defined| defined.fields > MAX_FIELDS);
        large.extend(
            too_large.map(|defined| {
                format!("{}:{} {} has {} fields", source.path, defined.line, defined.name, defined.fields)
            }),
        );
    }
    assert_rule("a struct has at most 15 fields: move those that change together to their own struct", large);
}

/// Functions with a boolean parameter, each with the reason for it.
const BOOLEAN_FUNCTIONS: &[(&str, &str, &str)] = &[
    ("src/model/node/list/json.rs", "visit_bool", "a method of serde's trait `Visitor`"),
    ("src/window/import/dialog.rs", "show", "draws a spinner while something is loading"),
    ("src/window/pages/activity/rows.rs", "show", "passed on to egui's `stick_to_bottom`"),
    ("src/window/pages/rules/mod.rs", "toggle", "the state of the switch that it draws"),
    ("src/window/pages/settings/quick.rs", "toggle", "the state of the switch that it draws"),
    ("src/window/pages/subscriptions/card.rs", "head", "draws a spinner instead of a button"),
    ("src/window/pages/subscriptions/card.rs", "show", "draws a spinner instead of a button"),
    ("src/window/parts/buttons.rs", "segment", "the state of the button that it draws, as egui's `selectable_label`"),
    ("src/window/parts/buttons.rs", "switch", "the state of the switch that it draws, as egui's `checkbox`"),
    ("src/window/parts/dialog.rs", "foot_enabled", "as egui's `add_enabled`"),
    ("src/window/parts/surface.rs", "chevron", "the state of the arrow that it draws"),
    ("src/window/sidebar.rs", "entry", "the state of the tab that it draws, as egui's `selectable_label`"),
];

#[test]
fn no_function_has_a_boolean_parameter() {
    let mut found = BTreeMap::new();
    for source in sources("src").iter().filter(|source| !source.is_for_tests()) {
        for function in source.boolean.iter().filter(|function| !function.in_test) {
            found.insert((source.path.clone(), function.name.clone()), function.line);
        }
    }
    for (path, name, reason) in BOOLEAN_FUNCTIONS {
        let is_found = found.remove(&((*path).to_owned(), (*name).to_owned())).is_some();
        assert!(is_found, "`{name}` in {path} has no boolean parameter ({reason}): remove it from BOOLEAN_FUNCTIONS");
    }
    assert_rule(
        "`true` says nothing at the call: use an enum or two functions, or add a widget's state to BOOLEAN_FUNCTIONS",
        found.iter().map(|((path, name), line)| format!("{path}:{line} {name}")),
    );
}

/// Dependencies that no file names, each with the reason for it.
const UNNAMED: &[(&str, &str)] = &[
    ("egui-system-font-provider", "selects what eframe's feature `system_fonts` needs in tests"),
    ("embed-resource", "the build script uses it, which is in installer/windows"),
];

#[test]
fn every_dependency_is_used() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--no-deps", "--format-version", "1", "--offline", "--locked"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let listed = metadata["packages"][0]["dependencies"].as_array().unwrap();
    let listed: BTreeSet<_> = listed.iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(listed.contains("tokio"), "cargo metadata lists the dependencies: {metadata}");
    let all = ["src", "tests", "benches"].into_iter().flat_map(sources);
    let named: BTreeSet<String> =
        all.flat_map(|source| source.named.into_iter().filter_map(|path| path.segments.into_iter().next())).collect();
    let unused = listed
        .into_iter()
        .filter(|name| !named.contains(&name.replace('-', "_")) && !UNNAMED.iter().any(|(unnamed, _)| unnamed == name));
    assert_rule("unused dependencies slow down every build: remove them from Cargo.toml", unused.map(str::to_owned));
}
