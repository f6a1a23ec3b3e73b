//! `benchmark`: load on a server.

use std::num::NonZero;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::Value;
use specgen::lab::bench::{self, Load, Observer, Plan, Server, View, raise_limit, report};
use specgen::lab::connection::Trust;
use specgen::lab::websocket::{Kind, Opening};

use super::Arguments;
use super::fields::Fields;
use super::result::TaskResult;
use super::talk::{SHORTEST, duration, endpoint, flag, framing, reliability, subprotocols};
use crate::commands::test::LONGEST;

/// The longest wait for a connection, or for a message to come back.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Nobody watches a task.
struct Nobody;

impl Observer for Nobody {
    fn see(&mut self, _: View) {}
}

pub fn benchmark(operation: &str, fields: &mut Fields<'_>, _: &Arguments) -> TaskResult {
    raise_limit(); // before the number of connections is judged
    let trust = Trust { insecure: flag(fields, "insecure", false), authorities: None };
    let (endpoint, framing, reliability) = (endpoint(fields), framing(fields), reliability(fields));
    let server = endpoint.map(|endpoint| Server {
        framing: framing.unwrap_or_default(),
        reliability: reliability.unwrap_or_default(),
        ..Server::at(endpoint, trust)
    });
    let plan = plan(fields);
    let mut problems = fields.end(operation);
    problems.extend(server.as_ref().and_then(|server| plan.fault(std::slice::from_ref(server))));
    let (Some(server), []) = (server, problems.as_slice()) else { return TaskResult::failed(operation, problems) };
    let found = bench::run(&plan, std::slice::from_ref(&server), &AtomicBool::new(false), &mut Nobody);
    let mut result = TaskResult::new(operation);
    if !found.success {
        result.fail();
    }
    result.address = Some(server.endpoint.authority());
    result.target = Some(server.endpoint.to_string());
    let texts = |value: &Value| {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let report = report::json(&found);
    result.findings = texts(&report["findings"]);
    result.recommendations = texts(&report["recommendations"]);
    if let Value::Object(object) = report {
        result.further = object;
    }
    result
}

fn plan(fields: &mut Fields<'_>) -> Plan {
    let connections = usize::try_from(fields.number("connections").unwrap_or(100)).unwrap_or(usize::MAX);
    if connections == 0 {
        fields.problems.push("`connections` is 1 or more".to_owned());
    }
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let size = usize::try_from(fields.number("size").unwrap_or(64)).unwrap_or(usize::MAX);
    Plan {
        connections,
        load: load(fields),
        duration: duration(fields, "duration", SHORTEST..=LONGEST, Duration::from_secs(10)),
        warm_up: duration(fields, "warmUp", Duration::ZERO..=LONGEST, Duration::from_secs(1)),
        size,
        kind: Kind::Binary,
        opening: Opening {
            subprotocols: subprotocols(fields),
            compression: flag(fields, "compression", false),
            fields: Vec::new(),
        },
        threads: threads.min(connections.max(1)),
        timeout: TIMEOUT,
    }
}

fn load(fields: &mut Fields<'_>) -> Load {
    let in_flight = fields.number("inFlight");
    let rate = fields.take("messagesPerSecond");
    match (in_flight, rate) {
        (Some(_), Some(_)) => fields.problems.push("either `inFlight` or `messagesPerSecond`".to_owned()),
        (Some(count), None) => match u32::try_from(count).ok().filter(|count| (1..=65_536).contains(count)) {
            Some(count) => return Load::InFlight(count),
            None => fields.problems.push("`inFlight` is between 1 and 65536".to_owned()),
        },
        (None, Some(rate)) => match rate.as_f64().filter(|rate| (0.001..=1e6).contains(rate)) {
            Some(rate) => return Load::Rate(rate),
            None => fields.wrong("messagesPerSecond", "a number between 0.001 and 1000000", rate),
        },
        (None, None) => {}
    }
    Load::Rate(100.0)
}
