//! When messages are due: each connection at its own regular times, spread evenly over the interval.

/// The due times of the messages of a thread's connections.
///
/// Times are nanoseconds of load: the time in which the server is not under load does not count.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    /// Between two messages of a connection.
    interval: u64,
    /// How many connections there are.
    lines: u64,
    /// When the first message of all is due.
    phase: u64,
    /// How many messages, of all connections, were due so far.
    next: u64,
}

impl Schedule {
    /// `lines` connections of thread number `thread` of `threads`.
    pub(super) fn new(interval: u64, lines: usize, thread: usize, threads: usize) -> Self {
        let lines = lines.max(1) as u64;
        let phase = part(interval, thread as u64, threads as u64 * lines);
        Self { interval, lines, phase, next: 0 }
    }

    /// When one connection's messages are due.
    #[inline]
    pub(super) fn of(&self, line: usize) -> Dues<'_> {
        Dues { schedule: self, line }
    }

    #[inline]
    fn due_overall(&self, number: u64) -> u64 {
        let (turn, line) = (number / self.lines, number % self.lines);
        self.phase + turn * self.interval + part(self.interval, line, self.lines)
    }

    /// The connection of the next message that is due by `now` and before `end`, and since when.
    #[inline]
    pub(super) fn next_due(&mut self, now: u64, end: u64) -> Option<(usize, u64)> {
        let due = self.upcoming();
        if due > now || due >= end {
            return None;
        }
        let line = self.next % self.lines;
        self.next += 1;
        Some((line as usize, due))
    }

    /// When the next message is due.
    #[inline]
    pub(super) fn upcoming(&self) -> u64 {
        self.due_overall(self.next)
    }
}

/// The fraction `nth` / `of` of an interval.
fn part(interval: u64, nth: u64, of: u64) -> u64 {
    (u128::from(interval) * u128::from(nth) / u128::from(of)) as u64
}

/// When one connection's messages are due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dues<'a> {
    schedule: &'a Schedule,
    line: usize,
}

impl Dues<'_> {
    /// When the message of that number is.
    #[inline]
    pub(super) fn due(self, number: u64) -> u64 {
        self.schedule.due_overall(number * self.schedule.lines + self.line as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_take_turns() {
        let mut schedule = Schedule::new(1000, 4, 0, 1);
        let mut due = Vec::new();
        while let Some(next) = schedule.next_due(1250, u64::MAX) {
            due.push(next);
        }
        assert_eq!(due, [(0, 0), (1, 250), (2, 500), (3, 750), (0, 1000), (1, 1250)]);
        assert_eq!(schedule.upcoming(), 1500);
        assert_eq!((schedule.of(1).due(0), schedule.of(1).due(1)), (250, 1250));
    }

    #[test]
    fn threads_do_not_send_at_the_same_time() {
        let schedules: Vec<Schedule> = (0..2).map(|thread| Schedule::new(1000, 2, thread, 2)).collect();
        let times: Vec<u64> = schedules.iter().map(Schedule::upcoming).collect();
        assert_eq!(times, [0, 250]);
    }

    #[test]
    fn nothing_is_due_behind_the_end_until_the_load_goes_on() {
        let mut schedule = Schedule::new(1000, 1, 0, 1);
        assert_eq!(schedule.next_due(5000, 1000), Some((0, 0)));
        assert_eq!(schedule.next_due(5000, 1000), None);
        assert_eq!(schedule.next_due(5000, 2000), Some((0, 1000)));
    }

    #[test]
    fn long_runs_do_not_drift() {
        let schedule = Schedule::new(333, 7, 0, 1);
        assert_eq!(schedule.of(3).due(1 << 40), (1 << 40) * 333 + 333 * 3 / 7);
    }
}
