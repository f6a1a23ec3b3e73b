use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};
use specgen::lab::endpoint::Scheme;
use specgen::lab::exchange::{self, Exchange, Framing, Latency, Plan};
use specgen::lab::websocket::Opening;
use specgen::model::{self, Model, Reliability};
use specgen::spec::scalar;

use super::report::{Report, print};
use super::server::{Reach, Server, echoing};
use super::{Format, Outcome};

/// Talk to a server as a client does: handshake, messages that have to come back, Ping, Close
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The server: ws://, wss://, tcp://, tls:// or udp://, or a spec, whose server is built and started
    #[arg(value_name = "URL|SPEC")]
    server: String,
    /// Messages to send, each when the one before is back
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u64).range(..=exchange::MOST))]
    messages: u64,
    /// Bytes of each message: 64, 16KiB, 1MiB
    #[arg(long, default_value = "64", value_parser = parse_size)]
    size: usize,
    /// Send random bytes instead of text
    #[arg(long)]
    binary: bool,
    /// Do not offer permessage-deflate
    #[arg(long)]
    no_compression: bool,
    /// What tells messages apart on tcp:// and tls://: none, lines, delimiter=TEXT, length-prefix=1|2|4|8[le]
    #[arg(long)]
    framing: Option<Framing>,
    /// What a udp server puts in front of each datagram: none, sequence, ack
    #[arg(long, value_parser = parse_reliability)]
    reliability: Option<Reliability>,
    /// The longest wait for anything: 500ms, 5s
    #[arg(long, default_value = "5s", value_parser = parse_duration)]
    timeout: Duration,
    #[command(flatten)]
    reach: Reach,
    /// How to print the result
    #[arg(long, default_value = "text")]
    format: Format,
}

/// Reads a size as a spec has it.
pub fn parse_size(text: &str) -> Result<usize, String> {
    let bytes = text.parse().ok().or_else(|| scalar::size(text));
    let bytes = bytes.ok_or("a size is a number of bytes, or has a unit: 64, 16KiB, 1MiB")?;
    usize::try_from(bytes).ok().filter(|_| bytes <= exchange::LARGEST).ok_or_else(|| "at most 1GiB".to_owned())
}

/// Nobody waits longer.
pub const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Reads a duration as a spec has it.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let milliseconds = scalar::duration(text).filter(|milliseconds| *milliseconds > 0);
    let duration =
        milliseconds.map(Duration::from_millis).ok_or("a duration has a unit and is not 0: 500ms, 5s, 1m")?;
    if duration > LONGEST { Err("at most 24h".to_owned()) } else { Ok(duration) }
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut report = Report::aloud(arguments.format);
    let reached = arguments.reach.server(&arguments.server, "test", &mut report);
    let is_echo = |server| if arguments.messages > 0 { echoing(server, "test", &mut report) } else { Ok(server) };
    let server = match reached.and_then(is_echo) {
        Ok(server) => server,
        Err(outcome) => return outcome,
    };
    let plan = plan(arguments, &server);
    let exchange = exchange::run(&plan);
    print(&match arguments.format {
        Format::Text => as_text(&plan, &exchange),
        Format::Json => format!("{:#}\n", as_json(&plan, &exchange)),
    });
    if exchange.trouble.is_some() { Outcome::No } else { Outcome::Done }
}

fn plan(arguments: &Arguments, server: &Server) -> Plan {
    Plan {
        endpoint: server.endpoint.clone(),
        trust: arguments.reach.trust(server),
        opening: Opening {
            subprotocols: arguments.reach.subprotocols(),
            compression: !arguments.no_compression,
            fields: arguments.reach.fields(),
        },
        messages: arguments.messages,
        size: arguments.size,
        binary: arguments.binary,
        framing: arguments.framing.clone().or_else(|| server.model().map(framing)).unwrap_or_default(),
        reliability: arguments.reliability.or_else(|| server.model().map(reliability)).unwrap_or_default(),
        patience: arguments.timeout,
    }
}

/// The framing of a spec's server.
pub fn framing(model: &Model) -> Framing {
    match &model.framing {
        model::Framing::None => Framing::None,
        model::Framing::Lines => Framing::Delimiter(b"\n".to_vec()),
        model::Framing::Delimiter(delimiter) => Framing::Delimiter(delimiter.clone().into_bytes()),
        model::Framing::LengthPrefix { bytes, little } => {
            Framing::LengthPrefix { bytes: usize::from(*bytes), little: *little }
        }
    }
}

