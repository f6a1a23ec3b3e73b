//! One corpus, all servers: every answer as expected, and all alike.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Result, bail};

use crate::answer::{Answer, Item};
use crate::corpus::{self, Case};
use crate::frame::{CLOSE, hex};
use crate::player::{Play, play};
use crate::server::TestServer;
use crate::variant::Variant;

/// Reports of more disagreements would not be read.
const REPORTED: usize = 30;
/// Heads and payloads beyond this tell nothing more.
const SHOWN: usize = 320;
/// What is shown of the part that all answers have in common.
const CONTEXT: usize = 80;

/// How many of the ways to play a case are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    All,
    /// Each case whole and cut in one way, another one for each.
    Two,
    /// Each case whole.
    One,
}

impl Depth {
    fn plays(self, index: usize, case: &Case) -> Vec<Play> {
        let mut plays = case.plays();
        if self == Self::Two && plays.len() > 2 {
            let other = 1 + index % (plays.len() - 1);
            plays.swap(1, other);
            plays.truncate(2);
        }
        if self == Self::One {
            plays.truncate(1);
        }
        plays
    }
}

/// Plays the corpus of `spec` to the servers of all variants and compares.
///
/// # Errors
/// When an answer is not the expected one or servers disagree; the text is the report.
pub fn compare(spec: &str, variants: &[Variant], depth: Depth) -> Result<()> {
    let servers: Vec<TestServer> =
        variants.iter().map(|variant| TestServer::of_lab_spec(spec, *variant)).collect::<Result<_>>()?;
    compare_servers(spec, &servers, depth)
}

/// The same with servers of `spec` that run already.
///
/// # Errors
/// As [`compare`].
pub fn compare_servers(spec: &str, servers: &[TestServer], depth: Depth) -> Result<()> {
    let cases = corpus::of(spec);
    let plays: Vec<(usize, Play)> = cases
        .iter()
        .enumerate()
        .flat_map(|(index, case)| depth.plays(index, case).into_iter().map(move |play| (index, play)))
        .collect();
    let streams: Vec<Play> = plays.iter().map(|(_, play)| play.clone()).collect();
    let answers = ask(servers, &streams)?;
    let names: Vec<String> = servers.iter().map(TestServer::name).collect();
    let mut report = Report::default();
    for (at, (index, stream)) in plays.iter().enumerate() {
        let row: Vec<(&str, &Answer)> =
            names.iter().zip(&answers).map(|(name, answers)| (name.as_str(), &answers[at])).collect();
        report.judge(&cases[*index], stream, &row);
    }
    report.result(plays.len())
}

/// All servers at the same time, one thread each.
fn ask(servers: &[TestServer], streams: &[Play]) -> Result<Vec<Vec<Answer>>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = servers.iter().map(|server| scope.spawn(|| play(server, streams))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| bail!("a player panicked"))).collect()
    })
}

#[derive(Default)]
struct Report {
    text: String,
    names: BTreeSet<String>,
    wrong: usize,
}

impl Report {
    fn judge(&mut self, case: &Case, stream: &Play, row: &[(&str, &Answer)]) {
        let settled = |answer: &Answer| if case.any_1007 { without_1007_reason(answer) } else { answer.clone() };
        let Some(reference) = case.expected.clone().or_else(|| row.first().map(|(_, answer)| settled(answer))) else {
            return;
        };
        if row.iter().all(|(_, answer)| settled(answer) == reference) {
            return;
        }
        self.wrong += 1;
        // Other cuts of a stream mostly fail for the same reason.
        if self.names.len() < REPORTED && self.names.insert(case.name.clone()) {
            self.describe(case, stream, row);
        }
    }

    fn describe(&mut self, case: &Case, stream: &Play, row: &[(&str, &Answer)]) {
        let sizes: Vec<usize> = stream.pieces.iter().map(Vec::len).take(6).collect();
        let _ = writeln!(self.text, "\n{} (pieces of {sizes:?}…)", case.name);
        let (head, behind) = case.stream.split_at(case.behind_head);
        let head = format!("{:?}", String::from_utf8_lossy(head));
        let _ = writeln!(self.text, "  sent           {} + {}", cut(&head), hex(behind));
        let expected = case.expected.as_ref().map(|expected| ("expected", expected));
        let answers: Vec<(&str, &Answer)> = expected.into_iter().chain(row.iter().copied()).collect();
        let texts: Vec<String> = answers.iter().map(|(_, answer)| format!("{answer:?}")).collect();
        let begin = common(&texts).saturating_sub(CONTEXT);
        for ((name, answer), text) in answers.iter().zip(&texts) {
            let mark = if case.expected.as_ref().is_some_and(|expected| expected != *answer) { "✗" } else { " " };
            let text: String = text.chars().skip(begin).collect();
            let before = if begin > 0 { "…" } else { "" };
            let _ = writeln!(self.text, "{mark} {name:<14} {before}{}", cut(&text));
        }
    }

    fn result(self, played: usize) -> Result<()> {
        if self.wrong == 0 {
            println!("{played} streams, all alike");
            return Ok(());
        }
        bail!("{} of {played} streams were answered wrongly or differently:\n{}", self.wrong, self.text)
    }
}

/// Where inflated text and compressed data are both bad, whichever is seen first may be named.
fn without_1007_reason(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    for item in &mut answer.items {
        if let Item::Frame { opcode: CLOSE, payload, .. } = item
            && payload.starts_with(&1007_u16.to_be_bytes())
        {
            payload.truncate(2);
        }
    }
    answer
}

/// How many characters all texts begin with alike.
fn common(texts: &[String]) -> usize {
    let Some((first, others)) = texts.split_first() else { return 0 };
    let mut others: Vec<_> = others.iter().map(|text| text.chars()).collect();
    first.chars().take_while(|expected| others.iter_mut().all(|text| text.next() == Some(*expected))).count()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
