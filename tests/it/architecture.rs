//! The rules of the architecture, checked on the source files; each failure explains its rule.
//!
//! Floors: a room uses the floors below it, never one above or beside it. Decisions are made in pure files without IO
//! and without a clock. Files are not too long, have meaningful names and begin with a module comment. The command line
//! program needs no desktop library.

use std::path::Path;
use std::process::Command;

use crate::source::{Named, Source, files_below, root, shown, sources};

/// The floors from the bottom up: a room may use all rooms listed before its own floor.
const FLOORS: [&[&str]; 9] = [
    &["locale"],
    &["model"],
    &["os", "socks5"],
    &["handover", "sites"],
    &[
        "gateway",
        "pool",
        "node",
        "ssr",
        "aead",
        "rules",
        "proxy",
        "fetch",
        "subscription",
        "qr",
        "seal",
        "logs",
        "diagnosis",
        "manual",
        "metrics",
        "export",
    ],
    &["engine"],
    &["control", "i18n"],
    &["host"],
    &["cli", "tray", "window"],
];

/// Exceptions: rooms that use another one of their floor.
const NEIGHBOURS: [(&str, &str); 2] = [("node", "aead"), ("node", "ssr")];

/// Files without IO and without a clock: they get the time and what happened, and return what to do.
const PURE: &[&str] = &[
    "src/diagnosis/",
    "src/locale/",
    "src/model/",
    "src/pool/fleet/",
    "src/gateway/strategy/",
    "src/handover/switch.rs",
    "src/rules/",
    "src/sites/",
    "src/socks5/",
    "src/subscription/",
    "src/proxy/desired.rs",
    "src/proxy/plan.rs",
    "src/engine/plan.rs",
    "src/engine/desired_members.rs",
    "src/tray/menu/",
    "src/tray/notice.rs",
    "src/i18n/connection_status.rs",
];

/// The only folder that may contain `unsafe`.
const UNSAFE: &str = "src/os/";

/// Names without a meaning, under which anything could be put.
const EMPTY_NAMES: [&str; 6] = ["utils", "common", "helpers", "manager", "core", "misc"];

const MAX_FILE_LINES: usize = 500;

/// Crates that only the desktop programs need.
const DESKTOP_CRATES: [&str; 19] = [
    "tao",
    "tray-icon",
    "muda",
    "winit",
    "eframe",
    "egui",
    "gtk",
    "gdk",
    "glow",
    "glutin",
    "x11",
    "xcb",
    "wayland",
    "ksni",
    "zbus",
    "notify-rust",
    "arboard",
    "x11rb",
    "auto-launch",
];

#[test]
fn every_room_is_on_a_floor() {
    let rooms = sources("src").iter().filter_map(Source::room).map(str::to_owned).collect::<Vec<_>>();
    let missing = rooms.into_iter().filter(|room| !is_role(room) && floor(room).is_none());
    assert_rule("a folder or file directly in src/ must be listed in FLOORS", missing);
}

#[test]
fn rooms_use_only_lower_floors() {
    let mut upward = Vec::new();
    for source in sources("src") {
        let Some(room) = source.room().filter(|room| !is_role(room)) else { continue };
        let seen = source.named.iter().filter_map(|path| other_room(path).map(|other| (path, other)));
        let wrong = seen.filter(|(_, other)| !may_use(room, other));
        upward.extend(wrong.map(|(path, other)| format!("{}: {room} uses {other}", place(&source, path))));
    }
    assert_rule("a room uses only the floors below its own; rooms of one floor are connected by the engine", upward);
}

fn other_room(path: &Named) -> Option<&str> {
    match path.segments.as_slice() {
        [root, room, ..] if root == "crate" || root == "sluice" => floor(room).map(|_| room.as_str()),
        _other => None,
    }
}

