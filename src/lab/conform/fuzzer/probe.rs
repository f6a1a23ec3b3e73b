//! What is looked at on a connection, beside the frames of a script.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use specgen_runtime::protocol::mask::Key;
use specgen_runtime::protocol::message::Kind;

use super::agents::Fresh;
use super::visit::Visitor;
use crate::lab::conform::case::Ending;
use crate::lab::conform::frame::{Cut, Frame, PING, TEXT};
use crate::lab::conform::result::Seen;
use crate::lab::conform::role::Role;
use crate::lab::conform::session::{Allowance, Behind, Happening, Session};
use crate::lab::conform::trial;
use crate::lab::conform::verdict::Verdict;

/// How many keys are compared.
const KEYS: usize = 64;
/// How long we wait behind both Closes.
const PAUSE: Duration = Duration::from_secs(1);
/// How long an echo may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it may take in all.
const LIMIT: Duration = Duration::from_secs(15);
/// Lengths with every form of a header.
const LENGTHS: [usize; 3] = [0, 126, 65_536];
const HELLO: &str = "Hello";

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Whether every frame has a mask: echoes of every form of a length, and a Pong.
    Masked,
    /// The keys of many frames.
    Masks,
    /// The key of the first frame, beside those of other connections.
    FirstMask,
    /// Whether the client waits for us to end the TCP connection.
    Waits,
    /// What comes behind the client's Close, where so many messages stood before ours.
    Behind(usize),
}

impl Probe {
    /// What is expected, for people.
    pub fn expected(self) -> Vec<String> {
        vec![match self {
            Self::Masked => "echoes and a Pong, each frame with a mask".to_owned(),
            Self::Masks => format!("{KEYS} echoes, each with another masking key that the others do not tell"),
            Self::FirstMask => "a masking key with which no other connection began".to_owned(),
            Self::Waits => format!("a Close, and for {} s no end of the TCP connection", PAUSE.as_secs()),
            Self::Behind(_) => "nothing behind the client's Close".to_owned(),
        }]
    }

    /// Looks at it.
    pub fn run(self, visitor: Visitor<'_>) -> Seen {
        let agents = &visitor.fuzzer.agents;
        let allowance = Allowance::echoes(KEYS, LENGTHS[2]);
        let mut session = Session::new(visitor.accept(None), Instant::now() + LIMIT, allowance);
        let found = match self {
            Self::Masked => pong(&mut session).and_then(|()| every_length(&mut session)),
            Self::Masks => echoes(&mut session, KEYS).and_then(|()| different(&session.keys)),
            Self::FirstMask => {
                let echoed = echoes(&mut session, 1);
                echoed.and_then(|()| session.keys.first().map_or(Ok(()), |key| first(agents.note_mask(*key))))
            }
            Self::Waits => echoes(&mut session, 1),
            Self::Behind(messages) => {
                session.send(&vec![hello(); messages], Cut::Nowhere);
                Ok(())
            }
        };
        session.close(&1000_u16.to_be_bytes());
        session.finish();
        let found = found.and_then(|()| self.behind(&mut session));
        let (verdict, why) = found.err().map_or((Verdict::Ok, vec![]), |(verdict, why)| (verdict, vec![why]));
        trial::finish(session, verdict, why, &Ending::by_client())
    }

    fn behind(self, session: &mut Session) -> Found {
        if !session.clean || !matches!(self, Self::Waits | Self::Behind(_)) {
            return Ok(());
        }
        match session.behind(PAUSE) {
            Behind::Data => Err((Verdict::Failed, "the client sends on behind its Close (RFC 6455 §5.5.1)".to_owned())),
            Behind::End if self == Self::Waits => {
                Err((Verdict::NonStrict, "the client ends the TCP connection, and not the server".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// Nothing, or what is thought of what was found, and why.
type Found = Result<(), (Verdict, String)>;

fn hello() -> Frame {
    Frame::new(TEXT, HELLO).sent_by(Role::Server)
}

fn echoes(session: &mut Session, count: usize) -> Found {
    (0..count).try_for_each(|_| echo(session, HELLO.as_bytes()))
}

fn every_length(session: &mut Session) -> Found {
    LENGTHS.iter().try_for_each(|length| echo(session, &vec![b'*'; *length]))
}

fn echo(session: &mut Session, text: &[u8]) -> Found {
    session.send(&[Frame::new(TEXT, text.to_vec()).sent_by(Role::Server)], Cut::Nowhere);
    let missing = || Err((Verdict::Failed, "a message was not echoed".to_owned()));
    if is_echoed(session, text) { Ok(()) } else { missing() }
}

fn pong(session: &mut Session) -> Found {
    session.send(&[Frame::new(PING, HELLO).sent_by(Role::Server)], Cut::Nowhere);
    match session.next(Instant::now() + PATIENCE) {
        Some(Happening::Pong(payload)) if payload == HELLO.as_bytes() => Ok(()),
        _ => Err((Verdict::Failed, "a Ping was not answered with its Pong".to_owned())),
    }
}

/// Whether the next message is that text.
pub fn is_echoed(session: &mut Session, text: &[u8]) -> bool {
    loop {
        match session.next(Instant::now() + PATIENCE) {
            Some(Happening::Message(kind, payload)) => return kind == Kind::Text && payload == text,
            Some(Happening::Pong(_)) => {}
            None => return false,
        }
    }
}

/// RFC 6455 §5.3: keys are unpredictable.
fn different(keys: &[Key]) -> Found {
    let numbers: Vec<u32> = keys.iter().map(|key| u32::from_be_bytes(*key)).collect();
    let distinct = numbers.iter().collect::<BTreeSet<_>>().len();
    let steps: BTreeSet<u32> = numbers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    let failed = |why: String| Err((Verdict::Failed, why));
    match numbers.first() {
        // Frames without masks are a fault of their own.
        None => Ok(()),
        Some(first) if distinct == 1 && numbers.len() > 1 => failed(format!("every masking key is {first:08x}")),
        Some(_) if distinct < numbers.len() => {
            failed(format!("{} frames have {distinct} masking keys between them", numbers.len()))
        }
        Some(_) if numbers.len() > 2 && steps.len() == 1 => {
            failed("each masking key is as far from the one before".to_owned())
        }
        Some(_) => Ok(()),
    }
}

fn first(fresh: Fresh) -> Found {
    match fresh {
        Fresh::First => Err((Verdict::Informational, "no other connection to compare with".to_owned())),
        Fresh::Yes => Ok(()),
        Fresh::No => Err((Verdict::Failed, "another connection began with the same masking key".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6455_5_3_keys_that_can_be_told() {
        let why = |keys: &[Key]| different(keys).map_err(|(_, why)| why);
        assert_eq!(why(&[[1, 2, 3, 4], [9, 0, 3, 1], [7, 7, 7, 7]]), Ok(()));
        assert_eq!(why(&[]), Ok(()));
        assert_eq!(why(&[[0; 4]; 3]), Err("every masking key is 00000000".to_owned()));
        assert_eq!(why(&[[0; 4], [1; 4], [0; 4]]), Err("3 frames have 2 masking keys between them".to_owned()));
        let counting = [[0, 0, 0, 1], [0, 0, 0, 2], [0, 0, 0, 3]];
        assert_eq!(why(&counting), Err("each masking key is as far from the one before".to_owned()));
    }
}
