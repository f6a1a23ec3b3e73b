//! Connections in a vector whose places are reused.

use std::ops::{Index, IndexMut};

/// Names an entry of a [`Slab`]; one that was removed is not mistaken for its successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token {
    /// The place.
    pub index: u32,
    generation: u32,
}

impl Token {
    /// The token as one number, for the kernel to keep.
    pub fn to_bits(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    /// The token of [`Self::to_bits`].
    #[cfg(all(feature = "stream", feature = "reactor", any(unix, not(feature = "iocp"))))]
    pub fn from_bits(bits: u64) -> Self {
        Self { index: bits as u32, generation: (bits >> 32) as u32 }
    }
}

struct Place<T> {
    generation: u32,
    value: Option<T>,
}

/// A vector whose places are reused.
pub struct Slab<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    /// No entries.
    pub fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Adds an entry.
    pub fn insert(&mut self, value: T) -> Token {
        let index = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place { generation: 0, value: None });
            self.places.len() as u32 - 1
        });
        let place = &mut self.places[index as usize];
        place.value = Some(value);
        Token { index, generation: place.generation }
    }

    /// Removes an entry.
    pub fn remove(&mut self, index: usize) -> Option<T> {
        let place = self.places.get_mut(index)?;
        let value = place.value.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(index as u32);
        Some(value)
    }

    /// The place of the entry that `token` names, if it is still there.
    pub fn find(&self, token: Token) -> Option<usize> {
        let place = self.places.get(token.index as usize)?;
        let same = place.generation == token.generation && place.value.is_some();
        same.then_some(token.index as usize)
    }

    /// The token of the entry at `index`.
    pub fn token(&self, index: usize) -> Token {
        Token { index: index as u32, generation: self.places[index].generation }
    }

    /// The entry at `index`, if there is one.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.places.get_mut(index)?.value.as_mut()
    }

    /// One more than the highest place in use.
    pub fn end(&self) -> usize {
        self.places.len()
    }
}

impl<T> Index<usize> for Slab<T> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        self.places[index].value.as_ref().expect("an entry that was not removed")
    }
}

impl<T> IndexMut<usize> for Slab<T> {
    fn index_mut(&mut self, index: usize) -> &mut T {
        self.places[index].value.as_mut().expect("an entry that was not removed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_place_has_another_token() {
        let mut slab = Slab::new();
        let first = slab.insert('a');
        assert_eq!(slab.find(first), Some(0));
        slab.remove(0);
        assert_eq!((slab.find(first), slab.len()), (None, 0));
        let second = slab.insert('b');
        assert_eq!(second.index, 0);
        assert_ne!(second, first);
    }

    #[cfg(all(feature = "stream", feature = "reactor"))]
    #[test]
    fn a_token_comes_back_from_the_kernel() {
        let token = Token { index: 7, generation: u32::MAX };
        assert_eq!(Token::from_bits(token.to_bits()), token);
    }
}
