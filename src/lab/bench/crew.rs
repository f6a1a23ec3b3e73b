//! The threads of the load.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use mio::Waker;

use super::plan::Plan;
use super::target::Target;
use super::worker::{Command, Notice, Share, Worker};

/// The threads of the load, and the way to them.
pub(super) struct Crew {
    hands: Vec<Hand>,
    notices: Receiver<Notice>,
    epoch: Instant,
}

struct Hand {
    orders: Sender<Command>,
    waker: Waker,
    thread: JoinHandle<()>,
}

impl Crew {
    /// Starts the threads.
    pub(super) fn start(plan: &Plan, targets: &[Arc<Target>]) -> io::Result<Self> {
        let (sender, notices) = channel();
        let threads = plan.threads.clamp(1, plan.connections.max(1));
        let mut crew = Self { hands: Vec::with_capacity(threads), notices, epoch: Instant::now() };
        for thread in 0..threads {
            let (orders, inbox) = channel();
            let share = Share { thread, threads };
            let (worker, waker) = Worker::new(plan, targets, share, crew.epoch, (inbox, sender.clone()))?;
            let thread = Builder::new().name(format!("load-{thread}")).spawn(move || worker.run())?;
            crew.hands.push(Hand { orders, waker, thread });
        }
        Ok(crew)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.hands.len()
    }

    /// Nanoseconds since the epoch.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Tells all of them to do something.
    pub(super) fn tell(&self, command: impl Fn() -> Command) {
        for hand in &self.hands {
            // A thread that failed has said so.
            let _ = hand.orders.send(command());
            let _ = hand.waker.wake();
        }
    }

    /// The next thing that one of them tells, if one does in time.
    pub(super) fn listen(&self, timeout: Duration) -> Option<Notice> {
        match self.notices.recv_timeout(timeout) {
            Ok(notice) => Some(notice),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Notice::Failed("all threads of the load ended".to_owned())),
        }
    }

    /// Lets them say goodbye to the servers, and end.
    pub(super) fn dismiss(self) {
        self.tell(|| Command::Close);
        for hand in self.hands {
            // A thread that panicked has printed why.
            let _ = hand.thread.join();
        }
    }
}
