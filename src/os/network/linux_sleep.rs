//! Linux has a clock that goes on during sleep and cannot be set (`CLOCK_BOOTTIME`), and a timer that tells when the
//! wall's clock jumps, as it does when the machine wakes (timerfd_create(2), `TFD_TIMER_CANCEL_ON_SET`). So nothing
//! has to be looked at in between.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime, timerfd_create,
    timerfd_settime,
};
use tokio::io::unix::AsyncFd;

use super::sleep::Reading;

pub(super) fn read() -> Reading {
    Reading { awake: clock(ClockId::Monotonic), always: clock(ClockId::Boottime) }
}

fn clock(which: ClockId) -> Duration {
    let time = clock_gettime(which);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// A timer that is set to never and rings when the wall's clock jumps.
pub(super) struct Alarm(Option<AsyncFd<OwnedFd>>);

impl Alarm {
    pub(super) fn new() -> Self {
        let timer = open();
        if let Err(error) = &timer {
            tracing::debug!(%error, "the kernel does not tell when it wakes");
        }
        Self(timer.ok())
    }

    pub(super) async fn rings(&mut self) {
        let Some(timer) = &self.0 else { return std::future::pending().await };
        let heard = async {
            loop {
                let mut ready = timer.readable().await?;
                match ready.try_io(|timer| rung(timer.get_ref())) {
                    Ok(rung) => return rung,
                    Err(_nothing_yet) => {}
                }
            }
        };
        if heard.await.is_err() {
            self.0 = None;
            std::future::pending::<()>().await;
        }
    }
}

#[expect(unsafe_code, reason = "the runtime is to watch the timer")]
fn open() -> io::Result<AsyncFd<OwnedFd>> {
    let timer = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?;
    set(&timer)?;
    // SAFETY: an `OwnedFd` is open and stays the same one until it is dropped, and the `AsyncFd`
    // owns it from here on.
    Ok(unsafe { AsyncFd::register(timer) }?)
}

/// Sets the timer to the end of time; a jump of the clock cancels that, which is what is waited for.
fn set(timer: &OwnedFd) -> io::Result<()> {
    let never = Itimerspec {
        it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
        it_value: Timespec { tv_sec: i64::MAX, tv_nsec: 0 },
    };
    timerfd_settime(timer, TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET, &never)?;
    Ok(())
}

/// Takes in that it rang, and sets it again.
fn rung(timer: &OwnedFd) -> io::Result<()> {
    let mut times = [0; 8];
    match rustix::io::read(timer, &mut times) {
        // The clock jumped; or the end of time has come.
        Err(rustix::io::Errno::CANCELED) | Ok(_) => set(timer),
        Err(error) => Err(error.into()),
    }
}
