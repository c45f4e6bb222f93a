//! The licence file that the window shows lists all crates that are built in.

use std::collections::BTreeSet;
use std::process::Command;

use crate::source::root;

const FILE: &str = "licences/third-party.txt";

#[test]
fn every_crate_that_is_built_in_is_in_the_licence_file() {
    let text = std::fs::read_to_string(root().join(FILE)).unwrap();
    let listed: BTreeSet<_> = text.lines().skip(2).take_while(|line| !line.is_empty()).filter_map(first_word).collect();
    let arguments = "tree --edges normal,no-proc-macro --prefix none --format {p} --offline --locked";
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments.split(' ')).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let built_in: BTreeSet<_> = tree.lines().filter_map(first_word).filter(|name| *name != "sluice").collect();
    assert!(built_in.contains("tokio"), "cargo tree lists the crates: {tree}");
    let missing: Vec<_> = built_in.difference(&listed).collect();
    assert!(missing.is_empty(), "run `python3 licences/collect.py`: {FILE} does not list {missing:?}");
}

fn first_word(line: &str) -> Option<&str> {
    line.split_whitespace().next()
}
