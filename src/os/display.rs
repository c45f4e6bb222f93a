//! Whether there is a desktop to show something on.

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
