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
    #[expect(unsafe_code, reason = "a call of the system")]
    // SAFETY: it takes a plain number.
    let side = unsafe { GetSystemMetrics(SM_CXSMICON) };
    u32::try_from(side).unwrap_or(0).max(16)
}

/// The width and height of an icon in the panel, in pixels: 22 points on the finest screen.
#[cfg(target_os = "macos")]
pub fn panel_icon_side() -> u32 {
    44
}
