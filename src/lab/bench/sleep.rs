//! Sleeping until the next message is due, more precisely than by the milliseconds of epoll_wait(2).

use std::io;
use std::time::Duration;

use mio::{Poll, Token};

/// What wakes a thread at a time.
#[cfg(target_os = "linux")]
pub(super) struct Sleep {
    timer: rustix::fd::OwnedFd,
    /// In nanoseconds since the epoch of the run.
    armed: Option<u64>,
}

#[cfg(target_os = "linux")]
impl Sleep {
    /// A timer that wakes `poll` as `token`.
    pub(super) fn new(poll: &Poll, token: Token) -> io::Result<Self> {
        use mio::unix::SourceFd;
        use rustix::fd::AsRawFd as _;
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        poll.registry().register(&mut SourceFd(&timer.as_raw_fd()), token, mio::Interest::READABLE)?;
        Ok(Self { timer, armed: None })
    }

    /// How long to wait for events in order to be awake at `time`.
    pub(super) fn until(&mut self, time: Option<u64>, now: u64) -> Option<Duration> {
        let time = time?;
        if time <= now {
            return Some(Duration::ZERO);
        }
        // The timer fired already where the time it was set to has passed.
        if self.armed != Some(time) {
            if self.arm(time - now).is_err() {
                return Some(Duration::from_nanos(time - now));
            }
            self.armed = Some(time);
        }
        None
    }

    fn arm(&self, nanoseconds: u64) -> rustix::io::Result<()> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        let never = Timespec { tv_sec: 0, tv_nsec: 0 };
        let value = Timespec {
            tv_sec: i64::try_from(nanoseconds / 1_000_000_000).unwrap_or(i64::MAX),
            tv_nsec: (nanoseconds % 1_000_000_000) as _,
        };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval: never, it_value: value })?;
        Ok(())
    }
}

/// What wakes a thread at a time.
#[cfg(not(target_os = "linux"))]
pub(super) struct Sleep;

#[cfg(not(target_os = "linux"))]
impl Sleep {
    /// Waiting itself has to do.
    #[expect(clippy::unnecessary_wraps, reason = "fails elsewhere")]
    pub(super) fn new(_: &Poll, _: Token) -> io::Result<Self> {
        Ok(Self)
    }

    /// How long to wait for events in order to be awake at `time`.
    #[expect(clippy::unused_self, reason = "has a timer elsewhere")]
    pub(super) fn until(&mut self, time: Option<u64>, now: u64) -> Option<Duration> {
        Some(Duration::from_nanos(time?.saturating_sub(now)))
    }
}
