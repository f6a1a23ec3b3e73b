//! One case against a server.

use std::time::{Duration, Instant};

use specgen_runtime::protocol::deflate::{Deflater, Deflaters, Effort};
use specgen_runtime::protocol::message::Kind;

use super::case::{Case, Content, Ending, Event, Exchange, Overdue, Script, Side, Step, Trial};
use super::client::{Server, Upgraded};
use super::frame::{BINARY, CONTINUATION, Frame, TEXT};
use super::negotiation;
use super::payload::{Payload, shown};
use super::result::{CaseResult, Seen};
use super::session::{Allowance, Happening, Phase, Session};
use super::verdict::{Verdict, judge_end, with_end};

/// What any case may take in all, beside the limit that it names.
const SLACK: Duration = Duration::from_secs(20);
/// Fast, and with blocks of every kind.
const EFFORT: Effort = Effort { level: 2, memory_level: 8 };

/// Runs a case.
pub fn run(case: &Case, server: &Server) -> CaseResult {
    let start = Instant::now();
    let seen = match &case.trial {
        _ if case.inapplicable.is_some() => Seen::skipped(case.inapplicable.clone().unwrap_or_default()),
        Trial::Script(script) => run_script(script, server),
        Trial::Exchange(exchange) => run_exchange(exchange, server),
        Trial::Handshake(handshake) => handshake.run(server),
    };
    CaseResult::new(case, seen, start.elapsed())
}

fn run_script(script: &Script, server: &Server) -> Seen {
    let upgraded = match server.upgrade(script.offer) {
        Ok(upgraded) => upgraded,
        Err(none) => return Seen::no_connection(&none.trouble),
    };
    if script.offer.is_some() && upgraded.accepted.compression.is_none() {
        return declined(upgraded);
    }
    let pauses = script.steps.iter().filter_map(|step| if let Step::Pause(time) = step { Some(*time) } else { None });
    let deadline = Instant::now() + script.limit + pauses.sum::<Duration>() + SLACK;
    let mut session = Session::new(upgraded, deadline, Allowance::echoes(1, script.payload_bytes()));
    let mut events = Vec::new();
    play(&mut session, &script.steps, &mut events);
    wait(&mut session, script, &mut events);
    events.extend(session.finish().into_iter().map(event));
    let behaviour = if events == script.expected.ok {
        Verdict::Ok
    } else if script.expected.non_strict.contains(&events) {
        Verdict::NonStrict
    } else {
        Verdict::Failed
    };
    let why = if behaviour == Verdict::Ok { vec![] } else { vec![difference(&events)] };
    let seen = finish(session, behaviour, why, &script.expected.ending);
    if script.must || behaviour == Verdict::Failed { seen } else { seen.not_strictly() }
}

fn play(session: &mut Session, steps: &[Step], events: &mut Vec<Event>) {
    for step in steps {
        match step {
            Step::Send(frames, cut) => session.send(frames, *cut),
            Step::Part(frame, from, to) => session.send_part(frame, *from, *to),
            Step::Close(payload) => session.close(payload),
            Step::Pause(time) => {
                session.log.did(|| format!("nothing for {} ms", time.as_millis()));
                let until = Instant::now() + *time;
                while let Some(happening) = session.next(until) {
                    events.push(event(happening));
                }
                if session.phase != Phase::Open {
                    return;
                }
                events.push(Event::Quiet);
            }
        }
    }
}

fn wait(session: &mut Session, script: &Script, events: &mut Vec<Event>) {
    let Ending { by, codes, closes, .. } = &script.expected.ending;
    let until = Instant::now() + script.limit;
    loop {
        if *by == Side::Client && *closes && session.phase == Phase::Open && *events == script.expected.ok {
            session.close(&codes.first().copied().unwrap_or(1000).to_be_bytes());
        }
        let Some(happening) = session.next(until) else { break };
        events.push(event(happening));
    }
    match script.overdue {
        Overdue::Close => session.close(b""),
        Overdue::GiveUp if Instant::now() >= until => session.give_up(),
        Overdue::GiveUp => {}
    }
}

