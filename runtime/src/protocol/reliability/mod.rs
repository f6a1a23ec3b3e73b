//! Numbered, and acknowledged, datagrams.
//!
//! [`header`] is what stands in front of each, [`received`] what of a peer's datagrams has come,
//! [`unacknowledged`] what of one's own has not been acknowledged, and [`reliable`] all that with
//! one peer.

pub mod header;
pub mod received;
pub mod reliable;
pub mod unacknowledged;

/// How many numbers a window holds.
pub const WINDOW: u32 = 64;

/// How far `number` is behind `other` (RFC 1982): negative if it comes before it.
fn distance(number: u32, other: u32) -> i32 {
    i32::from_ne_bytes(number.wrapping_sub(other).to_ne_bytes())
}

#[cfg(test)]
mod tests;
