//! The rules of the house, held against its own files, each with its reason in the failure.
//!
//! Floors: a room uses what is below it and never what is above or beside it. Hard decisions are
//! made in pure files that neither wait nor look at a clock. No file grows past reading, none is
//! named after nothing, every module says what it is for. The program for servers needs no library
//! of a desktop.

use std::path::Path;
use std::process::Command;

use crate::source::{Named, Source, files_below, root, shown, sources};

/// From the ground up: a room may use any room further up in this list, none on its own line.
const FLOORS: [&[&str]; 8] = [
    &["locale"],
    &["model"],
    &["os", "socks5"],
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
    ],
    &["engine"],
    &["control", "i18n"],
    &["host"],
    &["cli", "tray", "window"],
];

/// Rooms on one floor that know each other all the same: who, whom.
const NEIGHBOURS: [(&str, &str); 2] = [("node", "aead"), ("node", "ssr")];

/// Where decisions are made: given what happened and what time it is, they say what to do.
const PURE: &[&str] = &[
    "src/diagnosis/",
    "src/locale/",
    "src/model/",
    "src/pool/fleet/",
    "src/gateway/strategy/",
    "src/rules/",
    "src/socks5/",
    "src/subscription/",
    "src/proxy/desired.rs",
    "src/proxy/plan.rs",
    "src/engine/plan.rs",
    "src/tray/menu/",
    "src/tray/notice.rs",
    "src/i18n/standing.rs",
];

/// The only folder with `unsafe`.
const UNSAFE: &str = "src/os/";

/// Names that say nothing: everything fits, so everything ends up there.
const EMPTY_NAMES: [&str; 6] = ["utils", "common", "helpers", "manager", "core", "misc"];

const LONGEST_FILE: usize = 500;

/// Crates that only a desktop has.
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
fn every_room_has_a_floor() {
    let rooms = sources("src").iter().filter_map(Source::room).map(str::to_owned).collect::<Vec<_>>();
    let homeless = rooms.into_iter().filter(|room| !is_role(room) && floor(room).is_none());
    hold("a folder or file in src/ needs a floor: give it one in FLOORS", homeless);
}

#[test]
fn arrows_point_down() {
    let mut upward = Vec::new();
    for source in sources("src") {
        let Some(room) = source.room().filter(|room| !is_role(room)) else { continue };
        let seen = source.named.iter().filter_map(|path| other_room(path).map(|other| (path, other)));
        let wrong = seen.filter(|(_, other)| !may_use(room, other));
        upward.extend(wrong.map(|(path, other)| format!("{}: {room} uses {other}", place(&source, path))));
    }
    hold(
        "a room knows only the floors below its own; what rooms of one floor need of each other, the engine passes on",
        upward,
    );
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

/// The mains start everything, and the crate's root lists everything.
fn is_role(room: &str) -> bool {
    ["lib", "main", "bin"].contains(&room)
}

#[test]
fn decisions_are_made_without_io_and_without_a_clock() {
    let mut impure = Vec::new();
    for source in sources("src") {
        let for_tests = source.path.ends_with("/tests.rs") || source.path.contains("/tests/");
        if for_tests || !PURE.iter().any(|pure| source.path.starts_with(pure)) {
            continue;
        }
        let wrong = source.named.iter().filter(|path| !path.in_test && !is_pure(&path.segments));
        impure.extend(wrong.map(|path| place(&source, path)));
    }
    hold("a pure file is told the time and waits for nothing, so that every case can be tested at once", impure);
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
    hold("a bare tokio::spawn has nobody to end it: spawn on a JoinSet or a TaskTracker", everywhere(bare));
}

#[test]
fn unsafe_code_has_one_place() {
    let is_unsafe = |path: &&Named| path.segments == ["unsafe"];
    let elsewhere = everywhere(is_unsafe).into_iter().filter(|place| !place.starts_with(UNSAFE));
    hold("unsafe code is in src/os/ only, where few read and all look twice", elsewhere);
}

fn everywhere(wrong: impl Fn(&&Named) -> bool) -> Vec<String> {
    let all = sources("src").into_iter().chain(sources("tests"));
    all.flat_map(|source| source.named.iter().filter(&wrong).map(|path| place(&source, path)).collect::<Vec<_>>())
        .collect()
}

#[test]
fn no_file_is_too_long() {
    let all = sources("src").into_iter().chain(sources("tests")).chain(sources("fuzz"));
    let long = all.filter(|source| source.text.lines().count() > LONGEST_FILE).map(|source| source.path);
    hold("nobody keeps more than 500 lines in mind: split the file by what its parts are for", long);
}

#[test]
fn every_module_says_what_it_is_for() {
    let all = sources("src").into_iter().chain(sources("tests")).chain(sources("fuzz"));
    let silent = all.filter(|source| !source.text.starts_with("//!")).map(|source| source.path);
    hold("a file begins with `//!`: what it owns and what it never does", silent);
}

#[test]
fn every_folder_has_its_mod_rs() {
    let folders = ["src", "tests/it"].map(|top| folders_below(&root().join(top))).concat();
    let roots = ["src/bin"];
    let without = folders.iter().filter(|folder| {
        let holds_rust = files_below(folder).iter().any(|file| file.extension().is_some_and(|end| end == "rs"));
        holds_rust && !folder.join("mod.rs").is_file() && !roots.contains(&shown(folder).as_str())
    });
    hold("a folder's head is its mod.rs, beside what it heads", without.map(|folder| shown(folder)));
}

fn folders_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut folders: Vec<_> = files_below(folder).iter().filter_map(|file| file.parent().map(Path::to_owned)).collect();
    folders.retain(|found| found != folder);
    folders.dedup();
    folders
}

