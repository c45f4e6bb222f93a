//! Linux has a clock that goes on during sleep and cannot be set (`CLOCK_BOOTTIME`), and a timer that tells when the
//! wall's clock jumps, as it does when the machine wakes (timerfd_create(2), `TFD_TIMER_CANCEL_ON_SET`). So nothing
//! has to be looked at in between.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::time::Duration;

use tokio::io::unix::AsyncFd;

use super::sleep::Reading;

pub(super) fn read() -> Reading {
    Reading { awake: clock(libc::CLOCK_MONOTONIC), always: clock(libc::CLOCK_BOOTTIME) }
}

#[expect(unsafe_code, reason = "the standard library does not read this clock")]
fn clock(which: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one `timespec`, which lives here, and keeps no pointer to it.
    let read = unsafe { libc::clock_gettime(which, &raw mut time) };
    // Both clocks have been there since Linux 2.6.39; without them nobody ever sleeps.
    if read == 0 { Duration::new(time.tv_sec as u64, time.tv_nsec as u32) } else { Duration::ZERO }
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

#[expect(unsafe_code, reason = "a timer of this kind comes from the kernel alone")]
fn open() -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: no pointers; what comes back is checked below.
    let number = unsafe { libc::timerfd_create(libc::CLOCK_REALTIME, libc::TFD_CLOEXEC | libc::TFD_NONBLOCK) };
    if number < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just opened it, and nobody else knows it.
    let timer = unsafe { OwnedFd::from_raw_fd(number) };
    set(&timer)?;
    // SAFETY: an `OwnedFd` is open and stays the same one until it is dropped, and the `AsyncFd`
    // owns it from here on.
    Ok(unsafe { AsyncFd::register(timer) }?)
}

/// Sets the timer to the end of time; a jump of the clock cancels that, which is what is waited for.
#[expect(unsafe_code, reason = "a timer of this kind is set by the kernel alone")]
fn set(timer: &OwnedFd) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let mut time: libc::itimerspec = libc::itimerspec {
        it_interval: libc::timespec { tv_sec: 0, tv_nsec: 0 },
        it_value: libc::timespec { tv_sec: libc::time_t::MAX, tv_nsec: 0 },
    };
    let flags = libc::TFD_TIMER_ABSTIME | libc::TFD_TIMER_CANCEL_ON_SET;
    // SAFETY: the kernel reads one `itimerspec`, which lives here, and keeps no pointer to it.
    let done = unsafe { libc::timerfd_settime(timer.as_raw_fd(), flags, &raw mut time, std::ptr::null_mut()) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
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
