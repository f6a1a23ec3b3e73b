//! Operations that talk to a server.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value;
use specgen::lab::connection::Trust;
use specgen::lab::endpoint::Endpoint;
use specgen::lab::exchange::{self, Framing, Plan};
use specgen::lab::websocket::Opening;
use specgen::model::Reliability;
use specgen::spec::scalar;

use super::Arguments;
use super::fields::Fields;
use super::result::TaskResult;
use crate::commands::server::parse_subprotocol;
use crate::commands::test::{LONGEST, as_json, parse_reliability};

/// What can be waited for.
pub const SHORTEST: Duration = Duration::from_millis(1);

/// `test`: messages that have to come back.
pub fn test(operation: &str, fields: &mut Fields<'_>, _: &Arguments) -> TaskResult {
    let plan = plan(fields);
    let problems = fields.end(operation);
    let (Some(plan), []) = (plan, problems.as_slice()) else { return TaskResult::failed(operation, problems) };
    let exchange = exchange::run(&plan);
    let mut result = TaskResult::new(operation);
    result.target = Some(plan.endpoint.to_string());
    result.address = Some(plan.endpoint.authority());
    if let Some(trouble) = &exchange.trouble {
        result.findings.push(trouble.what.clone());
        result.recommendations.push(trouble.advice.clone());
        result.fail();
    }
    if let Value::Object(object) = as_json(&plan, &exchange) {
        result.further = object;
    }
    result
}

/// The server of `url`.
pub fn endpoint(fields: &mut Fields<'_>) -> Option<Endpoint> {
    let Some((_, value)) = fields.take_any(&["url", "target"]) else {
        fields.problems.push("`url` is missing: ws://, wss://, tcp://, tls:// or udp://".to_owned());
        return None;
    };
    let Some(url) = value.as_str() else {
        fields.wrong("url", "a text", value);
        return None;
    };
    fields.read_as("url", url.parse::<Endpoint>())
}

fn plan(fields: &mut Fields<'_>) -> Option<Plan> {
    let endpoint = endpoint(fields);
    let messages = fields.number("messages").unwrap_or(10);
    if messages > exchange::MOST {
        fields.problems.push(format!("`messages` is at most {}", exchange::MOST));
    }
    let size = fields.number("size").unwrap_or(64);
    if size > exchange::LARGEST {
        fields.problems.push(format!("`size` is at most {} bytes", exchange::LARGEST));
    }
    let size = usize::try_from(size.min(exchange::LARGEST)).unwrap_or_default();
    let patience = duration(fields, "timeout", SHORTEST..=LONGEST, Duration::from_secs(5));
    let (framing, reliability) = (framing(fields), reliability(fields));
    let opening = Opening {
        subprotocols: subprotocols(fields),
        compression: flag(fields, "compression", true),
        fields: Vec::new(),
    };
    let trust = Trust { insecure: flag(fields, "insecure", false), authorities: None };
    let binary = flag(fields, "binary", false);
    let (framing, reliability) = (framing?, reliability?);
    Some(Plan { endpoint: endpoint?, trust, opening, messages, size, binary, framing, reliability, patience })
}

/// What tells messages apart.
pub fn framing(fields: &mut Fields<'_>) -> Option<Framing> {
    let framing = fields.text("framing").unwrap_or("none").parse();
    fields.read_as("framing", framing)
}

/// What stands in front of datagrams.
pub fn reliability(fields: &mut Fields<'_>) -> Option<Reliability> {
    let reliability = parse_reliability(fields.text("reliability").unwrap_or("none"));
    fields.read_as("reliability", reliability)
}

/// The subprotocols to offer.
pub fn subprotocols(fields: &mut Fields<'_>) -> Vec<String> {
    let names = fields.texts("subprotocols");
    names.iter().filter_map(|name| fields.read_as("subprotocols", parse_subprotocol(name))).collect()
}

/// A text with a unit, or a number of milliseconds.
pub fn duration(fields: &mut Fields<'_>, name: &str, range: RangeInclusive<Duration>, default: Duration) -> Duration {
    let Some(value) = fields.take(name) else { return default };
    let milliseconds = value.as_u64().or_else(|| value.as_str().and_then(scalar::duration));
    milliseconds.map(Duration::from_millis).filter(|duration| range.contains(duration)).unwrap_or_else(|| {
        fields.wrong(name, "a duration of at most 24h, such as \"60s\" or 60000 (milliseconds)", value);
        default
    })
}

/// A field that is true or false.
pub fn flag(fields: &mut Fields<'_>, name: &str, default: bool) -> bool {
    match fields.take(name) {
        None => default,
        Some(Value::Bool(flag)) => *flag,
        Some(other) => {
            fields.wrong(name, "true or false", other);
            default
        }
    }
}
