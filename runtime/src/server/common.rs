//! What the workers of a server share: counts against limits, backpressure, and mail.
//!
//! Nothing here is touched while messages go back and forth on one connection, but for one look at
//! [`Common::congested`].

use super::config::{Config, Overflow};
#[cfg(feature = "tls")]
use super::credentials::Credentials;
#[cfg(feature = "metrics")]
use super::metrics::Metrics;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Which limit on connections is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// `limits.connections`.
    Server,
    /// `limits.connections_per_client`.
    Client,
}

/// What the workers of a server share. `K` is the kind of a message.
pub struct Common<K> {
    most_open: usize,
    most_sockets: usize,
    most_per_client: Option<u32>,
    /// The high watermark: mail that waits is output, too.
    most_mail: usize,
    /// What happens to mail above it.
    overflow: Overflow,
    /// Sockets of connections, in every phase.
    sockets: AtomicUsize,
    /// Open connections.
    open: AtomicUsize,
    /// Open connections by IP address, where that is limited.
    per_client: Mutex<HashMap<Option<IpAddr>, u32>>,
    /// Connections above the high watermark, and mailboxes.
    congested: AtomicUsize,
    /// Connections that are paused until others are no longer congested.
    waiting: AtomicUsize,
    /// So many workers there have been.
    workers: AtomicU32,
    mailboxes: RwLock<Vec<Arc<Mailbox<K>>>>,
    /// What new connections are encrypted with; `None`: they are not.
    #[cfg(feature = "tls")]
    pub credentials: Option<Arc<Credentials>>,
    /// What all workers count.
    #[cfg(feature = "metrics")]
    pub metrics: Arc<Metrics>,
}

/// A message from worker to worker.
pub enum Mail<K> {
    /// For all open connections.
    Broadcast(K, Arc<[u8]>),
    /// There was no room for a broadcast, which connections cannot do without.
    Flooded,
    /// Somebody is no longer congested.
    Relief,
    /// The server shuts down.
    Drain,
}

/// The mail of a worker.
pub struct Mailbox<K> {
    worker: u32,
    post: Mutex<Post<K>>,
    /// Makes the worker look.
    wake: Box<dyn Fn() + Send + Sync>,
}

struct Post<K> {
    mail: Vec<Mail<K>>,
    /// Of the broadcasts among it.
    bytes: usize,
    /// There was no room for a broadcast, or senders wait, and nothing was taken since.
    full: bool,
}

impl<K: Copy + Send> Common<K> {
    pub fn new(config: &Config) -> Self {
        let limits = &config.limits;
        Self {
            most_open: limits.connections,
            most_sockets: limits.connections.saturating_add(usize::from(config.listen.backlog)),
            most_per_client: limits.connections_per_client,
            most_mail: config.buffers.high_watermark,
            overflow: config.buffers.overflow,
            sockets: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            per_client: Mutex::default(),
            congested: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            workers: AtomicU32::new(0),
            mailboxes: RwLock::default(),
            #[cfg(feature = "tls")]
            credentials: None,
            #[cfg(feature = "metrics")]
            metrics: Arc::default(),
        }
    }

    /// New connections are encrypted.
    #[cfg(feature = "tls")]
    pub fn with_credentials(self, credentials: Arc<Credentials>) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// Counts a socket, unless there are too many even to refuse them.
    pub fn enter(&self) -> bool {
        add_below(&self.sockets, self.most_sockets)
    }

    /// A socket was closed.
    pub fn leave(&self) {
        self.sockets.fetch_sub(1, SeqCst);
    }

    /// The number of open connections.
    pub fn open(&self) -> usize {
        self.open.load(SeqCst)
    }

    /// Counts an open connection, if the limits leave room for it.
    pub fn admit(&self, client: Option<IpAddr>) -> Result<(), Full> {
        if !add_below(&self.open, self.most_open) {
            return Err(Full::Server);
        }
        let Some(most) = self.most_per_client else { return Ok(()) };
        let mut per_client = lock(&self.per_client);
        let count = per_client.entry(client).or_default();
        if *count >= most {
            self.open.fetch_sub(1, SeqCst);
            return Err(Full::Client);
        }
        *count += 1;
        Ok(())
    }

