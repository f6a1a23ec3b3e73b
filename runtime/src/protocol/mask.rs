//! Masking (RFC 6455 §5.3): the same operation masks and unmasks.

/// A frame's masking key.
pub type Key = [u8; 4];

/// XORs `payload` with `key`, in place. `offset` is the position of `payload[0]` within its frame.
#[inline]
pub fn apply(payload: &mut [u8], key: Key, offset: usize) {
    let key = rotated(key, offset);
    let word = u64::from_ne_bytes([key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3]]);
    let mut words = payload.chunks_exact_mut(8);
    for chunk in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(chunk);
        chunk.copy_from_slice(&(u64::from_ne_bytes(bytes) ^ word).to_ne_bytes());
    }
    for (byte, mask) in words.into_remainder().iter_mut().zip(word.to_ne_bytes()) {
        *byte ^= mask;
    }
}

fn rotated(mut key: Key, offset: usize) -> Key {
    key.rotate_left(offset % 4);
    key
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn rfc6455_5_7_masked_hello() {
        let mut payload = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        apply(&mut payload, [0x37, 0xfa, 0x21, 0x3d], 0);
        assert_eq!(&payload, b"Hello");
    }

    #[test]
    fn rfc6455_5_3_octet_i_is_masked_with_key_i_modulo_4() {
        let key = [0x11, 0x22, 0x33, 0x44];
        let plain: Vec<u8> = (0..=255).collect();
        let expected: Vec<u8> = (0..256).map(|i| plain[i] ^ key[i % 4]).collect();
        for cut in 0..plain.len() {
            let mut masked = plain.clone();
            let (head, tail) = masked.split_at_mut(cut);
            apply(head, key, 0);
            apply(tail, key, cut);
            assert_eq!(masked, expected);
        }
    }
}
