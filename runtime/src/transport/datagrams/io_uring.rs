//! `io_uring`: two polls that stay, and batches of datagrams behind them.

// Requests name descriptors, which have to be open until the kernel has completed them.
#![allow(unsafe_code)]

use super::wait::{Sources, Wait, Woken};
use crate::transport::trace::message;
use io_uring::IoUring as Queues;
use io_uring::opcode::PollAdd;
use io_uring::types::{Fd, SubmitArgs, Timespec};
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::Duration;

const SOCKET: u64 = 0;
const SIGNAL: u64 = 1;
/// Polls, and completions of polls.
const ENTRIES: u32 = 4;

/// The queues that are shared with the kernel.
pub struct IoUring {
    queues: Queues,
    /// The poll of the socket has to be asked for anew.
    ended: bool,
}

impl Wait for IoUring {
    const REPORTS_ONCE: bool = true;

    fn new(sources: Sources<'_>) -> Result<Self, String> {
        let queues = Queues::new(ENTRIES);
        let queues = queues.map_err(|error| format!("cannot use io_uring: {}", message(error)))?;
        let mut model = Self { queues, ended: false };
        model.poll(sources.socket, SOCKET);
        model.poll(sources.signal, SIGNAL);
        Ok(model)
    }

    fn wait(&mut self, sources: Sources<'_>, timeout: Option<Duration>) -> Woken {
        if std::mem::take(&mut self.ended) {
            self.poll(sources.socket, SOCKET);
        }
        // The time has passed, or a signal came: its byte is in the pipe.
        let _ = match timeout.map(Timespec::from) {
            Some(time) => {
                let timeout = SubmitArgs::new().timespec(&time);
                self.queues.submitter().submit_with_args(1, &timeout)
            }
            None => self.queues.submit_and_wait(1),
        };
        let mut woken = Woken::Idle;
        for completion in self.queues.completion() {
            self.ended |= !io_uring::cqueue::more(completion.flags());
            match completion.user_data() {
                SIGNAL => return Woken::Signal,
                _ => woken = Woken::Datagrams,
            }
        }
        woken
    }
}

impl IoUring {
    /// Asks to be told whenever there is input.
    fn poll(&mut self, fd: BorrowedFd<'_>, name: u64) {
        let readable = libc::POLLIN.unsigned_abs().into();
        let request = PollAdd::new(Fd(fd.as_raw_fd()), readable).multi(true);
        // SAFETY: the worker keeps the socket and the pipe open for as long as its model; there is
        // room, since a poll is asked for again only when it has ended.
        let _ = unsafe { self.queues.submission().push(&request.build().user_data(name)) };
    }
}