fn event(happening: Happening) -> Event {
    match happening {
        Happening::Message(kind, payload) => Event::Message(kind, payload.into()),
        Happening::Pong(payload) => Event::Pong(payload.into()),
    }
}

fn difference(events: &[Event]) -> String {
    let events: Vec<String> = events.iter().map(Event::to_string).collect();
    if events.is_empty() {
        "nothing came before the end".to_owned()
    } else {
        format!("what came: {}", events.join(", "))
    }
}

fn run_exchange(exchange: &Exchange, server: &Server) -> Seen {
    let upgraded = match server.upgrade(exchange.offer) {
        Ok(upgraded) => upgraded,
        Err(none) if none.refused && exchange.acceptable.is_some() => return Seen::refused(&none.trouble),
        Err(none) => return Seen::no_connection(&none.trouble),
    };
    let agreement = upgraded.accepted.compression;
    match (&exchange.acceptable, agreement) {
        (None, None) if exchange.offer.is_some() => return declined(upgraded),
        (Some(acceptable), None) if !acceptable.is_empty() => return declined(upgraded),
        (Some(acceptable), Some(agreement)) => {
            if let Err(why) = negotiation::judge(acceptable, &agreement, &upgraded.extensions) {
                let seen = vec![format!("Sec-WebSocket-Extensions: {}", upgraded.extensions)];
                return Seen { seen, ..Seen::plain(Verdict::Failed, why.to_owned()) };
            }
        }
        _ => {}
    }
    let deadline = Instant::now() + exchange.limit;
    let allowance = Allowance::echoes(exchange.count, exchange.content.length());
    let mut session = Session::new(upgraded, deadline + SLACK, allowance);
    let mut sender = Sender {
        exchange,
        deflater: agreement.as_ref().and_then(Deflater::for_client),
        deflaters: Deflaters::new(EFFORT),
        at: 0,
    };
    let mut why = Vec::new();
    for number in 1..=exchange.count {
        let message = sender.send(&mut session);
        if let Err(wrong) = await_echo(&mut session, exchange.kind, &message, deadline) {
            why.push(format!("message {number} of {}: {wrong}", exchange.count));
            break;
        }
    }
    session.close(&1000_u16.to_be_bytes());
    let late = session.finish();
    if why.is_empty() {
        why.extend(unasked(&late));
    }
    let behaviour = if why.is_empty() { Verdict::Ok } else { Verdict::Failed };
    finish(session, behaviour, why, &Ending::by_client())
}

/// A server that does without the extension: it still has to close.
fn declined(upgraded: Upgraded) -> Seen {
    let mut session = Session::new(upgraded, Instant::now() + SLACK, Allowance::echoes(0, 0));
    session.close(&1000_u16.to_be_bytes());
    session.finish();
    let why = vec!["the server declined permessage-deflate".to_owned()];
    finish(session, Verdict::Unimplemented, why, &Ending::by_client())
}

/// What makes frames of messages.
struct Sender<'a> {
    exchange: &'a Exchange,
    deflater: Option<Deflater>,
    deflaters: Deflaters,
    /// Where in its text the next message begins.
    at: usize,
}

impl Sender<'_> {
    /// Sends the next message, and says what it was.
    fn send(&mut self, session: &mut Session) -> Vec<u8> {
        let message = match &self.exchange.content {
            Content::Same(payload) => payload.bytes().into_owned(),
            Content::Corpus(corpus, length) => {
                let (part, at) = corpus.part(self.at, *length);
                self.at = at;
                part
            }
        };
        let (rsv, payload) = match &mut self.deflater {
            Some(deflater) => (4, deflater.deflate(&message, &mut self.deflaters).to_vec()),
            None => (0, message.clone()),
        };
        let opcode = if self.exchange.kind == Kind::Text { TEXT } else { BINARY };
        session.send(&fragments(opcode, rsv, payload, self.exchange.fragment), self.exchange.cut);
        message
    }
}

