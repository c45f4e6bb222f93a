//! Windows: a value in the user's `Run` key, which needs no administrator rights.
//!
//! Task Manager and Settings keep the value and record in another key that it is disabled: a number whose lowest bit is
//! set, then a time.

use std::io;

use windows_registry::CURRENT_USER;

use super::{Autostart, AutostartState};
use crate::os::{command_line, registry};

const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";

const APPROVED: &str = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run";

const NAME: &str = "Sluice";

pub(super) fn state(_autostart: &Autostart) -> io::Result<AutostartState> {
    let is_on = entry()?.is_some() && !is_turned_off()?;
    Ok(if is_on { AutostartState::On } else { AutostartState::Off })
}

pub(super) fn enable(autostart: &Autostart) -> io::Result<()> {
    clear_disabled_mark()?;
    CURRENT_USER.create(RUN)?.set_string(NAME, command(autostart))?;
    Ok(())
}

pub(super) fn disable(_autostart: &Autostart) -> io::Result<()> {
    registry::remove(RUN, NAME)?;
    clear_disabled_mark()
}

pub(super) fn is_current(autostart: &Autostart) -> io::Result<bool> {
    Ok(entry()?.is_some_and(|entry| entry == command(autostart)))
}

fn command(autostart: &Autostart) -> String {
    command_line::of(&autostart.program, &autostart.arguments)
}

fn entry() -> io::Result<Option<String>> {
    registry::text(RUN, NAME)
}

fn is_turned_off() -> io::Result<bool> {
    let choice = registry::optional(CURRENT_USER.open(APPROVED).and_then(|approved| approved.get_value(NAME)))?;
    Ok(choice.is_some_and(|choice| choice.first().is_some_and(|state| state & 1 == 1)))
}

/// Removes the record; an entry without one is enabled.
fn clear_disabled_mark() -> io::Result<()> {
    registry::remove(APPROVED, NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A single test, since the registry key is shared.
    #[test]
    fn the_entry_is_quoted_and_read_back() {
        let autostart = Autostart {
            program: r"C:\Program Files\Sluice\sluice-tray.exe".into(),
            arguments: vec!["--at-login".into(), "--home".into(), r"D:\my files\".into()],
        };
        assert_eq!(autostart.set(AutostartState::On).unwrap(), AutostartState::On);
        let expected = r#""C:\Program Files\Sluice\sluice-tray.exe" --at-login --home "D:\my files\\""#;
        assert_eq!(entry().unwrap().as_deref(), Some(expected));
        assert!(is_current(&autostart).unwrap());
        assert!(!is_current(&Autostart { program: r"C:\other.exe".into(), ..autostart.clone() }).unwrap());

        let approved = CURRENT_USER.create(APPROVED).unwrap();
        approved.set_bytes(NAME, windows_registry::Type::Bytes, &[3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
        assert_eq!(autostart.state().unwrap(), AutostartState::Off, "turned off in Task Manager");
        assert_eq!(autostart.set(AutostartState::On).unwrap(), AutostartState::On);

        assert_eq!(autostart.set(AutostartState::Off).unwrap(), AutostartState::Off);
        assert_eq!((entry().unwrap(), is_turned_off().unwrap()), (None, false));
        assert_eq!(autostart.set(AutostartState::Off).unwrap(), AutostartState::Off);
    }
}