#[test]
fn names_say_what_is_inside() {
    let empty = tracked().into_iter().filter(|path| {
        let path = Path::new(path).with_extension("");
        path.iter().any(|part| EMPTY_NAMES.iter().any(|name| part == *name))
    });
    hold("utils, common, helpers, manager, core and misc are names for anything: say what is inside", empty);
}

#[test]
fn the_project_stands_alone() {
    let words = [concat!("../", "shared"), concat!("/wo", "rk/")];
    let mut found = Vec::new();
    for path in tracked() {
        // Tracked, yet removed from the work tree.
        let Ok(bytes) = std::fs::read(root().join(&path)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().enumerate().filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        found.extend(lines.map(|(index, _)| format!("{path}:{}", index + 1)));
    }
    hold("no file speaks of a place outside the project: nobody else has it", found);
}

/// The files that git knows, relative to the project.
pub fn tracked() -> Vec<String> {
    let listed =
        Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().expect("git lists the files");
    assert!(listed.status.success(), "git lists the files: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).unwrap();
    let names: Vec<_> = names.split_terminator('\0').map(str::to_owned).collect();
    assert!(names.iter().any(|name| name == "Cargo.toml"), "git knows the project's files");
    names
}

#[test]
#[cfg(target_os = "linux")]
fn the_program_for_servers_needs_no_desktop_library() {
    const DESKTOP: [&str; 8] = ["gtk", "gdk", "libgl", "libegl", "x11", "xcb", "wayland", "appindicator"];
    let listed = Command::new("ldd").arg(env!("CARGO_BIN_EXE_sluice")).output().expect("ldd comes with the C library");
    let needed = String::from_utf8(listed.stdout).unwrap().to_lowercase();
    assert!(needed.contains("libc.so"), "ldd lists what the program needs: {needed}");
    let desktop = needed.lines().filter(|line| DESKTOP.iter().any(|name| line.contains(name)));
    hold("`sluice` starts on a server that has no desktop", desktop.map(|line| line.trim().to_owned()));
}

#[test]
fn desktop_crates_come_by_the_desktop_feature_alone() {
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
    hold(
        "without the feature `desktop` nothing of a desktop is built: make the dependency optional",
        desktop.map(str::to_owned),
    );
}

fn place(source: &Source, path: &Named) -> String {
    format!("{}:{} {}", source.path, path.line, path.segments.join("::"))
}

/// Fails with the rule and every place that breaks it.
pub fn hold(rule: &str, broken: impl IntoIterator<Item = String>) {
    let mut broken: Vec<String> = broken.into_iter().collect();
    broken.sort();
    broken.dedup();
    assert!(broken.is_empty(), "\n{rule}\n    {}\n", broken.join("\n    "));
}
