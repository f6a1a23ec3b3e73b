//! Descriptors of whose readiness tokio tells.

#[cfg(all(feature = "stream", unix))]
mod unix;
#[cfg(all(feature = "stream", windows))]
mod windows;

#[cfg(all(feature = "stream", unix))]
pub use unix::*;
#[cfg(all(feature = "stream", windows))]
pub use windows::*;

use std::fmt::Display;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// The message of a start that failed.
pub fn cannot_use(error: impl Display) -> String {
    format!("cannot use tokio: {error}")
}

/// Which of two futures was first.
pub enum Either<A, B> {
    First(A),
    Second(B),
}

/// The result of whichever future is ready first.
pub async fn either<A: Future, B: Future>(first: A, second: B) -> Either<A::Output, B::Output> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|context| {
        if let Poll::Ready(output) = first.as_mut().poll(context) {
            return Poll::Ready(Either::First(output));
        }
        second.as_mut().poll(context).map(Either::Second)
    })
    .await
}
