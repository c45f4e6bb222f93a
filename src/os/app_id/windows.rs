//! Windows: the ID in the user's classes in the registry, and of this process.

use std::io;
use std::path::Path;

use windows_registry::CURRENT_USER;
use windows_sys::Win32::UI::Shell::SetCurrentProcessExplicitAppUserModelID;

use super::APP_ID;

const CLASS: &str = r"Software\Classes\AppUserModelId\Sluice.Sluice";

/// File name of the notifications' picture, which is beside the program.
const ICON: &str = "sluice.png";

pub(super) fn set() {
    let program = std::env::current_exe();
    if let Err(error) = program.and_then(|program| register(CLASS, &program)) {
        tracing::debug!(%error, "cannot register the application ID; notifications show another name");
    }
    let name = widestring::U16CString::from_str_truncate(APP_ID);
    #[expect(unsafe_code, reason = "a Windows API call")]
    // SAFETY: the text is null-terminated and outlives the call.
    let result = unsafe { SetCurrentProcessExplicitAppUserModelID(name.as_ptr()) };
    if result < 0 {
        tracing::debug!(result, "cannot set the application ID of this process");
    }
}

fn register(class: &str, program: &Path) -> io::Result<()> {
    let key = CURRENT_USER.create(class)?;
    key.set_string("DisplayName", "Sluice")?;
    let icon = program.with_file_name(ICON);
    if icon.is_file() {
        key.set_string("IconUri", icon.to_string_lossy())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::registry;

    #[test]
    fn notifications_have_a_name_and_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let class = r"Software\Classes\AppUserModelId\Sluice.Test";
        register(class, &folder.path().join("sluice-tray.exe")).unwrap();
        assert_eq!(registry::text(class, "DisplayName").unwrap().as_deref(), Some("Sluice"));
        assert_eq!(registry::text(class, "IconUri").unwrap(), None);
        std::fs::write(folder.path().join(ICON), "").unwrap();
        register(class, &folder.path().join("sluice-tray.exe")).unwrap();
        assert!(registry::text(class, "IconUri").unwrap().unwrap().ends_with(r"\sluice.png"));
        CURRENT_USER.remove_tree(class).unwrap();
        set();
        assert_eq!(registry::text(CLASS, "DisplayName").unwrap().as_deref(), Some("Sluice"));
    }
}