/// What the datagrams of a spec's server have in front.
pub fn reliability(model: &Model) -> Reliability {
    model.udp.reliability
}

/// Reads `udp.reliability` as a spec has it.
pub fn parse_reliability(text: &str) -> Result<Reliability, String> {
    match text {
        "none" => Ok(Reliability::None),
        "sequence" => Ok(Reliability::Sequence),
        "ack" => Ok(Reliability::Ack),
        _ => Err("choices: none, sequence, ack".to_owned()),
    }
}

fn as_text(plan: &Plan, exchange: &Exchange) -> String {
    let mut text = format!("{}\n", plan.endpoint);
    let mut row = |label: &str, value: String| {
        let _ = writeln!(text, "  {label:<12}{value}");
    };
    if let Some(opened) = &exchange.opened {
        let encryption = opened.encryption.as_ref().map(|suite| format!(", {suite}")).unwrap_or_default();
        row("connected", format!("in {:.2} ms{encryption}", opened.connect_ms));
    }
    if let Some(handshake) = &exchange.handshake {
        row("handshake", format!("{}, in {:.2} ms", handshake.answer.status, handshake.upgrade_ms));
        row("protocol", handshake.answer.subprotocol.clone().unwrap_or_else(|| "none".to_owned()));
        row("extensions", handshake.answer.extension.clone().unwrap_or_else(|| "none".to_owned()));
    }
    if exchange.opened.is_some() {
        row("messages", format!("{} sent, {} came back, {} bytes each", exchange.sent, exchange.received, plan.size));
    }
    if let Some(Latency { average, p50, p90, p99, max }) = exchange.latency {
        row("latency", format!("average {average:.3} ms, p50 {p50:.3}, p90 {p90:.3}, p99 {p99:.3}, max {max:.3}"));
    }
    if let Some(ratio) = exchange.compression_ratio {
        row("compression", format!("{:.0}% of the messages' bytes went over the wire", ratio * 100.0));
    }
    if let Some(ping) = exchange.ping_ms {
        row("ping", format!("answered in {ping:.3} ms"));
    }
    if let Some(closed) = &exchange.closed {
        let reason =
            if closed.reason.is_empty() { String::new() } else { format!(" ({})", specgen::disarmed(&closed.reason)) };
        row("close", format!("{}{reason}", closed.code));
    }
    if let Some(trouble) = &exchange.trouble {
        row("failed", trouble.what.clone());
        row("look at", trouble.advice.clone());
    }
    text
}

/// The result in the shape that tasks have, too.
pub fn as_json(plan: &Plan, exchange: &Exchange) -> Value {
    let status = if exchange.trouble.is_some() { "failure" } else { "success" };
    let mut result = json!({
        "operation": "test",
        "target": plan.endpoint.to_string(),
        "status": status,
        "connection": exchange.opened,
        "metrics": metrics(exchange),
        "findings": exchange.trouble.iter().map(|trouble| &trouble.what).collect::<Vec<_>>(),
        "recommendations": exchange.trouble.iter().map(|trouble| &trouble.advice).collect::<Vec<_>>(),
    });
    if matches!(plan.endpoint.scheme, Scheme::Ws | Scheme::Wss) {
        let answer = exchange.handshake.as_ref().map(|handshake| &handshake.answer);
        result["handshake"] = json!({
            "status": answer.map(|answer| &answer.status),
            "protocol": answer.and_then(|answer| answer.subprotocol.as_ref()),
            "extensions": answer.and_then(|answer| answer.extension.as_ref()),
            "upgradeMs": exchange.handshake.as_ref().map(|handshake| handshake.upgrade_ms),
        });
        result["close"] = json!(exchange.closed);
    }
    if let Some(trouble) = &exchange.trouble {
        result["trouble"] = json!(trouble);
    }
    result
}

fn metrics(exchange: &Exchange) -> Value {
    let mut metrics = Map::from_iter([
        ("messagesSent".to_owned(), json!(exchange.sent)),
        ("messagesReceived".to_owned(), json!(exchange.received)),
        ("avgLatencyMs".to_owned(), json!(exchange.latency.map(|latency| latency.average))),
        ("latencyMs".to_owned(), json!(exchange.latency)),
    ]);
    if let Some(ratio) = exchange.compression_ratio {
        metrics.insert("compressionRatio".to_owned(), json!(ratio));
    }
    if let Some(ping) = exchange.ping_ms {
        metrics.insert("pingMs".to_owned(), json!(ping));
    }
    Value::Object(metrics)
}
