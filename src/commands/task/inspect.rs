//! Operations that look at the sockets of running programs.

use serde::Serialize;
use serde_json::Value;
use specgen::diagnostics::Diagnostic;
use specgen::lab::sockets::options::{self, Request, SocketOption, Which};
use specgen::lab::sockets::{Filter, Finding, State, address, connections, states};

use super::Arguments;
use super::fields::Fields;
use super::generate::said;
use super::result::TaskResult;

/// `analyze`: counts by state, queues, and what is wrong.
pub fn analyze(operation: &str, fields: &mut Fields<'_>, _: &Arguments) -> TaskResult {
    let port = port(fields);
    let problems = fields.end(operation);
    if !problems.is_empty() {
        return TaskResult::failed(operation, problems);
    }
    let place = port.map_or_else(|| "all ports".to_owned(), |port| format!("port {port}"));
    report(operation, place, states(port), |report| &report.findings)
}

/// `debug-connections`: each connection with its queues, times and owner.
pub fn debug_connections(operation: &str, fields: &mut Fields<'_>, _: &Arguments) -> TaskResult {
    let port = port(fields);
    let text = fields.text("address");
    let address = text.and_then(|text| fields.read_as("address", address::parse(text)));
    let state = fields.text("state").and_then(|text| fields.read_as("state", text.parse::<State>()));
    let problems = fields.end(operation);
    if !problems.is_empty() {
        return TaskResult::failed(operation, problems);
    }
    let place = text.map(str::to_owned).or(port.map(|port| format!("port {port}")));
    let found = connections(&Filter { port, address, state });
    report(operation, place.unwrap_or_else(|| "all ports".to_owned()), found, |report| &report.findings)
}

/// `inspect-options`: the effective options of a port's sockets, or of a descriptor.
pub fn inspect_options(operation: &str, fields: &mut Fields<'_>, _: &Arguments) -> TaskResult {
    let port = port(fields);
    let pid = number(fields, "pid");
    let descriptor = fields.take_any(&["fd", "socketFd"]).map(|(name, _)| name).and_then(|name| number(fields, name));
    let names = fields.texts("options");
    // What follows the first line lists all of them.
    let first_line = |bad: String| bad.lines().next().unwrap_or_default().to_owned();
    let wanted: Vec<SocketOption> = names
        .iter()
        .filter_map(|name| fields.read_as("options", SocketOption::find(name).map_err(first_line)))
        .collect();
    let which = match (port, pid, descriptor) {
        (Some(port), None, None) => Some(Which::Port(port)),
        (None, Some(pid), Some(fd)) => Some(Which::Descriptor { pid, fd }),
        _ => {
            fields.problems.push("which socket? Either `port`, or `pid` and `fd`".to_owned());
            None
        }
    };
    let problems = fields.end(operation);
    let (Some(which), []) = (which, problems.as_slice()) else { return TaskResult::failed(operation, problems) };
    let place = match which {
        Which::Descriptor { pid, fd } => format!("descriptor {fd} of process {pid}"),
        _ => port.map(|port| format!("port {port}")).unwrap_or_default(),
    };
    let found = options::options(&Request { which, options: &wanted, spec: None });
    let mut result = report(operation, place, found.as_ref().map_err(Clone::clone), |_| &[]);
    for reading in found.iter().flat_map(|report| &report.sockets).flat_map(|socket| &socket.options) {
        result.findings.push(format!("{}: {}", reading.option, reading.value));
    }
    result
}

fn port(fields: &mut Fields<'_>) -> Option<u16> {
    let port = fields.number("port")?;
    let valid = u16::try_from(port).ok().filter(|port| *port > 0);
    if valid.is_none() {
        fields.problems.push(format!("`port` is between 1 and 65535, not {port}"));
    }
    valid
}

fn number(fields: &mut Fields<'_>, name: &str) -> Option<u32> {
    let number = fields.number(name)?;
    let valid = u32::try_from(number).ok();
    if valid.is_none() {
        fields.problems.push(format!("`{name}` is too large: {number}"));
    }
    valid
}

/// What was found as a result: the report's own fields beside those that all results have.
fn report<T: Serialize>(
    operation: &str,
    place: String,
    found: Result<T, Diagnostic>,
    findings: impl Fn(&T) -> &[Finding],
) -> TaskResult {
    let mut result = match &found {
        Err(problem) => TaskResult::failed(operation, vec![said(problem)]),
        Ok(report) => {
            let mut result = TaskResult::new(operation);
            for finding in findings(report) {
                result.findings.push(format!("{}: {}", finding.what, finding.why));
                result.recommendations.push(advice(finding));
            }
            if let Ok(Value::Object(object)) = serde_json::to_value(report) {
                result.further = object;
            }
            result
        }
    };
    result.target = Some("sockets".to_owned());
    result.address = Some(place);
    result
}

fn advice(finding: &Finding) -> String {
    match finding.fields {
        [] => finding.remedy.to_owned(),
        fields => format!("{} (in a spec: {})", finding.remedy, fields.join(", ")),
    }
}
