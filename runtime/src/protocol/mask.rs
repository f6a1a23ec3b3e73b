//! Masking (RFC 6455 §5.3): the same operation masks and unmasks.

/// A frame's masking key.
pub type Key = [u8; 4];

/// From so many bytes on the widest registers of the processor are worth a call.
const WIDE: usize = 256;
const CACHE_LINE: usize = 64;

/// XORs `payload` with `key`, in place. `offset` is the position of `payload[0]` within its frame.
#[inline]
pub fn apply(payload: &mut [u8], key: Key, offset: usize) {
    let key = rotated(key, offset);
    let word = u64::from_ne_bytes([key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3]]);
    if payload.len() < WIDE {
        xor(payload, word);
    } else {
        // A wide access that crosses a cache line costs two.
        let head = payload.as_ptr().align_offset(CACHE_LINE).min(CACHE_LINE);
        let (head, body) = payload.split_at_mut(head);
        xor(head, word);
        widest::xor(body, u64::from_le(word.to_le().rotate_right(8 * (head.len() as u32 % 8))));
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "takes on the registers of the function around it")]
fn xor(payload: &mut [u8], word: u64) {
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

#[cfg(target_arch = "x86_64")]
mod widest {
    /// The same XOR, compiled once more for AVX2.
    #[target_feature(enable = "avx2")]
    #[allow(unsafe_code)]
    unsafe fn xor_avx2(payload: &mut [u8], word: u64) {
        super::xor(payload, word);
    }

    #[allow(unsafe_code)]
    pub(super) fn xor(payload: &mut [u8], word: u64) {
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2.
            unsafe { xor_avx2(payload, word) }
        } else {
            super::xor(payload, word);
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod widest {
    pub(super) use super::xor;
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
        let plain: Vec<u8> = (0..1024_u32).map(|i| (i * 7) as u8).collect();
        let expected: Vec<u8> = (0..1024).map(|i| plain[i] ^ key[i % 4]).collect();
        for cut in 0..plain.len() {
            let mut masked = plain.clone();
            let (head, tail) = masked.split_at_mut(cut);
            apply(head, key, 0);
            apply(tail, key, cut);
            assert_eq!(masked, expected);
        }
    }
}
