//! macOS: a launch agent of the user.

use std::io;

use auto_launch::{AutoLaunch, AutoLaunchBuilder};

use super::{Autostart, AutostartState};

pub(super) fn state(autostart: &Autostart) -> io::Result<AutostartState> {
    let is_on = entry(autostart)?.is_enabled().map_err(io::Error::other)?;
    Ok(if is_on { AutostartState::On } else { AutostartState::Off })
}

pub(super) fn enable(autostart: &Autostart) -> io::Result<()> {
    entry(autostart)?.enable().map_err(io::Error::other)
}

pub(super) fn disable(autostart: &Autostart) -> io::Result<()> {
    entry(autostart)?.disable().map_err(io::Error::other)
}

/// An entry cannot be read back, so it is always rewritten.
pub(super) fn is_current(_autostart: &Autostart) -> io::Result<bool> {
    Ok(false)
}

fn entry(autostart: &Autostart) -> io::Result<AutoLaunch> {
    let program = autostart.program.to_string_lossy();
    let mut builder = AutoLaunchBuilder::new();
    builder.set_app_name("Sluice").set_app_path(&program).set_args(&autostart.arguments);
    builder.build().map_err(io::Error::other)
}
