//! A description of this computer for diagnostics, without anything that identifies the user.

use sysinfo::System;

/// Lines such as `system: Debian GNU/Linux 12`.
pub fn description() -> Vec<String> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let facts = [
        ("system", System::long_os_version().unwrap_or_default()),
        ("kernel", System::kernel_version().unwrap_or_default()),
        ("architecture", System::cpu_arch()),
        ("processors", std::thread::available_parallelism().map_or(0, usize::from).to_string()),
        ("desktop", variable("XDG_CURRENT_DESKTOP")),
        ("session", variable("XDG_SESSION_TYPE")),
    ];
    facts.iter().filter(|(_, value)| !value.is_empty()).map(|(fact, value)| format!("{fact}: {value}")).collect()
}
