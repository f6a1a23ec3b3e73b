//! What a case is: data that says what is sent and what may come back.

use std::time::Duration;

use specgen_runtime::protocol::message::Kind;

use super::corpus::Corpus;
use super::frame::{BINARY, Cut, Frame, TEXT};
use super::handshake::Handshake;
use super::id::Id;
use super::negotiation::Offer;
use super::payload::Payload;

/// One behaviour that is looked at.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its number: Autobahn's for groups 1 to 13, our own above.
    pub id: Id,
    /// What is done.
    pub title: String,
    /// The rule that decides: `RFC 6455 §5.2`.
    pub section: &'static str,
    /// How it is looked at.
    pub trial: Trial,
    /// Why it says nothing about this server: its spec excludes what the case needs.
    pub inapplicable: Option<String>,
}

/// How a behaviour is looked at.
#[derive(Clone, Debug)]
pub enum Trial {
    /// Frames are sent, and what comes back is compared.
    Script(Script),
    /// Messages are sent, each when the echo of the one before has come.
    Exchange(Exchange),
    /// A request is sent, and the answer is judged.
    Handshake(Handshake),
}

/// Frames, and what may come back.
#[derive(Clone, Debug)]
pub struct Script {
    /// The value of `Sec-WebSocket-Extensions`, where one is sent.
    pub offer: Option<&'static str>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What may come back.
    pub expected: Expected,
    /// How long is waited behind the last step.
    pub limit: Duration,
    /// What is done when that is over.
    pub overdue: Overdue,
    /// Whether the RFCs leave a server no choice; where they do, it is not strict to do something else without a fault of its own.
    pub must: bool,
}

/// What is done in a script.
#[derive(Clone, Debug)]
pub enum Step {
    /// Frames, cut as said.
    Send(Vec<Frame>, Cut),
    /// A part of one frame: the payload from the first to before the second offset; the header stands before the first byte.
    Part(Frame, usize, usize),
    /// A Close with this payload: from here on the connection is closed by us.
    Close(Vec<u8>),
    /// Waiting; [`Event::Quiet`] is noted if the connection is open behind it. If it is not, the script ends here.
    Pause(Duration),
}

/// What is done when the server does not do what is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// A Close without a code.
    Close,
    /// A Close with 1001, as of someone who gives up.
    GiveUp,
}

/// What a server does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message.
    Message(Kind, Payload),
    /// A Pong.
    Pong(Payload),
    /// Nothing that ended the connection, during a pause.
    Quiet,
}

/// What may come back.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The events of a server that does everything right.
    pub ok: Vec<Event>,
    /// Those of one that keeps to the letter alone.
    pub non_strict: Vec<Vec<Event>>,
    /// How the connection ends.
    pub ending: Ending,
}

/// Who ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We do, once everything has come.
    Client,
    /// The server does, because of what it got.
    Server,
}

/// How a connection ends.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Who sends the first Close, or drops the connection.
    pub by: Side,
    /// Codes that the server's Close may have; the first one is what we close with.
    pub codes: Vec<u16>,
    /// Whether both sides have to send a Close.
    pub clean: bool,
    /// Whether we send a Close once everything has come; a script that has one of its own does not.
    pub closes: bool,
    /// Whether another code, or the wrong side, is more than a blemish.
    pub strict: Strictness,
}

/// What of an ending decides about the case itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Nothing: events and ending are judged apart.
    Apart,
    /// The case fails with the wrong code.
    Code,
    /// The case fails when the wrong side closes.
    Side,
    /// The server's Close with one of the codes has to be there.
    Presence,
    /// Nothing is asked for: what is seen is shown.
    Open,
}

/// Messages that are sent one by one.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The value of `Sec-WebSocket-Extensions`, where one is sent.
    pub offer: Option<&'static str>,
    /// The offers in it that a server may accept, where that is what is looked at.
    pub acceptable: Option<Vec<Offer>>,
    /// Text or binary.
    pub kind: Kind,
    /// What they hold.
    pub content: Content,
    /// How many.
    pub count: usize,
    /// The payload of a fragment, in bytes; without it a message is one frame.
    pub fragment: Option<usize>,
    /// How they are written.
    pub cut: Cut,
    /// How long all of them may take.
    pub limit: Duration,
}

/// What messages hold.
#[derive(Clone, Debug)]
pub enum Content {
    /// The same, always.
    Same(Payload),
    /// The next bytes of a text, so many each.
    Corpus(Corpus, usize),
}

impl Ending {
    /// We close with 1000, and the server answers.
    pub fn by_client() -> Self {
        Self { by: Side::Client, codes: vec![1000], clean: true, closes: true, strict: Strictness::Apart }
    }

    /// The script has a Close; what the server answers has one of the codes.
    pub fn after_close(codes: &[u16], clean: bool) -> Self {
        Self { codes: codes.to_vec(), clean, closes: false, strict: Strictness::Code, ..Self::by_client() }
    }

    /// The server fails the connection.
    pub fn by_server(code: u16) -> Self {
        Self { by: Side::Server, codes: vec![code], clean: false, closes: false, strict: Strictness::Apart }
    }

    /// With another strictness.
    #[must_use]
    pub fn strict(self, strict: Strictness) -> Self {
        Self { strict, ..self }
    }
}

impl Script {
    /// Payloads of all that it sends, in bytes.
    pub fn payload_bytes(&self) -> usize {
        self.steps.iter().map(Step::payload_bytes).sum()
    }

    /// How many messages it begins.
    pub fn messages(&self) -> usize {
        self.steps.iter().map(Step::messages).sum()
    }
}

impl Step {
    fn payload_bytes(&self) -> usize {
        match self {
            Self::Send(frames, _) => frames.iter().map(|frame| frame.payload.len()).sum(),
            Self::Part(_, from, to) => to.saturating_sub(*from),
            Self::Close(payload) => payload.len(),
            Self::Pause(_) => 0,
        }
    }

    fn messages(&self) -> usize {
        let begins = |frame: &&Frame| matches!(frame.opcode, TEXT | BINARY);
        match self {
            Self::Send(frames, _) => frames.iter().filter(begins).count(),
            Self::Part(frame, 0, _) => usize::from(begins(&frame)),
            Self::Part(..) | Self::Close(_) | Self::Pause(_) => 0,
        }
    }
}