    /// An open connection was closed.
    pub fn dismiss(&self, client: Option<IpAddr>) {
        self.open.fetch_sub(1, SeqCst);
        if self.most_per_client.is_none() {
            return;
        }
        let mut per_client = lock(&self.per_client);
        if let Some(count) = per_client.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                per_client.remove(&client);
            }
        }
    }

    /// How many connections and mailboxes are above the high watermark.
    #[inline]
    pub fn congested(&self) -> usize {
        self.congested.load(SeqCst)
    }

    /// A connection is above the high watermark.
    pub fn congest(&self) {
        self.congested.fetch_add(1, SeqCst);
    }

    /// A connection waits for the end of others' congestion. It has to look again behind this call.
    pub fn wait(&self) {
        self.waiting.fetch_add(1, SeqCst);
    }

    /// It waits no more.
    pub fn resume(&self) {
        self.waiting.fetch_sub(1, SeqCst);
    }

    /// The mailbox of a further worker.
    fn join(&self, wake: Box<dyn Fn() + Send + Sync>) -> Arc<Mailbox<K>> {
        let worker = self.workers.fetch_add(1, SeqCst);
        let post = Post { mail: Vec::new(), bytes: 0, full: false };
        let mailbox = Arc::new(Mailbox { worker, post: Mutex::new(post), wake });
        let mut mailboxes = self.mailboxes.write().unwrap_or_else(PoisonError::into_inner);
        mailboxes.push(Arc::clone(&mailbox));
        mailbox
    }

    /// Gives a mailbox up.
    fn part(&self, worker: u32) {
        let mut mailboxes = self.mailboxes.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = mailboxes.iter().position(|mailbox| mailbox.worker == worker) {
            let mailbox = mailboxes.swap_remove(at);
            drop(mailboxes);
            self.take(&mailbox);
        }
    }

    /// Sends mail to all other workers.
    fn post(&self, from: u32, mail: impl Fn() -> Mail<K>) {
        let mailboxes = self.mailboxes.read().unwrap_or_else(PoisonError::into_inner);
        for mailbox in mailboxes.iter().filter(|mailbox| mailbox.worker != from) {
            self.deliver(mailbox, mail());
        }
    }

    fn deliver(&self, mailbox: &Mailbox<K>, mail: Mail<K>) {
        let mut post = lock(&mailbox.post);
        let first = post.mail.is_empty();
        match &mail {
            Mail::Broadcast(..) if post.bytes > self.most_mail && !self.pauses() => {
                let known = std::mem::replace(&mut post.full, true);
                if self.overflow == Overflow::Close && !known {
                    post.mail.push(Mail::Flooded);
                }
            }
            Mail::Broadcast(_, payload) => {
                post.bytes += payload.len();
                post.mail.push(mail);
            }
            _ => post.mail.push(mail),
        }
        if post.bytes > self.most_mail && self.pauses() && !post.full {
            post.full = true;
            self.congested.fetch_add(1, SeqCst);
        }
        drop(post);
        if first {
            (mailbox.wake)();
        }
    }

    /// Whether senders wait for receivers.
    fn pauses(&self) -> bool {
        self.overflow == Overflow::Pause
    }

    /// Takes the mail of a worker.
    fn take(&self, mailbox: &Mailbox<K>) -> Vec<Mail<K>> {
        let mut post = lock(&mailbox.post);
        let mail = std::mem::take(&mut post.mail);
        post.bytes = 0;
        let relieved = std::mem::take(&mut post.full) && self.pauses();
        drop(post);
        if relieved {
            self.relieve(mailbox.worker);
        }
        mail
    }

    /// A connection or mailbox is no longer congested.
    fn relieve(&self, worker: u32) {
        self.congested.fetch_sub(1, SeqCst);
        if self.waiting.load(SeqCst) > 0 {
            self.post(worker, || Mail::Relief);
        }
    }
}

/// Counts one more, unless that would be more than `most`.
fn add_below(count: &AtomicUsize, most: usize) -> bool {
    count.fetch_update(SeqCst, SeqCst, |count| (count < most).then_some(count + 1)).is_ok()
}

/// A panic elsewhere leaves nothing half-done in what is locked here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A worker's place among all.
pub struct Membership<K: Copy + Send> {
    pub common: Arc<Common<K>>,
    /// Tells workers apart.
    pub worker: u32,
    /// `None` if there is no other worker.
    pub mailbox: Option<Arc<Mailbox<K>>>,
}

impl<K: Copy + Send> Membership<K> {
    /// The only worker.
    pub fn alone(common: Arc<Common<K>>) -> Self {
        Self { common, worker: 0, mailbox: None }
    }

