//! One connection, from the request to its end.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;
use specgen_runtime::protocol::client::Accepted;
use specgen_runtime::protocol::extension::Agreement;

use super::acceptance::{Wish, accept};
use super::agents::Fresh;
use super::answer::Reply;
use super::case::{Case, Trial};
use super::order::Order;
use super::refusal::Refusal;
use super::request::{self, Request};
use super::rule::Rule;
use super::running::Fuzzer;
use crate::lab::conform::case::{Ending, Exchange};
use crate::lab::conform::client::{OPENING, Upgraded};
use crate::lab::conform::frame::{Cut, Frame, TEXT};
use crate::lab::conform::result::{CaseResult, Seen};
use crate::lab::conform::role::Role;
use crate::lab::conform::session::{Allowance, Session};
use crate::lab::conform::trial;
use crate::lab::conform::verdict::{End, Verdict};
use crate::lab::connection::Connection;

/// How long a client may take to end what has ended here.
const LINGER: Duration = Duration::from_secs(2);
/// What is read of it in that time, in bytes.
const LINGER_BYTES: usize = 1 << 20;
/// How long it may take for what is no case.
const TALK: Duration = Duration::from_secs(8);
/// How long is waited for what may not come before the answer.
const HASTE: Duration = Duration::from_millis(200);

/// A client that came.
pub struct Visitor<'a> {
    /// What it asked for.
    pub request: Request,
    /// Whether its key is another one than all before.
    key: Fresh,
    /// Where it is.
    pub connection: Connection,
    /// What all of them share.
    pub fuzzer: &'a Fuzzer,
}

/// Serves a connection.
pub fn serve(fuzzer: &Fuzzer, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let Ok(copy) = stream.try_clone() else { return };
    let mut connection = Connection::accepted(copy, Instant::now() + OPENING);
    match request::read(&mut connection) {
        Ok(request) => {
            let key = fuzzer.agents.note_key(request.key());
            obey(Visitor { request, key, connection, fuzzer });
        }
        Err(refusal) => refusal.send(&mut connection),
    }
    linger(stream);
}

/// Unread bytes would make a reset of the end, and that may take away what was sent before.
fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let until = Instant::now() + LINGER;
    let (mut buffer, mut size) = ([0; 4096], 0);
    while size < LINGER_BYTES {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut buffer) {
            Ok(more @ 1..) => size += more,
            _ => return,
        }
    }
}

fn obey(mut visitor: Visitor<'_>) {
    let (fuzzer, target) = (visitor.fuzzer, visitor.request.target.clone());
    let obeyed = match Order::parse(&target, &fuzzer.cases) {
        Ok(Order::Run(place, agent)) => return run(visitor, place, &agent),
        Ok(order) => fuzzer.words(&order),
        Err(refusal) => Err(refusal),
    };
    match obeyed {
        Ok(words) => say(visitor, words),
        Err(refusal) => refusal.send(&mut visitor.connection),
    }
}

impl Fuzzer {
    /// What is said to an order that is no case; nothing, to some.
    fn words(&self, order: &Order) -> Result<Option<String>, Refusal> {
        Ok(match order {
            Order::Count => Some(self.cases.len().to_string()),
            Order::Info(place) => self.cases.get(*place).map(info),
            Order::Status(place, agent) => {
                Some(json!({"behavior": self.agents.verdict(agent, *place)?.name()}).to_string())
            }
            Order::Update(agent) => {
                self.agents.update(agent);
                None
            }
            Order::Run(..) => None,
        })
    }
}

fn info(case: &Case) -> String {
    json!({"id": case.id, "description": case.title}).to_string()
}

/// Says it in one message, and closes.
fn say(mut visitor: Visitor<'_>, words: Option<String>) {
    // Whatever else is wrong with the request is a case's affair.
    if let Err(why) = Rule::Key.check(&visitor.request) {
        return Refusal::bad(why).send(&mut visitor.connection);
    }
    let agents = &visitor.fuzzer.agents;
    let mut session = Session::new(visitor.accept(None), Instant::now() + TALK, Allowance::echoes(0, 0));
    if let Some(words) = words {
        session.send(&[Frame::new(TEXT, words.into_bytes()).sent_by(Role::Server)], Cut::Nowhere);
    }
    session.close(&1000_u16.to_be_bytes());
    session.finish();
    if let Some(mask) = session.keys.first() {
        agents.note_mask(*mask);
    }
}

