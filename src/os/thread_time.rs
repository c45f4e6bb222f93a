//! Processor time of a thread.

use std::time::Duration;

/// Does some work; returns its result and the processor time that it took, or the elapsed time on other systems than
/// Linux.
pub fn of<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = now();
    let result = work();
    (result, now().saturating_sub(began))
}

#[cfg(target_os = "linux")]
fn now() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn now() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn waiting_takes_no_time() {
        let wait = Duration::from_millis(50);
        let ((), took) = of(|| std::thread::sleep(wait));
        assert!(took < wait, "{took:?}");
    }

    #[test]
    fn work_takes_time() {
        let (sum, took) = of(|| (0..1_000_000_u64).fold(0, |sum, number| sum ^ number.wrapping_mul(number)));
        assert!(sum > 0 && took > Duration::ZERO);
    }
}
