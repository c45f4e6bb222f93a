//! The application user model ID, by which Windows identifies this program: notifications show its name, and its windows
//! share a taskbar button. Without it notifications come from "Windows PowerShell".
//! <https://learn.microsoft.com/windows/win32/shell/appids>
//!
//! It is registered for this user at each start of the tray, since a portable program has no installer and may have moved.
//! Other systems identify a program by its desktop entry or bundle.

#[cfg(windows)]
mod windows;

/// The application user model ID. The installer registers the same one.
pub const APP_ID: &str = "Sluice.Sluice";

/// Registers the ID and sets it for this process. Windows only.
pub fn set() {
    #[cfg(windows)]
    windows::set();
}
