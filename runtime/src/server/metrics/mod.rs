//! What the server counts, for Prometheus to ask for.

mod text;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What is counted as it happens.
#[derive(Clone, Copy, Debug)]
pub enum Counter {
    #[cfg(feature = "stream")]
    Accepted,
    #[cfg(feature = "stream")]
    Opened,
    #[cfg(feature = "stream")]
    Closed,
    #[cfg(feature = "stream")]
    Backpressure,
    MessagesReceived,
    MessagesSent,
    BytesReceived,
    BytesSent,
}

const COUNTERS: usize = Counter::BytesSent as usize + 1;

/// What rarely happens, counted by a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// By the reason.
    #[cfg(feature = "stream")]
    Refused,
    /// By the close code.
    #[cfg(feature = "websocket")]
    Closed,
    /// By the reason.
    #[cfg(feature = "udp")]
    Dropped,
}

/// Times whose distribution is told.
#[derive(Clone, Copy, Debug)]
pub enum Histogram {
    #[cfg(feature = "websocket")]
    Handshake,
    Message,
}

const HISTOGRAMS: usize = Histogram::Message as usize + 1;

/// Labels that are kept: peers have a say in close codes.
const LABELS: usize = 64;

/// The upper bounds of a histogram's buckets, in nanoseconds.
const BOUNDS: [u64; 10] = [
    100_000,
    500_000,
    1_000_000,
    5_000_000,
    10_000_000,
    50_000_000,
    100_000_000,
    500_000_000,
    1_000_000_000,
    5_000_000_000,
];

#[derive(Default)]
struct Distribution {
    /// Not cumulative; the last has no bound.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    /// In nanoseconds.
    sum: AtomicU64,
}

/// What one worker has counted. It alone writes, others may read at any time: so nothing has to be
/// locked. No two blocks share a cache line.
#[derive(Default)]
#[repr(align(128))]
struct Block {
    taken: AtomicBool,
    counters: [AtomicU64; COUNTERS],
    distributions: [Distribution; HISTOGRAMS],
}

struct Label {
    family: Family,
    text: String,
    count: u64,
}

/// What all workers have counted.
#[derive(Default)]
pub struct Metrics {
    blocks: Mutex<Vec<Arc<Block>>>,
    labels: Mutex<Vec<Label>>,
}

impl Metrics {
    /// What a worker counts with. The counts of one that has ended stay, and the next goes on from
    /// them.
    pub fn tally(self: &Arc<Self>) -> Tally {
        let mut blocks = lock(&self.blocks);
        let free = blocks.iter().find(|block| !block.taken.load(Ordering::Acquire));
        let block = free.cloned().unwrap_or_else(|| {
            let block = Arc::<Block>::default();
            blocks.push(Arc::clone(&block));
            block
        });
        block.taken.store(true, Ordering::Relaxed);
        Tally { metrics: Arc::clone(self), block }
    }

    fn add_labelled(&self, family: Family, text: &str, amount: u64) {
        let mut labels = lock(&self.labels);
        let same = |label: &Label| label.family == family && label.text == text;
        match labels.iter().position(same) {
            Some(at) => labels[at].count += amount,
            None if labels.len() == LABELS => {}
            None => labels.push(Label { family, text: text.to_owned(), count: amount }),
        }
    }
}

/// A worker's hand in the counting.
pub struct Tally {
    metrics: Arc<Metrics>,
    block: Arc<Block>,
}

impl Tally {
    /// What all workers have counted.
    #[cfg(feature = "udp")]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Counts.
    #[inline]
    pub fn add(&self, counter: Counter, amount: u64) {
        increase(&self.block.counters[counter as usize], amount);
    }

    /// Counts by a label.
    #[cold]
    pub fn add_labelled(&self, family: Family, label: &str, amount: u64) {
        self.metrics.add_labelled(family, label, amount);
    }

    /// Something has taken since `begin`.
    #[inline]
    pub fn observe(&self, histogram: Histogram, begin: Instant) {
        let elapsed = begin.elapsed().as_nanos() as u64;
        let distribution = &self.block.distributions[histogram as usize];
        let bucket = BOUNDS.iter().position(|bound| elapsed <= *bound).unwrap_or(BOUNDS.len());
        increase(&distribution.buckets[bucket], 1);
        increase(&distribution.sum, elapsed);
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.block.taken.store(false, Ordering::Release);
    }
}

/// Only one thread writes, so that this is one addition.
#[inline]
fn increase(counter: &AtomicU64, amount: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
}

/// A panic elsewhere leaves nothing half-done in what is locked here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