    /// One of several; `wake` makes it look into its mailbox.
    pub fn among(common: Arc<Common<K>>, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let mailbox = common.join(Box::new(wake));
        Self { common, worker: mailbox.worker, mailbox: Some(mailbox) }
    }

    /// What came for this worker.
    pub fn mail(&self) -> Vec<Mail<K>> {
        self.mailbox.as_ref().map(|mailbox| self.common.take(mailbox)).unwrap_or_default()
    }

    /// Sends mail to all other workers, if there are any.
    pub fn post(&self, mail: impl FnOnce() -> Mail<K>) {
        if self.mailbox.is_some() {
            let mail = mail();
            self.common.post(self.worker, || mail.clone());
        }
    }

    /// A connection of this worker is no longer congested.
    pub fn relieve(&self) {
        self.common.relieve(self.worker);
    }
}

impl<K: Copy + Send> Drop for Membership<K> {
    fn drop(&mut self) {
        if self.mailbox.is_some() {
            self.common.part(self.worker);
        }
    }
}

impl<K: Copy> Clone for Mail<K> {
    fn clone(&self) -> Self {
        match self {
            Self::Broadcast(kind, payload) => Self::Broadcast(*kind, Arc::clone(payload)),
            Self::Flooded => Self::Flooded,
            Self::Relief => Self::Relief,
            Self::Drain => Self::Drain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::tests::CONFIG;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn limits_hold_over_all_workers() {
        let limits = crate::server::Limits {
            connections: 3,
            connections_per_client: Some(1),
            ..CONFIG.limits
        };
        let common = Common::<()>::new(&Config { limits, ..CONFIG });
        let client = |last| Some(IpAddr::from([127, 0, 0, last]));
        assert_eq!(common.admit(client(1)), Ok(()));
        assert_eq!(common.admit(client(1)), Err(Full::Client));
        assert_eq!(common.admit(client(2)), Ok(()));
        assert_eq!(common.admit(None), Ok(()));
        assert_eq!(common.admit(client(3)), Err(Full::Server));
        common.dismiss(client(1));
        assert_eq!(common.admit(client(1)), Ok(()));
        assert_eq!(common.open(), 3);
    }

    fn common_of(overflow: Overflow) -> Arc<Common<()>> {
        let buffers = crate::server::Buffers { high_watermark: 10, overflow, ..CONFIG.buffers };
        Arc::new(Common::new(&Config { buffers, ..CONFIG }))
    }

    /// How many of five broadcasts arrive, and whether the rest was too much for connections.
    fn overflows(overflow: Overflow) -> (usize, bool) {
        let common = common_of(overflow);
        let reader = Membership::among(Arc::clone(&common), || {});
        let writer = Membership::among(Arc::clone(&common), || {});
        for _ in 0..5 {
            writer.post(|| Mail::Broadcast((), Arc::from(*b"abcd")));
        }
        assert_eq!(common.congested(), 0);
        let mail = reader.mail();
        writer.post(|| Mail::Broadcast((), Arc::from(*b"abcd")));
        assert_eq!(reader.mail().len(), 1, "there is room again");
        let broadcasts = mail.iter().filter(|mail| matches!(mail, Mail::Broadcast(..))).count();
        (broadcasts, mail.iter().any(|mail| matches!(mail, Mail::Flooded)))
    }

    #[test]
    fn behaviour_8_1_mail_above_the_watermark_is_dropped_or_closes() {
        assert_eq!(overflows(Overflow::Drop), (3, false));
        assert_eq!(overflows(Overflow::Close), (3, true));
    }

    #[test]
    fn mail_wakes_once_and_backs_up() {
        let common = common_of(Overflow::Pause);
        let woken = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&woken);
        let reader = Membership::among(Arc::clone(&common), move || {
            assert!(!flag.swap(true, SeqCst), "woken twice");
        });
        let writer = Membership::among(Arc::clone(&common), || {});
        for _ in 0..3 {
            writer.post(|| Mail::Broadcast((), Arc::from(*b"abcd")));
        }
        assert!(woken.load(SeqCst));
        assert_eq!((common.congested(), reader.mail().len()), (1, 3));
        assert_eq!((common.congested(), writer.mail().len()), (0, 0));
        drop(reader);
        writer.post(|| Mail::Drain);
        assert!(writer.mail().is_empty());
    }
}
