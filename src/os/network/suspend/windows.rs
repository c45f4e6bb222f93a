//! Windows: unbiased interrupt time stands still during a suspend, the tick count continues, and a callback reports a
//! resume. The standard library's clock cannot be used: on Windows it continues during a suspend.

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

/// Units of interrupt time per second: 100 nanoseconds each.
const TICKS_PER_SECOND: u64 = 10_000_000;

pub(super) fn read() -> Clocks {
    let mut ticks = 0;
    #[expect(unsafe_code, reason = "Windows API calls")]
    // SAFETY: the pointer is valid during the call; the other call has no arguments.
    let since_boot = unsafe {
        // Fails for a null pointer only.
        QueryUnbiasedInterruptTime(&raw mut ticks);
        GetTickCount64()
    };
    let nanoseconds = (ticks % TICKS_PER_SECOND) as u32 * 100;
    Clocks { monotonic: Duration::new(ticks / TICKS_PER_SECOND, nanoseconds), boot: Duration::from_millis(since_boot) }
}

/// The subscription to notifications of a resume, which ends on drop.
pub(super) struct ResumeNotices {
    resumed: Arc<Notify>,
    registration: Option<Registration>,
}

/// The registration's handle, as a number: it is not bound to a thread.
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

#[expect(unsafe_code, reason = "a Windows callback")]
fn register(resumed: &Arc<Notify>) -> Option<Registration> {
    let parameters = DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS {
        Callback: Some(on_power_event),
        // Outlives the registration: `ResumeNotices` owns both.
        Context: Arc::as_ptr(resumed).cast_mut().cast(),
    };
    let mut handle = ptr::null_mut();
    // SAFETY: the parameters have the type that the flag requires; the callback is a function, and its context is valid
    // until `Drop` has ended the registration.
    let result = unsafe {
        let recipient = (&raw const parameters).cast_mut().cast();
        PowerRegisterSuspendResumeNotification(DEVICE_NOTIFY_CALLBACK, recipient, &raw mut handle)
    };
    (result == 0).then_some(Registration(handle as isize))
}

impl Drop for ResumeNotices {
    fn drop(&mut self) {
        let Some(Registration(handle)) = self.registration.take() else { return };
        #[expect(unsafe_code, reason = "a Windows API call")]
        // SAFETY: the handle is that of the registration, and is not used again.
        unsafe {
            PowerUnregisterSuspendResumeNotification(handle as HPOWERNOTIFY);
        }
    }
}

#[expect(unsafe_code, reason = "a Windows callback")]
unsafe extern "system" fn on_power_event(context: *const c_void, event: u32, _setting: *const c_void) -> u32 {
    if matches!(event, PBT_APMRESUMEAUTOMATIC | PBT_APMRESUMESUSPEND) {
        // SAFETY: the context is the `Notify` of the registration, which it outlives.
        unsafe { &*context.cast::<Notify>() }.notify_one();
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_advance_equally_while_awake() {
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
    async fn a_resume_is_reported() {
        let mut notices = ResumeNotices::new();
        let context = Arc::as_ptr(&notices.resumed).cast();
        #[expect(unsafe_code, reason = "calls the callback as Windows does")]
        // SAFETY: the context outlives the call.
        unsafe {
            on_power_event(context, PBT_APMRESUMEAUTOMATIC, ptr::null());
        }
        notices.fired().await;
    }
}
