//! The documentation (README, `docs/` and the other pages) is complete and its links work.
//!
//! The README is short and links to every page, directly or indirectly. Relative links point to existing files and headings.
//! Every setting, command and room is documented. The changelog has a section for unreleased changes.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use sluice::model::Settings;

use crate::architecture::{assert_rule, tracked};
use crate::source::{Source, root, sources};

const README: &str = "README.md";

const MAX_README_LINES: usize = 150;

/// One page.
struct Page {
    text: String,
    links: Vec<Link>,
    /// The fragments of its headings, as GitHub generates them.
    headings: BTreeSet<String>,
}

/// A link to a file in the project.
struct Link {
    /// Line number, from 1.
    line: usize,
    /// File, relative to the project.
    file: String,
    /// Heading in it.
    fragment: Option<String>,
}

/// Every Markdown file that git tracks, by path.
fn pages() -> BTreeMap<String, Page> {
    let paths = tracked().into_iter().filter(|path| path.ends_with(".md"));
    let pages: BTreeMap<_, _> = paths
        .filter_map(|path| {
            // Tracked, but deleted in the work tree.
            let text = std::fs::read_to_string(root().join(&path)).ok()?;
            Some((path.clone(), Page::read(&path, text)))
        })
        .collect();
    assert!(pages.contains_key(README) && pages.len() > 5, "{:?}", pages.keys());
    pages
}

impl Page {
    fn read(path: &str, text: String) -> Self {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut links = Vec::new();
        let mut headings = BTreeSet::new();
        for (line, prose) in prose(&text) {
            if let Some(title) = prose.strip_prefix('#') {
                headings.insert(fragment(title.trim_start_matches('#').trim()));
            }
            let targets = prose.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
            let relative = targets.filter(|target| !target.contains(':'));
            links.extend(relative.map(|target| Link::read(line, path, folder, target)));
        }
        Self { text, links, headings }
    }
}

impl Link {
    fn read(line: usize, path: &str, folder: &str, target: &str) -> Self {
        let (file, fragment) = match target.split_once('#') {
            Some((file, fragment)) => (file, Some(fragment.to_owned())),
            None => (target, None),
        };
        let file = if file.is_empty() { path.to_owned() } else { joined(folder, file) };
        Self { line, file, fragment }
    }
}

/// The lines outside of code blocks, without inline code, each with its number.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut is_code = false;
    (1..).zip(text.lines()).filter_map(move |(number, line)| {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            return None;
        }
        let words = if line.starts_with('#') { line.replace('`', "") } else { line.split('`').step_by(2).collect() };
        (!is_code).then_some((number, words))
    })
}

/// The fragment of a heading.
fn fragment(title: &str) -> String {
    let kept = title.to_lowercase().replace(' ', "-");
    kept.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
}

/// A relative path from a folder, without `..`.
fn joined(folder: &str, file: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[test]
fn the_readme_is_short() {
    let lines = std::fs::read_to_string(root().join(README)).unwrap().lines().count();
    assert!(
        lines <= MAX_README_LINES,
        "README.md has {lines} lines: move what a newcomer does not need at once to docs/"
    );
}

#[test]
fn every_page_is_reachable_from_the_readme() {
    let pages = pages();
    let mut reached = BTreeSet::from([README]);
    let mut next = vec![README];
    while let Some(page) = next.pop() {
        let links = pages[page].links.iter().filter_map(|link| pages.get_key_value(&link.file));
        next.extend(links.map(|(path, _)| path.as_str()).filter(|path| reached.insert(path)));
    }
    let lost = pages.keys().filter(|path| !reached.contains(path.as_str()));
    assert_rule("every page must be reachable from README.md through links", lost.cloned());
}

#[test]
fn links_point_to_existing_files_and_headings() {
    let pages = pages();
    let mut dead = Vec::new();
    for (path, page) in &pages {
        for Link { line, file, fragment } in &page.links {
            let has_heading = |name: &String| pages.get(file).is_some_and(|page| page.headings.contains(name));
            if !root().join(file).exists() {
                dead.push(format!("{path}:{line} {file}"));
            } else if let Some(fragment) = fragment.as_ref().filter(|name| !has_heading(name)) {
                dead.push(format!("{path}:{line} {file}#{fragment}"));
            }
        }
    }
    assert_rule("a relative link must point to an existing file and heading", dead);
}

/// README and `docs/` in one.
fn guide() -> String {
    let pages = pages().into_iter().filter(|(path, _)| path == README || path.starts_with("docs/"));
    pages.map(|(_, page)| page.text).collect()
}

#[test]
fn every_setting_is_documented() {
    let text = guide();
    let keys = Settings::default().listing().into_iter().map(|(key, _)| key).filter(|key| key != "version");
    let unnamed = keys.filter(|key| !text.contains(&format!("`{key}`")));
    assert_rule("README.md or docs/ must explain every setting that `sluice get` lists", unnamed);
}

#[test]
fn every_command_is_documented() {
    let text = guide();
    let help = Command::new(env!("CARGO_BIN_EXE_sluice")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<_> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"serve"), "`sluice --help` lists the commands: {help}");
    let unnamed = commands.iter().filter(|command| {
        **command != "help" && ![' ', '`'].iter().any(|end| text.contains(&format!("`{command}{end}")))
    });
    assert_rule(
        "README.md or docs/ must explain every command that `sluice --help` lists",
        unnamed.map(ToString::to_string),
    );
}

#[test]
fn every_room_is_documented() {
    let text = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let rooms: BTreeSet<_> = sources("src").iter().filter_map(Source::room).map(str::to_owned).collect();
    let unnamed = rooms.into_iter().filter(|room| !["lib", "main", "bin"].contains(&room.as_str()));
    let unnamed = unnamed.filter(|room| !text.contains(&format!("`{room}`")));
    assert_rule("docs/architecture.md must explain every folder and file directly in src/", unnamed);
}

#[test]
fn the_changelog_has_unreleased_changes() {
    let text = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let unreleased = text.split("\n## ").find(|section| section.starts_with("Unreleased"));
    let lines = unreleased.map(|section| section.lines().filter(|line| line.starts_with("- ")).count());
    assert!(
        lines > Some(0),
        "CHANGELOG.md must have a section `## Unreleased` with a line for every change that a user notices"
    );
}