fn may_use(room: &str, other: &str) -> bool {
    room == other || floor(other) < floor(room) || NEIGHBOURS.contains(&(room, other))
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// The programs' entry points and the crate's root may use everything.
fn is_role(room: &str) -> bool {
    ["lib", "main", "bin"].contains(&room)
}

#[test]
fn pure_files_have_no_io_and_no_clock() {
    let mut impure = Vec::new();
    for source in sources("src") {
        let for_tests = source.path.ends_with("/tests.rs") || source.path.contains("/tests/");
        if for_tests || !PURE.iter().any(|pure| source.path.starts_with(pure)) {
            continue;
        }
        let wrong = source.named.iter().filter(|path| !path.in_test && !is_pure(&path.segments));
        impure.extend(wrong.map(|path| place(&source, path)));
    }
    assert_rule("a pure file gets the time as an argument and does no IO, so that every case can be tested", impure);
}

fn is_pure(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let clock = |pair: &[&str]| {
        pair[1] == "now" && ["Instant", "SystemTime", "Timestamp", "Zoned", "Utc", "Local"].contains(&pair[0])
    };
    match path.as_slice() {
        ["tokio" | "hyper" | "socket2" | "rustix" | "libc", _, ..] => false,
        ["std", "fs" | "io" | "env" | "process" | "thread", ..] => false,
        ["std", "net", kind, ..] => kind.contains("Addr"),
        [".elapsed"] => false,
        other => !other.windows(2).any(clock),
    }
}

#[test]
fn every_task_has_an_owner() {
    let bare = |path: &&Named| {
        let path: Vec<&str> = path.segments.iter().map(String::as_str).collect();
        matches!(path.as_slice(), ["tokio", "spawn", ..] | ["tokio", "task", "spawn", ..])
    };
    assert_rule(
        "a task from tokio::spawn has no owner that stops it: use a JoinSet or a TaskTracker",
        everywhere(bare),
    );
}

#[test]
fn every_child_process_is_started_by_os_process() {
    let bare = |path: &&Named| !path.in_test && path.segments.ends_with(&["Command".to_owned(), "new".to_owned()]);
    let outside = sources("src").into_iter().filter(|source| !source.path.starts_with("src/os/process/"));
    let broken: Vec<_> = outside
        .flat_map(|source| source.named.iter().filter(bare).map(|path| place(&source, path)).collect::<Vec<_>>())
        .collect();
    assert_rule(
        "child processes are started with os::process::child only, which keeps Ctrl-C and console windows away from them",
        broken,
    );
}

#[test]
fn unsafe_code_is_in_src_os_only() {
    let is_unsafe = |path: &&Named| path.segments == ["unsafe"];
    let elsewhere = everywhere(is_unsafe).into_iter().filter(|place| !place.starts_with(UNSAFE));
    assert_rule("unsafe code is allowed in src/os/ only", elsewhere);
}

fn everywhere(wrong: impl Fn(&&Named) -> bool) -> Vec<String> {
    let all = sources("src").into_iter().chain(sources("tests"));
    all.flat_map(|source| source.named.iter().filter(&wrong).map(|path| place(&source, path)).collect::<Vec<_>>())
        .collect()
}

#[test]
fn no_file_is_too_long() {
    let all = sources("src").into_iter().chain(sources("tests")).chain(sources("fuzz"));
    let long = all.filter(|source| source.text.lines().count() > MAX_FILE_LINES).map(|source| source.path);
    assert_rule("a file has at most 500 lines: split it by topic", long);
}

#[test]
fn every_file_begins_with_a_module_comment() {
    let all = sources("src").into_iter().chain(sources("tests")).chain(sources("fuzz"));
    let silent = all.filter(|source| !source.text.starts_with("//!")).map(|source| source.path);
    assert_rule("a file begins with a module comment `//!`", silent);
}

#[test]
fn every_folder_has_a_mod_rs() {
    let folders = ["src", "tests/it"].map(|top| folders_below(&root().join(top))).concat();
    let roots = ["src/bin"];
    let without = folders.iter().filter(|folder| {
        let holds_rust = files_below(folder).iter().any(|file| file.extension().is_some_and(|end| end == "rs"));
        holds_rust && !folder.join("mod.rs").is_file() && !roots.contains(&shown(folder).as_str())
    });
    assert_rule("a folder's module file is its mod.rs", without.map(|folder| shown(folder)));
}

fn folders_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut folders: Vec<_> = files_below(folder).iter().filter_map(|file| file.parent().map(Path::to_owned)).collect();
    folders.retain(|found| found != folder);
    folders.dedup();
    folders
}

