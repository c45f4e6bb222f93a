//! Windows: interrupt time without the time of a suspend, the ticks of the system with it, and the system's
//! notice of a resume. The clock of the standard library goes on during a suspend here, as wall time does.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use windows_sys::Win32::System::Power::{
    DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS, HPOWERNOTIFY, PowerRegisterSuspendResumeNotification,
    PowerUnregisterSuspendResumeNotification,
};
use windows_sys::Win32::System::SystemInformation::GetTickCount64;
use windows_sys::Win32::System::WindowsProgramming::QueryUnbiasedInterruptTime;
use windows_sys::Win32::UI::WindowsAndMessaging::{
    DEVICE_NOTIFY_CALLBACK, PBT_APMRESUMEAUTOMATIC, PBT_APMRESUMESUSPEND,
};

use super::Clocks;

/// Interrupt time is counted in these: 100 nanoseconds.
const TICKS_PER_SECOND: u64 = 10_000_000;

pub(super) fn read() -> Clocks {
    let mut ticks = 0;
    #[expect(unsafe_code, reason = "calls of the system")]
    // SAFETY: the pointer is valid for the length of the call; the other call takes nothing.
    let since_boot = unsafe {
        // It fails for a null pointer only.
        QueryUnbiasedInterruptTime(&raw mut ticks);
        GetTickCount64()
    };
    let nanoseconds = (ticks % TICKS_PER_SECOND) as u32 * 100;
    Clocks { monotonic: Duration::new(ticks / TICKS_PER_SECOND, nanoseconds), boot: Duration::from_millis(since_boot) }
}

/// Notices of a resume, until this is dropped.
pub(super) struct ResumeNotices {
    resumed: Arc<Notify>,
    registration: Option<Registration>,
}

/// The handle that the system has given, as a number: it belongs to no thread.
struct Registration(isize);

impl ResumeNotices {
    pub(super) fn new() -> Self {
        let resumed = Arc::new(Notify::new());
        let registration = register(&resumed);
        if registration.is_none() {
            tracing::debug!("the system does not report resumes");
        }
        Self { resumed, registration }
    }

    pub(super) async fn fired(&mut self) {
        self.resumed.notified().await;
    }
}

#[expect(unsafe_code, reason = "a callback of the system")]
fn register(resumed: &Arc<Notify>) -> Option<Registration> {
    let parameters = DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS {
        Callback: Some(on_power_event),
        // It lives as long as the registration, which `ResumeNotices` owns beside it.
        Context: Arc::as_ptr(resumed).cast_mut().cast(),
    };
    let mut handle = ptr::null_mut();
    // SAFETY: the parameters are of the kind that the flag names; the callback stays valid, being a function, and its
    // context until `Drop` has ended the registration.
    let result = unsafe {
        let recipient = (&raw const parameters).cast_mut().cast();
        PowerRegisterSuspendResumeNotification(DEVICE_NOTIFY_CALLBACK, recipient, &raw mut handle)
    };
    (result == 0).then_some(Registration(handle as isize))
}

impl Drop for ResumeNotices {
    fn drop(&mut self) {
        let Some(Registration(handle)) = self.registration.take() else { return };
        #[expect(unsafe_code, reason = "a call of the system")]
        // SAFETY: the handle is the one that was given, and is used here for the last time.
        unsafe {
            PowerUnregisterSuspendResumeNotification(handle as HPOWERNOTIFY);
        }
    }
}

#[expect(unsafe_code, reason = "a callback of the system")]
unsafe extern "system" fn on_power_event(context: *const c_void, event: u32, _setting: *const c_void) -> u32 {
    if matches!(event, PBT_APMRESUMEAUTOMATIC | PBT_APMRESUMESUSPEND) {
        // SAFETY: the context is the `Notify` that the registration was made with, and lives longer than that.
        unsafe { &*context.cast::<Notify>() }.notify_one();
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awake_both_clocks_go_on_alike() {
        let before = read();
        std::thread::sleep(Duration::from_millis(300));
        let now = read();
        let (monotonic, boot) = (now.monotonic - before.monotonic, now.boot - before.boot);
        assert!(
            monotonic >= Duration::from_millis(250) && boot >= Duration::from_millis(250),
            "{monotonic:?} {boot:?}"
        );
        assert!(boot.abs_diff(monotonic) < Duration::from_secs(1), "{monotonic:?} {boot:?}");
    }

    #[tokio::test]
    async fn a_resume_is_noticed() {
        let mut notices = ResumeNotices::new();
        let context = Arc::as_ptr(&notices.resumed).cast();
        #[expect(unsafe_code, reason = "in place of the system")]
        // SAFETY: the context lives beside it.
        unsafe {
            on_power_event(context, PBT_APMRESUMEAUTOMATIC, ptr::null());
        }
        notices.fired().await;
    }
}
