//! So many at a time, and no more.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Lets so many in.
#[derive(Debug)]
pub struct Gate {
    most: usize,
    inside: Mutex<usize>,
    left: Condvar,
}

/// Somebody is inside for as long as this is there.
#[derive(Debug)]
pub struct Pass<'a>(&'a Gate);

impl Gate {
    /// A gate for so many.
    pub fn new(most: usize) -> Self {
        Self { most, inside: Mutex::default(), left: Condvar::new() }
    }

    /// Waits for a place.
    pub fn enter(&self) -> Pass<'_> {
        let full = |inside: &mut usize| *inside >= self.most;
        let waited = self.left.wait_while(self.inside(), full);
        *waited.unwrap_or_else(PoisonError::into_inner) += 1;
        Pass(self)
    }

    /// Waits until nobody is inside, or the time is over.
    pub fn wait_empty(&self, until: Instant) {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let _ = self.left.wait_timeout_while(self.inside(), left, |inside| *inside > 0);
    }

    fn inside(&self) -> MutexGuard<'_, usize> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        *self.0.inside() -= 1;
        self.0.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_is_left_as_often_as_it_was_entered() {
        let gate = Gate::new(2);
        let (first, second) = (gate.enter(), gate.enter());
        assert_eq!(*gate.inside(), 2);
        std::thread::scope(|scope| {
            let third = scope.spawn(|| drop(gate.enter()));
            drop(first);
            third.join().unwrap();
        });
        drop(second);
        gate.wait_empty(Instant::now());
        assert_eq!(*gate.inside(), 0);
    }
}