#[test]
fn file_names_are_meaningful() {
    let empty = tracked().into_iter().filter(|path| {
        let path = Path::new(path).with_extension("");
        path.iter().any(|part| EMPTY_NAMES.iter().any(|name| part == *name))
    });
    assert_rule(
        "utils, common, helpers, manager, core and misc say nothing about the content: use a specific name",
        empty,
    );
}

#[test]
fn no_file_refers_to_a_path_outside_the_project() {
    let words = [concat!("../", "shared"), concat!("/wo", "rk/")];
    let mut found = Vec::new();
    for path in tracked() {
        // Tracked, but deleted in the work tree.
        let Ok(bytes) = std::fs::read(root().join(&path)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().enumerate().filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        found.extend(lines.map(|(index, _)| format!("{path}:{}", index + 1)));
    }
    assert_rule("no file refers to a path outside of the project", found);
}

/// The files that git tracks, relative to the project.
pub fn tracked() -> Vec<String> {
    let listed =
        Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().expect("git lists the files");
    assert!(listed.status.success(), "git lists the files: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).unwrap();
    let names: Vec<_> = names.split_terminator('\0').map(str::to_owned).collect();
    assert!(names.iter().any(|name| name == "Cargo.toml"), "git tracks the project's files");
    names
}

#[test]
#[cfg(target_os = "linux")]
fn the_command_line_program_needs_no_desktop_library() {
    const DESKTOP: [&str; 8] = ["gtk", "gdk", "libgl", "libegl", "x11", "xcb", "wayland", "appindicator"];
    let listed = Command::new("ldd").arg(env!("CARGO_BIN_EXE_sluice")).output().expect("ldd comes with the C library");
    let needed = String::from_utf8(listed.stdout).unwrap().to_lowercase();
    assert!(needed.contains("libc.so"), "ldd lists what the program needs: {needed}");
    let desktop = needed.lines().filter(|line| DESKTOP.iter().any(|name| line.contains(name)));
    assert_rule("`sluice` must not need desktop libraries", desktop.map(|line| line.trim().to_owned()));
}

#[test]
fn desktop_crates_are_built_with_the_desktop_feature_only() {
    let arguments = "tree --no-default-features --edges normal,build --prefix none --format {p} --offline --locked";
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let listed = Command::new(cargo).args(arguments.split(' ')).current_dir(root()).output().expect("cargo runs");
    assert!(listed.status.success(), "cargo tree: {}", String::from_utf8_lossy(&listed.stderr));
    let crates = String::from_utf8(listed.stdout).unwrap();
    assert!(crates.lines().any(|line| line.starts_with("tokio v")), "cargo tree lists the crates: {crates}");
    let desktop = crates.lines().filter(|line| {
        let name = line.split(' ').next().unwrap_or_default();
        DESKTOP_CRATES.iter().any(|desktop| name.split(['-', '_']).next() == Some(desktop) || name == *desktop)
    });
    assert_rule(
        "without the feature `desktop` no desktop crate is built: make the dependency optional",
        desktop.map(str::to_owned),
    );
}

fn place(source: &Source, path: &Named) -> String {
    format!("{}:{} {}", source.path, path.line, path.segments.join("::"))
}

/// Fails with the rule and every violation.
pub fn assert_rule(rule: &str, broken: impl IntoIterator<Item = String>) {
    let mut broken: Vec<String> = broken.into_iter().collect();
    broken.sort();
    broken.dedup();
    assert!(broken.is_empty(), "\n{rule}\n    {}\n", broken.join("\n    "));
}
