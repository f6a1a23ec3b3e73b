//! Tokio: a current-thread runtime a worker, a task a connection.

use super::acceptor::{Acceptor, Next};
#[cfg(unix)]
use super::signals::Signal;
use super::socket::StreamSocket;
use super::wake::Bell;
use super::watch::{Either, Guard, Owner, Watched, cannot_use, either, watch};
use super::workers::{Ready, Seat};
use crate::server::{
    Address, Config, Interest, Level, Protocol, Read, Socket, Token, Value, Worker,
};
use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::time::Instant;
use tokio::io::{Interest as Readiness, Ready as Found};
use tokio::runtime::Builder;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, LocalSet, spawn_local};
use tokio::time::sleep_until;

/// Connections accepted in a row; the others are served in between.
const ACCEPTS: usize = 64;

/// Serves until a signal comes and the connections are drained.
///
/// # Errors
/// One line that says why the server cannot start.
pub fn serve<P: Protocol + 'static>(seat: Seat<P>, ready: Ready) -> Result<(), String> {
    let runtime = Builder::new_current_thread().enable_io().enable_time().build();
    let runtime = runtime.map_err(cannot_use)?;
    LocalSet::new().block_on(&runtime, run(seat, ready))
}

impl Owner for Acceptor {}
impl Owner for Bell {}
impl Owner for StreamSocket {}
#[cfg(unix)]
impl Owner for Signal {}

async fn run<P: Protocol + 'static>(seat: Seat<P>, ready: Ready) -> Result<(), String> {
    let Seat { staff, member, listener, signal, bell } = seat;
    let config = staff.config;
    let desk = Rc::new(Desk::<P> {
        config,
        worker: RefCell::new(Worker::new(&config, (staff.app)(), member, Instant::now())),
        buffer: RefCell::new(vec![0; config.buffers.receive]),
        listening: Cell::new(None),
        armed: Cell::new(None),
        earlier: Notify::new(),
        over: Notify::new(),
    });
    if let Some(bell) = bell {
        let bell = watch(bell)?;
        let desk = Rc::clone(&desk);
        spawn_local(async move {
            while let Ok(mut guard) = bell.readable().await {
                bell.get_ref().quiet();
                guard.clear_ready();
                desk.mail();
            }
        });
    }
    if let Some(signal) = signal {
        let signal = watch(signal)?;
        let desk = Rc::clone(&desk);
        spawn_local(async move {
            if signal.readable().await.is_ok() {
                desk.signaled();
            }
        });
    }
    if let Some(listener) = listener {
        let acceptor = Acceptor::new(listener, config.log);
        let acceptor = watch(acceptor)?;
        let listening = spawn_local(accept(Rc::clone(&desk), acceptor));
        desk.listening.set(Some(listening.abort_handle()));
    }
    ready()?;
    spawn_local(expire(Rc::clone(&desk)));
    desk.over.notified().await;
    Ok(())
}

/// What the tasks of a worker share.
struct Desk<P: Protocol> {
    config: Config,
    worker: RefCell<Worker<P, Handle>>,
    buffer: RefCell<Vec<u8>>,
    /// The task that accepts; `None` once the server drains.
    listening: Cell<Option<AbortHandle>>,
    /// What [`expire`] waits for.
    armed: Cell<Option<Instant>>,
    /// There is an earlier deadline than that.
    earlier: Notify,
    /// The drain is over.
    over: Notify,
}

/// What a connection's task shares with its [`Handle`].
struct Line {
    socket: Watched<StreamSocket>,
    interest: Cell<Interest>,
    /// In the interest, or the connection is gone.
    changed: Notify,
    gone: Cell<bool>,
}

/// A connection's socket, as the worker has it.
struct Handle(Rc<Line>);

impl Socket for Handle {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.socket.get_ref().receive(buffer)
    }

    #[inline]
    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.socket.get_ref().send(parts)
    }

    #[cfg(unix)]
    #[inline]
    fn end_turn(&mut self) {
        self.0.socket.get_ref().uncork();
    }

    fn shut_down(&mut self) {
        self.0.socket.get_ref().end();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.gone.set(true);
        self.0.changed.notify_one();
    }
}

/// Accepts until it is aborted.
async fn accept<P: Protocol + 'static>(desk: Rc<Desk<P>>, mut acceptor: Watched<Acceptor>) {
    loop {
        if let Some(again) = acceptor.get_ref().again() {
            sleep_until(again.into()).await;
            acceptor.get_mut().ends_pause(Instant::now());
        }
        let Ok(mut guard) = acceptor.readable_mut().await else { return };
        for _ in 0..ACCEPTS {
            match guard.get_inner_mut().next() {
                Next::Connection(socket, address) => desk.add(socket, address),
                Next::Nothing => {
                    guard.clear_ready();
                    break;
                }
                Next::Starved => break,
            }
        }
        desk.end_turn();
    }
}

