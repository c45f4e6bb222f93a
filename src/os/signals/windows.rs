//! Windows: Ctrl-C, Ctrl-Break, the end of the console or the session, and a named event.
//!
//! A program without a console gets no console events, so other processes set an event that is named after its process
//! ID. Only programs of the same user can open it.

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
    requested: Arc<Notify>,
}

impl ConsoleEvents {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            ctrl_c: windows::ctrl_c()?,
            ctrl_break: windows::ctrl_break()?,
            close: windows::ctrl_close()?,
            logoff: windows::ctrl_logoff()?,
            shutdown: windows::ctrl_shutdown()?,
            requested: listen()?,
        })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.ctrl_break.recv() => {}
            _ = self.close.recv() => {}
            _ = self.logoff.recv() => {}
            _ = self.shutdown.recv() => {}
            () = self.requested.notified() => {}
        }
    }
}

pub(super) fn request_stop(pid: u32) -> io::Result<()> {
    let name = name(pid);
    #[expect(unsafe_code, reason = "Windows API calls")]
    // SAFETY: the name is null-terminated and outlives the call; `owned` checks the handle and takes ownership.
    unsafe {
        let event = owned(OpenEventW(EVENT_MODIFY_STATE, 0, name.as_ptr()))?;
        if SetEvent(event.as_raw_handle()) == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// Creates the event and starts a thread that waits for it until the process ends.
fn listen() -> io::Result<Arc<Notify>> {
    let name = name(std::process::id());
    #[expect(unsafe_code, reason = "a Windows API call")]
    // SAFETY: null attributes are allowed and the name outlives the call; `owned` checks the handle and takes ownership.
    // The event resets automatically.
    let event = unsafe { owned(CreateEventW(std::ptr::null(), 0, 0, name.as_ptr())) }?;
    let requested = Arc::new(Notify::new());
    let notify = Arc::clone(&requested);
    std::thread::Builder::new().name("stop requests".into()).spawn(move || {
        while wait(&event) {
            notify.notify_one();
        }
    })?;
    Ok(requested)
}

fn wait(event: &OwnedHandle) -> bool {
    #[expect(unsafe_code, reason = "a Windows API call")]
    // SAFETY: the handle is open during the call.
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
    async fn a_process_is_stopped_by_its_id() {
        let mut events = ConsoleEvents::new().unwrap();
        request_stop(std::process::id()).unwrap();
        events.next().await;
        assert!(request_stop(u32::MAX).is_err());
    }
}
