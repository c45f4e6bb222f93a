//! Linux: `CLOCK_BOOTTIME` continues during a suspend and cannot be set, and a timer fires when wall time jumps, as it
//! does on resume (timerfd_create(2), `TFD_TIMER_CANCEL_ON_SET`). No polling is needed.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime, timerfd_create,
    timerfd_settime,
};
use tokio::io::unix::AsyncFd;

use super::Clocks;

pub(super) fn read() -> Clocks {
    Clocks { monotonic: clock(ClockId::Monotonic), boot: clock(ClockId::Boottime) }
}

fn clock(which: ClockId) -> Duration {
    let time = clock_gettime(which);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// A timer that never expires and is cancelled when wall time jumps.
pub(super) struct ClockJumpTimer(Option<AsyncFd<OwnedFd>>);

impl ClockJumpTimer {
    pub(super) fn new() -> Self {
        let timer = open();
        if let Err(error) = &timer {
            tracing::debug!(%error, "the kernel does not report resumes");
        }
        Self(timer.ok())
    }

    pub(super) async fn fired(&mut self) {
        let Some(timer) = &self.0 else { return std::future::pending().await };
        let fired = async {
            loop {
                let mut ready = timer.readable().await?;
                match ready.try_io(|timer| rearm(timer.get_ref())) {
                    Ok(result) => return result,
                    Err(_nothing_yet) => {}
                }
            }
        };
        if fired.await.is_err() {
            self.0 = None;
            std::future::pending::<()>().await;
        }
    }
}

#[expect(unsafe_code, reason = "the only way to register any kind of descriptor with the runtime")]
fn open() -> io::Result<AsyncFd<OwnedFd>> {
    let timer = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?;
    set(&timer)?;
    // SAFETY: the `AsyncFd` owns the open descriptor, which does not change until it is dropped.
    Ok(unsafe { AsyncFd::register(timer) }?)
}

/// Arms the timer for the end of time; a jump of wall time cancels it.
fn set(timer: &OwnedFd) -> io::Result<()> {
    let never = Itimerspec {
        it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
        it_value: Timespec { tv_sec: i64::MAX, tv_nsec: 0 },
    };
    timerfd_settime(timer, TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET, &never)?;
    Ok(())
}

/// Reads the expiration or cancellation, and arms the timer again.
fn rearm(timer: &OwnedFd) -> io::Result<()> {
    let mut times = [0; 8];
    match rustix::io::read(timer, &mut times) {
        // Wall time has jumped, or the end of time has come.
        Err(rustix::io::Errno::CANCELED) | Ok(_) => set(timer),
        Err(error) => Err(error.into()),
    }
}
