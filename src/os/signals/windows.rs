//! Ctrl-C, Ctrl-Break, the end of the console or the session, and an event with a name.
//!
//! A program without a console gets no console events: others set the event that is named after its process
//! id. Only programs of the same user can open it.

use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::sync::Arc;

use tokio::signal::windows::{self, CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown};
use tokio::sync::Notify;
use widestring::U16CString;
use windows_sys::Win32::Foundation::WAIT_OBJECT_0;
use windows_sys::Win32::System::Threading::{
    CreateEventW, EVENT_MODIFY_STATE, INFINITE, OpenEventW, SetEvent, WaitForSingleObject,
};

use crate::os::handle::owned;

pub(super) struct ConsoleEvents {
    ctrl_c: CtrlC,
    ctrl_break: CtrlBreak,
    close: CtrlClose,
    logoff: CtrlLogoff,
    shutdown: CtrlShutdown,
    asked: Arc<Notify>,
}

impl ConsoleEvents {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            ctrl_c: windows::ctrl_c()?,
            ctrl_break: windows::ctrl_break()?,
            close: windows::ctrl_close()?,
            logoff: windows::ctrl_logoff()?,
            shutdown: windows::ctrl_shutdown()?,
            asked: listen()?,
        })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.ctrl_break.recv() => {}
            _ = self.close.recv() => {}
            _ = self.logoff.recv() => {}
            _ = self.shutdown.recv() => {}
            () = self.asked.notified() => {}
        }
    }
}

pub(super) fn ask_to_stop(pid: u32) -> io::Result<()> {
    let name = name(pid);
    #[expect(unsafe_code, reason = "calls of the system")]
    // SAFETY: the name is terminated and lives through the call; the handle is checked, and owned from there on.
    unsafe {
        let event = owned(OpenEventW(EVENT_MODIFY_STATE, 0, name.as_ptr()))?;
        if SetEvent(event.as_raw_handle()) == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// Makes the event, and has a thread wait for it until the process ends.
fn listen() -> io::Result<Arc<Notify>> {
    let name = name(std::process::id());
    #[expect(unsafe_code, reason = "a call of the system")]
    // SAFETY: no attributes are given, and the name lives through the call; the handle is checked, and owned
    // from here on. The event resets itself.
    let event = unsafe { owned(CreateEventW(std::ptr::null(), 0, 0, name.as_ptr())) }?;
    let asked = Arc::new(Notify::new());
    let told = Arc::clone(&asked);
    std::thread::Builder::new().name("stop requests".into()).spawn(move || {
        while wait(&event) {
            told.notify_one();
        }
    })?;
    Ok(asked)
}

fn wait(event: &OwnedHandle) -> bool {
    #[expect(unsafe_code, reason = "a call of the system")]
    // SAFETY: the handle is open for the length of the call.
    let result = unsafe { WaitForSingleObject(event.as_raw_handle(), INFINITE) };
    result == WAIT_OBJECT_0
}

fn name(pid: u32) -> U16CString {
    U16CString::from_str_truncate(format!(r"Local\sluice-stop-{pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_is_asked_to_stop_by_its_id() {
        let mut events = ConsoleEvents::new().unwrap();
        ask_to_stop(std::process::id()).unwrap();
        events.next().await;
        assert!(ask_to_stop(u32::MAX).is_err());
    }
}
