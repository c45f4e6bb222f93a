//! Whether there is a desktop session.

/// Whether this session has a display.
#[cfg(target_os = "linux")]
pub fn is_there() -> bool {
    ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Whether this session has a display: always, on these systems.
#[cfg(not(target_os = "linux"))]
pub fn is_there() -> bool {
    true
}

/// The width and height of an icon in the panel, in pixels.
#[cfg(windows)]
pub fn panel_icon_side() -> u32 {
    use windows_sys::Win32::UI::WindowsAndMessaging::{GetSystemMetrics, SM_CXSMICON};
    #[expect(unsafe_code, reason = "a Windows API call")]
    // SAFETY: the argument is a plain number.
    let side = unsafe { GetSystemMetrics(SM_CXSMICON) };
    u32::try_from(side).unwrap_or(0).max(16)
}

/// Whether this desktop shows tray icons only with an extension: GNOME, unless the distribution installs one.
#[cfg(target_os = "linux")]
pub fn needs_tray_extension() -> bool {
    let desktop = std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default().to_lowercase();
    let is = |name: &str| desktop.split(':').any(|part| part == name);
    is("gnome") && !is("ubuntu") && !is("pop")
}

/// Whether this desktop shows tray icons only with an extension: never, on these systems.
#[cfg(not(target_os = "linux"))]
pub fn needs_tray_extension() -> bool {
    false
}
