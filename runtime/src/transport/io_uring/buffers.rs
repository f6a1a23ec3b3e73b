//! The buffers that an `io_uring` receives into: a ring of them, lent to the kernel.

// The kernel writes into memory that it is given the address of.
#![allow(unsafe_code)]

use io_uring::IoUring;
use io_uring::types::BufRingEntry;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU16, Ordering};

/// The ring's entries begin at a page's start.
const PAGE: usize = 4096;
/// The memory behind all buffers, unless one is larger.
const MEMORY: usize = 4 << 20;
/// The kernel takes powers of two.
const MOST: usize = 1 << 10;
const FEWEST: usize = 1 << 2;

/// The buffers, of which each is either the kernel's or lent to a caller until it is given back.
pub struct Buffers {
    entries: NonNull<BufRingEntry>,
    count: u16,
    memory: NonNull<u8>,
    size: usize,
    /// So many have been given to the kernel.
    tail: u16,
}

impl Buffers {
    /// The group of the buffers, for requests.
    pub const GROUP: u16 = 0;

    /// Buffers of `size` bytes, all of them the kernel's.
    pub fn new(size: usize) -> Self {
        let count = (MEMORY / size).next_power_of_two().clamp(FEWEST, MOST);
        let mut buffers = Self {
            entries: allocate(ring_layout(count)).cast(),
            count: count as u16,
            memory: allocate(memory_layout(count * size)),
            size,
            tail: 0,
        };
        for id in 0..buffers.count {
            buffers.give_back(id);
        }
        buffers
    }

    /// Lends the buffers to the kernel. They have to outlive `ring`.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn register(&self, ring: &IoUring) -> io::Result<()> {
        let address = self.entries.as_ptr() as u64;
        // SAFETY: `address` is that of `count` entries; the caller drops the ring first.
        unsafe {
            ring.submitter().register_buf_ring_with_flags(address, self.count, Self::GROUP, 0)
        }
    }

    /// What the kernel has written into a buffer, which is the caller's until it is given back.
    pub fn filled(&mut self, id: u16, length: usize) -> &mut [u8] {
        assert!(id < self.count && length <= self.size, "the kernel names its buffers");
        // SAFETY: these bytes lie inside of the allocation, are initialised (zeroed, then written by
        // the kernel), and the kernel does not touch them until the buffer is given back. `self` is
        // borrowed, so that there is no second slice.
        unsafe {
            let start = self.memory.as_ptr().add(usize::from(id) * self.size);
            std::slice::from_raw_parts_mut(start, length)
        }
    }

    /// Gives a buffer to the kernel.
    pub fn give_back(&mut self, id: u16) {
        let place = usize::from(self.tail & (self.count - 1));
        // SAFETY: `place` is one of `count` entries, and the kernel does not read it before the tail
        // is behind it; `id` is one of `count` buffers. The first entry holds the tail.
        unsafe {
            let entry = &mut *self.entries.as_ptr().add(place);
            entry.set_addr(self.memory.as_ptr().add(usize::from(id) * self.size) as u64);
            entry.set_len(self.size as u32);
            entry.set_bid(id);
            self.tail = self.tail.wrapping_add(1);
            let tail = BufRingEntry::tail(self.entries.as_ptr()).cast_mut();
            AtomicU16::from_ptr(tail).store(self.tail, Ordering::Release);
        }
    }
}

impl Drop for Buffers {
    fn drop(&mut self) {
        let count = usize::from(self.count);
        // SAFETY: both were allocated with these layouts, and the ring that used them is gone.
        unsafe {
            dealloc(self.entries.cast().as_ptr(), ring_layout(count));
            dealloc(self.memory.as_ptr(), memory_layout(count * self.size));
        }
    }
}

fn ring_layout(count: usize) -> Layout {
    layout(count * size_of::<BufRingEntry>())
}

fn memory_layout(size: usize) -> Layout {
    layout(size)
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, PAGE).expect("a size far below the largest")
}

fn allocate(layout: Layout) -> NonNull<u8> {
    // SAFETY: no layout here is of size 0.
    let memory = unsafe { alloc_zeroed(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}
