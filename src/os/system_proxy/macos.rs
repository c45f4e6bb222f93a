//! macOS: `networksetup`, for each network service that is turned on.

use std::io;

use super::Desktop;
use super::networksetup::{self, ServiceSetting};
use crate::os::command;
use crate::os::process::{ChildLifetime, child};

const PROGRAM: &str = "/usr/sbin/networksetup";

pub(super) fn is_present(desktop: Desktop) -> bool {
    desktop == Desktop::MacOs && scopes(desktop).is_ok_and(|services| !services.is_empty())
}

pub(super) fn scopes(_desktop: Desktop) -> io::Result<Vec<String>> {
    run(&["-listallnetworkservices".into()]).map(|printed| networksetup::services(&printed))
}

pub(super) fn read(_desktop: Desktop, key: &str) -> io::Result<Option<String>> {
    let key = ServiceSetting::parse(key)?;
    run(&key.query()).map(|printed| Some(key.value(&printed)))
}

pub(super) fn write(_desktop: Desktop, key: &str, value: Option<&str>) -> io::Result<()> {
    let key = ServiceSetting::parse(key)?;
    for words in key.commands(value.unwrap_or_default()) {
        run(&words)?;
    }
    Ok(())
}

/// The system notifies by itself.
pub(super) fn announce(_desktop: Desktop) {}

/// Runs the program; returns its output, where it also prints errors.
fn run(words: &[String]) -> io::Result<String> {
    let mut command = child(PROGRAM, ChildLifetime::Awaited);
    command.args(words);
    let output = command::run(command)?;
    if !output.status.success() {
        let message = output.stdout.lines().next().unwrap_or("failed");
        return Err(io::Error::other(format!("networksetup: {message}")));
    }
    Ok(output.stdout)
}