fn run(mut visitor: Visitor<'_>, place: usize, agent: &str) {
    let fuzzer = visitor.fuzzer;
    let Some(case) = fuzzer.cases.get(place) else { return };
    if let Err(refusal) = fuzzer.agents.begin(agent, place) {
        return refusal.send(&mut visitor.connection);
    }
    let mut turn = Turn { fuzzer, agent, place, result: None };
    let _pass = case.is_heavy().then(|| fuzzer.heavy.enter());
    let (start, lines) = (Instant::now(), visitor.request.lines());
    let mut seen = visitor.run(case);
    seen.seen.splice(0..0, lines);
    let result = case.result(seen, start.elapsed());
    (fuzzer.done)(agent, &result);
    turn.result = Some(result);
}

/// A case that runs. It ends with this value, whatever happens.
struct Turn<'a> {
    fuzzer: &'a Fuzzer,
    agent: &'a str,
    place: usize,
    result: Option<CaseResult>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.fuzzer.agents.end(self.agent, self.place, self.result.take());
    }
}

impl Visitor<'_> {
    fn run(self, case: &Case) -> Seen {
        match &case.trial {
            Trial::Request(rule) => self.judge(*rule),
            trial => match self.request.problem() {
                Some(problem) => self.refuse(problem),
                None => self.try_out(trial),
            },
        }
    }

    fn try_out(self, trial: &Trial) -> Seen {
        match trial {
            Trial::Script(script, wishes) => trial::script_on(script, self.accept_with(wishes)),
            Trial::Exchange(exchange, wishes) => self.exchange(exchange, wishes),
            Trial::Answer(answer) => answer.run(self),
            Trial::Probe(probe) => probe.run(self),
            Trial::Request(rule) => self.judge(*rule),
        }
    }

    fn judge(mut self, rule: Rule) -> Seen {
        let (verdict, why) = match (rule, self.key) {
            (Rule::FreshKey, Fresh::First) => {
                (Verdict::Informational, "no other connection to compare with".to_owned())
            }
            (Rule::FreshKey, Fresh::No) => (Verdict::Failed, "another connection had the same key".to_owned()),
            (Rule::Waits, _) if self.is_hasty() => (Verdict::Failed, "bytes came before the answer".to_owned()),
            _ => rule.check(&self.request).err().map_or((Verdict::Ok, String::new()), |why| (Verdict::Failed, why)),
        };
        match self.request.problem() {
            None => self.close(verdict, Some(why).filter(|why| !why.is_empty()).into_iter().collect()),
            Some(problem) => {
                Refusal::bad(problem).send(&mut self.connection);
                Seen::plain(verdict, why)
            }
        }
    }

    /// Whether anything comes before it is answered.
    fn is_hasty(&mut self) -> bool {
        self.connection.set_deadline(Instant::now() + HASTE);
        let mut buffer = [0; 4096];
        let size = self.connection.read(&mut buffer).unwrap_or(0);
        self.request.rest.extend(&buffer[..size]);
        !self.request.rest.is_empty()
    }

    fn exchange(self, exchange: &Exchange, wishes: &[Wish]) -> Seen {
        let upgraded = self.accept_with(wishes);
        match upgraded.accepted.compression {
            None if !wishes.is_empty() => trial::declined(upgraded),
            _ => trial::exchange_on(exchange, upgraded),
        }
    }

    /// Nothing can be looked at.
    fn refuse(mut self, problem: String) -> Seen {
        Refusal::bad(problem.clone()).send(&mut self.connection);
        let why = format!("the request cannot be accepted: {problem}");
        Seen { end: Some(End::Failed), ..Seen::plain(Verdict::Failed, why) }
    }

    /// Accepts the request, and closes.
    pub fn close(self, verdict: Verdict, why: Vec<String>) -> Seen {
        let mut session = Session::new(self.accept(None), Instant::now() + TALK, Allowance::echoes(0, 0));
        session.close(&1000_u16.to_be_bytes());
        session.finish();
        trial::finish(session, verdict, why, &Ending::by_client())
    }

    fn accept_with(self, wishes: &[Wish]) -> Upgraded {
        let agreed = accept(&self.request.offers(), wishes);
        self.accept(agreed)
    }

    /// Answers with 101. That a client is gone is seen later.
    pub fn accept(mut self, agreed: Option<(Agreement, String)>) -> Upgraded {
        let mut reply = Reply::correct(self.request.key());
        let (compression, extensions) = agreed.unzip();
        if let Some(extensions) = &extensions {
            reply.line(&format!("Sec-WebSocket-Extensions: {extensions}"));
        }
        self.connection.set_deadline(Instant::now() + OPENING);
        let _ = self.connection.write_all(&reply.head());
        self.upgraded(compression, extensions.unwrap_or_default())
    }

    /// The connection behind the answer.
    pub fn upgraded(self, compression: Option<Agreement>, extensions: String) -> Upgraded {
        let accepted = Accepted { subprotocol: None, compression };
        let Self { request, connection, .. } = self;
        Upgraded { role: Role::Server, connection, rest: request.rest, accepted, extensions }
    }
}