/// A message as frames. Where fragments are all full, an empty one is the last: a sender that does not know the length ends so.
pub fn fragments(opcode: u8, rsv: u8, payload: Vec<u8>, size: Option<usize>) -> Vec<Frame> {
    let Some(size) = size.filter(|size| payload.len() > *size) else {
        return vec![Frame::new(opcode, payload).rsv(rsv)];
    };
    let rest = if payload.len().is_multiple_of(size) { Some(&[][..]) } else { None };
    let fragment = |(number, part): (usize, &[u8])| {
        let (opcode, rsv) = if number == 0 { (opcode, rsv) } else { (CONTINUATION, 0) };
        Frame::new(opcode, part.to_vec()).rsv(rsv).unfinished()
    };
    let mut frames: Vec<Frame> = payload.chunks(size).chain(rest).enumerate().map(fragment).collect();
    if let Some(last) = frames.last_mut() {
        last.fin = true;
    }
    frames
}

fn await_echo(session: &mut Session, kind: Kind, message: &[u8], deadline: Instant) -> Result<(), String> {
    loop {
        match session.next(deadline) {
            Some(Happening::Message(seen, payload)) if seen == kind && payload == message => return Ok(()),
            Some(Happening::Message(seen, payload)) => {
                return Err(format!("{seen:?} {} came in place of its echo", shown(&payload)));
            }
            Some(Happening::Pong(_)) => {}
            None => return Err("no echo came".to_owned()),
        }
    }
}

/// What is wrong with what comes behind the last echo.
pub fn unasked(late: &[Happening]) -> Option<String> {
    let message = late.iter().find_map(|happening| match happening {
        Happening::Message(kind, payload) => Some(format!("{kind:?} {}", shown(payload))),
        Happening::Pong(_) => None,
    })?;
    Some(format!("{message} came behind the last echo"))
}

/// The verdict on a session, which has ended.
pub fn finish(session: Session, behaviour: Verdict, mut why: Vec<String>, ending: &Ending) -> Seen {
    let (end, reason) = judge_end(&session, ending);
    let (behaviour, end) = with_end(behaviour, end, &session, ending);
    let mut verdict = behaviour.max(end.verdict());
    if behaviour == Verdict::Informational {
        verdict = Verdict::Informational;
    } else if !session.faults.is_empty() {
        verdict = Verdict::Failed;
    }
    why.extend(session.faults.iter().map(|fault| format!("the server broke the protocol: {fault}")));
    why.extend(Some(reason).filter(|reason| !reason.is_empty()));
    let (sent, mut seen) = session.log.lines();
    seen.extend(session.end.map(str::to_owned));
    let mute = session.bytes == 0 && session.dropped_by_us;
    let is_faulty = !session.faults.is_empty();
    Seen { behaviour, end: Some(end), verdict, why, sent, seen, mute, is_faulty }
}

impl Content {
    /// The length of a message, in bytes.
    pub fn length(&self) -> usize {
        match self {
            Self::Same(payload) => payload.len(),
            Self::Corpus(_, length) => *length,
        }
    }

    /// For people.
    pub fn shown(&self) -> String {
        match self {
            Self::Same(payload) => Payload::shown(payload),
            Self::Corpus(corpus, length) => format!("{length} bytes of {}", corpus.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6455_5_4_a_message_in_fragments() {
        let shown = |length: usize, size: Option<usize>| -> Vec<String> {
            fragments(TEXT, 4, vec![b'a'; length], size).iter().map(Frame::to_string).collect()
        };
        assert_eq!(shown(3, None), ["Text, RSV 100: “aaa”"]);
        assert_eq!(shown(3, Some(3)), ["Text, RSV 100: “aaa”"]);
        assert_eq!(shown(3, Some(2)), ["Text, FIN 0, RSV 100: “aa”", "Continuation: “a”"]);
        assert_eq!(shown(4, Some(2)), ["Text, FIN 0, RSV 100: “aa”", "Continuation, FIN 0: “aa”", "Continuation: “”"]);
    }
}
