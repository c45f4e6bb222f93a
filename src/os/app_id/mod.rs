//! What Windows knows this program by: its notices come under this name, and its windows share one button in
//! the taskbar. Without it notices come from "Windows PowerShell".
//! <https://learn.microsoft.com/windows/win32/shell/appids>
//!
//! The name is registered for this user, each time the desktop's program starts: a portable program has no
//! installer, and may have moved. Other systems know a program by its desktop entry or bundle.

#[cfg(windows)]
mod windows;

/// The application user model ID. The installer registers the same one.
pub const APP_ID: &str = "Sluice.Sluice";

/// Registers the name, and takes it for this process. Windows only.
pub fn claim() {
    #[cfg(windows)]
    windows::claim();
}
