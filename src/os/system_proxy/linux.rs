//! GNOME through `gsettings`, KDE through `kreadconfig` and `kwriteconfig`, of version 6 or 5.
//!
//! The programs are used rather than the files: they know where a session keeps its settings, and
//! notify running programs.

use std::io;

use super::Desktop;
use crate::model::SystemError;
use crate::os::command;
use crate::os::process::{ChildLifetime, child};

/// Default passed to KDE's reader for a missing entry: no real value looks like it.
const NO_ENTRY: &str = "\u{1}no entry";

/// Where KDE keeps its proxy settings.
const KDE_LOCATION: [&str; 4] = ["--file", "kioslaverc", "--group", "Proxy Settings"];

/// KDE's versions, the newer first. Both use the same file.
const KDE_VERSIONS: [&str; 2] = ["6", "5"];

pub(super) fn is_present(desktop: Desktop) -> bool {
    match desktop {
        Desktop::Gnome => {
            match run("gsettings", &["writable", "org.gnome.system.proxy", "mode"]) {
                Ok(answer) => answer == "true",
                // It is installed; reading reports what is wrong.
                Err(error) => error.kind() == io::ErrorKind::TimedOut,
            }
        }
        Desktop::Kde => kde_version().is_some(),
        Desktop::Windows | Desktop::MacOs => false,
    }
}

pub(super) fn scopes(_desktop: Desktop) -> io::Result<Vec<String>> {
    Ok(vec![String::new()])
}

pub(super) fn read(desktop: Desktop, key: &str) -> io::Result<Option<String>> {
    match desktop {
        Desktop::Gnome => {
            let (schema, name) = schema_and_name(key);
            run("gsettings", &["get", schema, name]).map(Some)
        }
        Desktop::Kde => {
            let words = [&KDE_LOCATION[..], &["--key", key, "--default", NO_ENTRY]].concat();
            let value = run(&format!("kreadconfig{}", needed_kde_version()?), &words)?;
            Ok((value != NO_ENTRY).then_some(value))
        }
        Desktop::Windows | Desktop::MacOs => Err(io::ErrorKind::Unsupported.into()),
    }
}

pub(super) fn write(desktop: Desktop, key: &str, value: Option<&str>) -> io::Result<()> {
    match desktop {
        Desktop::Gnome => {
            let (schema, name) = schema_and_name(key);
            match value {
                Some(value) => run("gsettings", &["set", schema, name, value]),
                None => run("gsettings", &["reset", schema, name]),
            }
        }
        Desktop::Kde => {
            let value = value.map_or_else(|| vec!["--delete", ""], |value| vec![value]);
            let words = [&KDE_LOCATION[..], &["--key", key], &value].concat();
            run(&format!("kwriteconfig{}", needed_kde_version()?), &words)
        }
        Desktop::Windows | Desktop::MacOs => Err(io::ErrorKind::Unsupported.into()),
    }
    .map(drop)
}

pub(super) fn announce(desktop: Desktop) {
    match desktop {
        // GNOME notifies by itself; the others do not exist on Linux.
        Desktop::Gnome | Desktop::Windows | Desktop::MacOs => {}
        Desktop::Kde => {
            let signal =
                ["--type=signal", "/KIO/Scheduler", "org.kde.KIO.Scheduler.reparseSlaveConfiguration", "string:"];
            // Without a session bus there are no programs to notify.
            let _no_bus = run("dbus-send", &signal);
        }
    }
}

/// `org.gnome.system.proxy.http host` → schema and name.
fn schema_and_name(key: &str) -> (&str, &str) {
    key.rsplit_once(' ').unwrap_or(("", key))
}

fn needed_kde_version() -> io::Result<&'static str> {
    kde_version()
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, SystemError::MissingProgram("kwriteconfig".into())))
}

fn kde_version() -> Option<&'static str> {
    let is_there = |version: &&str| find(&format!("kreadconfig{version}")) && find(&format!("kwriteconfig{version}"));
    KDE_VERSIONS.into_iter().find(|version| is_there(version))
}

fn find(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Runs a program; returns what it prints.
fn run(program: &str, words: &[&str]) -> io::Result<String> {
    let mut command = child(program, ChildLifetime::Awaited);
    command.args(words);
    let output = command::run(command)?;
    if !output.status.success() {
        let message = output.stderr.lines().next().unwrap_or("failed");
        return Err(io::Error::other(format!("{program}: {message}")));
    }
    Ok(output.stdout.trim_end_matches('\n').to_owned())
}
