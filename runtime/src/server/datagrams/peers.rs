//! The known peers: found by their address, in the order in which they were last heard.

use crate::protocol::rate::Bucket;
use crate::protocol::reliability::reliable::Reliable;
use crate::server::slab::{Slab, Token};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

/// No peer.
const NOBODY: u32 = u32::MAX;

/// A known peer.
pub struct Peer {
    pub address: SocketAddr,
    pub bucket: Option<Bucket>,
    pub reliable: Option<Box<Reliable>>,
    pub heard: Instant,
    /// The earliest deadline that is armed.
    pub armed: Option<Instant>,
    /// In the list of peers to which something is owed at the end of the turn.
    pub touched: bool,
    /// The app wants it forgotten.
    pub dismissed: bool,
    /// Who was heard next after it, and before it.
    newer: u32,
    older: u32,
}

impl Peer {
    pub fn new(
        address: SocketAddr,
        bucket: Option<Bucket>,
        reliable: Option<Box<Reliable>>,
        now: Instant,
    ) -> Self {
        Self {
            address,
            bucket,
            reliable,
            heard: now,
            armed: None,
            touched: false,
            dismissed: false,
            newer: NOBODY,
            older: NOBODY,
        }
    }
}

/// The known peers.
pub struct Peers {
    pub slab: Slab<Peer>,
    by_address: HashMap<SocketAddr, Token>,
    newest: u32,
    oldest: u32,
}

impl Peers {
    /// Nobody.
    pub fn new() -> Self {
        let (slab, by_address) = (Slab::new(), HashMap::new());
        Self { slab, by_address, newest: NOBODY, oldest: NOBODY }
    }

    /// The place of a peer.
    #[inline]
    pub fn find(&self, address: SocketAddr) -> Option<usize> {
        self.by_address.get(&address).map(|token| token.index as usize)
    }

    /// The place of the peer that was silent longest.
    pub fn oldest(&self) -> Option<usize> {
        (self.oldest != NOBODY).then_some(self.oldest as usize)
    }

    /// Adds a peer, heard just now.
    pub fn insert(&mut self, peer: Peer) -> usize {
        let address = peer.address;
        let token = self.slab.insert(peer);
        self.by_address.insert(address, token);
        self.link(token.index);
        token.index as usize
    }

    /// The peer was heard.
    #[inline]
    pub fn heard(&mut self, index: usize, now: Instant) {
        self.slab[index].heard = now;
        if self.newest as usize != index {
            self.unlink(index as u32);
            self.link(index as u32);
        }
    }

    /// Forgets a peer.
    pub fn remove(&mut self, index: usize) {
        self.unlink(index as u32);
        if let Some(peer) = self.slab.remove(index) {
            self.by_address.remove(&peer.address);
        }
    }

    fn link(&mut self, index: u32) {
        let older = std::mem::replace(&mut self.newest, index);
        let peer = &mut self.slab[index as usize];
        (peer.newer, peer.older) = (NOBODY, older);
        match older {
            NOBODY => self.oldest = index,
            older => self.slab[older as usize].newer = index,
        }
    }

    fn unlink(&mut self, index: u32) {
        let Peer { newer, older, .. } = self.slab[index as usize];
        match newer {
            NOBODY => self.newest = older,
            newer => self.slab[newer as usize].older = older,
        }
        match older {
            NOBODY => self.oldest = newer,
            older => self.slab[older as usize].newer = newer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_was_silent_longest() {
        let now = Instant::now();
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let mut peers = Peers::new();
        let places: Vec<usize> =
            (1..=3).map(|port| peers.insert(Peer::new(address(port), None, None, now))).collect();
        assert_eq!(peers.oldest(), Some(places[0]));
        peers.heard(places[0], now);
        assert_eq!(peers.oldest(), Some(places[1]));
        peers.remove(places[2]);
        peers.heard(places[1], now);
        assert_eq!((peers.oldest(), peers.find(address(3))), (Some(places[0]), None));
        peers.remove(places[0]);
        peers.remove(places[1]);
        assert_eq!((peers.oldest(), peers.slab.len()), (None, 0));
        peers.insert(Peer::new(address(4), None, None, now));
        assert_eq!(peers.oldest(), peers.find(address(4)));
    }
}