/// Lets deadlines pass.
async fn expire<P: Protocol>(desk: Rc<Desk<P>>) {
    loop {
        let deadline = desk.worker.borrow().next_deadline();
        desk.armed.set(deadline);
        let earlier = desk.earlier.notified();
        match deadline {
            None => earlier.await,
            Some(deadline) => {
                if let Either::Second(()) = either(earlier, sleep_until(deadline.into())).await {
                    desk.turn(Worker::expire);
                }
            }
        }
    }
}

/// Serves a connection until it is gone.
async fn attend<P: Protocol>(desk: Rc<Desk<P>>, line: Rc<Line>, token: Token) {
    while !line.gone.get() {
        let ready = line.socket.ready(readiness(line.interest.get()));
        match either(line.changed.notified(), ready).await {
            Either::First(()) => {}
            Either::Second(Ok(guard)) => desk.attend(&line, token, guard),
            Either::Second(Err(_)) => desk.turn(|worker| worker.discard(token)),
        }
    }
}

fn readiness(interest: Interest) -> Readiness {
    match (interest.read, interest.write) {
        (true, true) => Readiness::READABLE | Readiness::WRITABLE,
        (true, false) => Readiness::READABLE,
        (false, true) => Readiness::WRITABLE,
        (false, false) => Readiness::ERROR,
    }
}

impl<P: Protocol> Desk<P> {
    /// Has the worker do something.
    #[inline]
    fn turn<T>(&self, work: impl FnOnce(&mut Worker<P, Handle>) -> T) -> T {
        let mut worker = self.worker.borrow_mut();
        worker.set_time(Instant::now());
        let result = work(&mut worker);
        drop(worker);
        self.end_turn();
        result
    }

    /// Tells the tasks what a turn has changed.
    fn end_turn(&self) {
        let mut worker = self.worker.borrow_mut();
        worker.take_removed().for_each(drop);
        worker.apply_changes(|Handle(line), _, interest| {
            line.interest.set(interest);
            line.changed.notify_one();
        });
        let next = worker.next_deadline();
        if next.is_some_and(|next| self.armed.get().is_none_or(|armed| next < armed)) {
            self.armed.set(next);
            self.earlier.notify_one();
        }
        if worker.is_drained() {
            self.over.notify_one();
        }
    }

    fn attend(&self, line: &Line, token: Token, mut guard: Guard<'_, StreamSocket>) {
        let (interest, found) = (line.interest.get(), guard.ready());
        let mut read = Read::Full;
        self.turn(|worker| {
            if found.is_writable() {
                worker.writable(token);
            }
            if found.is_error() {
                worker.hung_up(token);
            }
            if interest.read && found.is_readable() {
                read = worker.readable(token, &mut self.buffer.borrow_mut());
            }
        });
        if read != Read::Full {
            guard.clear_ready_matching(Found::READABLE);
        }
        if line.interest.get().write {
            guard.clear_ready_matching(Found::WRITABLE);
        }
    }
}

impl<P: Protocol + 'static> Desk<P> {
    fn mail(self: &Rc<Self>) {
        if self.turn(Worker::read_mail) {
            self.drain();
        }
    }

    fn signaled(self: &Rc<Self>) {
        let open = Value::Number(self.worker.borrow().open() as u64);
        self.config.log.event(Level::Info, "draining", &[("connections", open)]);
        self.worker.borrow().drain_others();
        self.drain();
    }

    fn drain(self: &Rc<Self>) {
        let Some(listening) = self.listening.take() else { return };
        listening.abort();
        let (desk, until) = (Rc::clone(self), Instant::now() + self.config.timeouts.drain);
        spawn_local(async move {
            sleep_until(until.into()).await;
            desk.over.notify_one();
        });
        self.turn(Worker::drain);
    }

    fn add(self: &Rc<Self>, socket: StreamSocket, address: Address) {
        let Ok(socket) = watch(socket) else { return };
        let interest = Cell::new(Interest { read: true, write: false });
        let changed = Notify::new();
        let line = Rc::new(Line { socket, interest, changed, gone: Cell::new(false) });
        let handle = Handle(Rc::clone(&line));
        if let Some(token) = self.turn(|worker| worker.accept(handle, address)) {
            spawn_local(attend(Rc::clone(self), line, token));
        }
    }
}
