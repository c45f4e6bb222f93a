//! The image of the icon, in the format of each system.

#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "macos")]
pub(super) use self::macos::{first, replace};
#[cfg(windows)]
pub(super) use self::windows::{first, replace};
