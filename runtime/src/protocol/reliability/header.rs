//! The bytes in front of a datagram's payload.

/// The size of a header.
pub const HEADER: usize = 8;
/// The size of an acknowledgement.
pub const ACKNOWLEDGEMENT: usize = HEADER + 8;

const DATA: u8 = 0;
const ACK: u8 = 1;

/// A datagram, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datagram<'a> {
    /// A payload, with its session and number.
    Data(u16, u32, &'a [u8]),
    /// What the peer has received.
    Ack(Acknowledgement),
}

/// What of a session's datagrams was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The session.
    pub session: u16,
    /// The number that is expected next: all below it were received.
    pub next: u32,
    /// The least significant bit stands for `next`, the next one for the number behind it.
    pub map: u64,
}

/// Takes a datagram apart; `None` if it is malformed.
#[must_use]
pub fn parse(datagram: &[u8]) -> Option<Datagram<'_>> {
    let (header, payload) = datagram.split_first_chunk::<HEADER>()?;
    let [kind, 0, s0, s1, n0, n1, n2, n3] = *header else { return None };
    let session = u16::from_be_bytes([s0, s1]);
    let number = u32::from_be_bytes([n0, n1, n2, n3]);
    match kind {
        DATA => Some(Datagram::Data(session, number, payload)),
        ACK => {
            let map = u64::from_be_bytes(payload.try_into().ok()?);
            Some(Datagram::Ack(Acknowledgement { session, next: number, map }))
        }
        _ => None,
    }
}

/// The header of a payload.
#[must_use]
pub fn data(session: u16, number: u32) -> [u8; HEADER] {
    header(DATA, session, number)
}

fn header(kind: u8, session: u16, number: u32) -> [u8; HEADER] {
    let [s0, s1] = session.to_be_bytes();
    let [n0, n1, n2, n3] = number.to_be_bytes();
    [kind, 0, s0, s1, n0, n1, n2, n3]
}

impl Acknowledgement {
    /// The datagram that says it.
    #[must_use]
    pub fn to_bytes(self) -> [u8; ACKNOWLEDGEMENT] {
        let mut bytes = [0; ACKNOWLEDGEMENT];
        let (head, map) = bytes.split_at_mut(HEADER);
        head.copy_from_slice(&header(ACK, self.session, self.next));
        map.copy_from_slice(&self.map.to_be_bytes());
        bytes
    }
}
