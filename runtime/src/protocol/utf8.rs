//! UTF-8 (RFC 3629) judged as it arrives: the first byte that makes valid text impossible is an
//! error, wherever the stream is cut.

/// The bytes cannot become valid UTF-8, whatever follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

/// An incremental validator. It keeps the bytes of a character that is cut, and nothing else.
#[derive(Debug, Default)]
pub struct Validator {
    cut: [u8; 4],
    length: u8,
}

impl Validator {
    /// Judges the next bytes of the text.
    ///
    /// # Errors
    /// [`Invalid`] as soon as no continuation could make the text valid.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Invalid> {
        while self.length > 0 {
            let Some((&first, rest)) = bytes.split_first() else { return Ok(()) };
            self.complete(first)?;
            bytes = rest;
        }
        match std::str::from_utf8(bytes) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_some() => Err(Invalid),
            Err(error) => {
                let cut = &bytes[error.valid_up_to()..];
                self.cut[..cut.len()].copy_from_slice(cut);
                self.length = cut.len() as u8;
                Ok(())
            }
        }
    }

    /// Adds one byte to the character that was cut.
    fn complete(&mut self, byte: u8) -> Result<(), Invalid> {
        self.cut[usize::from(self.length)] = byte;
        self.length += 1;
        match std::str::from_utf8(&self.cut[..usize::from(self.length)]) {
            Ok(_) => self.length = 0,
            Err(error) if error.error_len().is_some() => return Err(Invalid),
            Err(_) => {}
        }
        Ok(())
    }

    /// Ends the text, and is ready for another one.
    ///
    /// # Errors
    /// [`Invalid`] if the text ends inside a character.
    pub fn finish(&mut self) -> Result<(), Invalid> {
        if std::mem::take(&mut self.length) == 0 { Ok(()) } else { Err(Invalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Invalid, Validator};

    fn failing_byte(bytes: &[u8]) -> Option<usize> {
        let mut validator = Validator::default();
        bytes.iter().position(|byte| validator.feed(&[*byte]).is_err())
    }

    #[test]
    fn rfc6455_8_1_fails_at_the_first_impossible_byte() {
        assert_eq!(failing_byte("κόσμε\u{10ffff}".as_bytes()), None);
        assert_eq!(failing_byte(b"\xce\xba\xed\xa0\x80"), Some(3), "surrogate");
        assert_eq!(failing_byte(b"\xf4\x90\x80\x80"), Some(1), "above U+10FFFF");
        assert_eq!(failing_byte(b"\xc0\xaf"), Some(0), "overlong");
        assert_eq!(failing_byte(b"\xe0\x80\xaf"), Some(1), "overlong");
        assert_eq!(failing_byte(b"ab\x80"), Some(2), "stray continuation");
        assert_eq!(failing_byte(b"\xff"), Some(0));
    }

    #[test]
    fn rfc3629_4_a_text_may_not_end_inside_a_character() {
        let mut validator = Validator::default();
        assert_eq!(validator.feed("€".as_bytes().split_at(2).0), Ok(()));
        assert_eq!(validator.finish(), Err(Invalid));
        assert_eq!(validator.feed(b"plain"), Ok(()));
        assert_eq!(validator.finish(), Ok(()));
    }

    proptest::proptest! {
        #[test]
        fn cuts_do_not_matter(bytes: Vec<u8>, text: String, cut: usize) {
            for whole in [bytes, text.into_bytes()] {
                let (head, tail) = whole.split_at(cut % (whole.len() + 1));
                let mut validator = Validator::default();
                let verdict = validator
                    .feed(head)
                    .and_then(|()| validator.feed(tail))
                    .and_then(|()| validator.finish());
                assert_eq!(verdict.is_ok(), std::str::from_utf8(&whole).is_ok());
            }
        }
    }
}
