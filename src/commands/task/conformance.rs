//! `conformance`: a WebSocket server held to RFC 6455 and RFC 7692.

use std::path::Path;

use serde_json::json;
use specgen::lab::conform::client::Server;
use specgen::lab::conform::id::Pattern;
use specgen::lab::conform::profile::Profile;
use specgen::lab::conform::report::{self, Report};
use specgen::lab::conform::verdict::Verdict;
use specgen::lab::conform::{cases, engine};
use specgen::lab::connection::Trust;
use specgen::lab::page::is_page;

use super::Arguments;
use super::fields::Fields;
use super::result::TaskResult;
use super::talk::{endpoint, flag, subprotocols};
use crate::commands::whole::write_whole;

/// The last group that has a number of the Autobahn suite.
const LAST_OF_AUTOBAHN: u16 = 13;
/// Cases that are told of one by one.
const MOST_FINDINGS: usize = 50;

pub fn conformance(operation: &str, fields: &mut Fields<'_>, _: &Arguments) -> TaskResult {
    let endpoint = endpoint(fields);
    let patterns = patterns(fields);
    let page = fields.text("report");
    let trust = Trust { insecure: flag(fields, "insecure", false), authorities: None };
    let subprotocols = subprotocols(fields);
    if let Some(other) = endpoint.as_ref().filter(|endpoint| !endpoint.scheme.is_websocket()) {
        fields.problems.push(format!("`url` is ws:// or wss://, not {}://", other.scheme.name()));
    }
    let profile = Profile::default();
    let mut chosen = cases::all(&profile);
    if let Some(pattern) = cases::unmatched(&chosen, &patterns) {
        fields.problems.push(format!("`cases`: no case is called {pattern}"));
    }
    chosen.retain(|case| patterns.is_empty() || patterns.iter().any(|pattern| pattern.takes(&case.id)));
    let problems = fields.end(operation);
    let (Some(endpoint), []) = (endpoint, problems.as_slice()) else { return TaskResult::failed(operation, problems) };
    let server = Server { endpoint: endpoint.clone(), trust, fields: Vec::new(), subprotocols };
    let mut result = match engine::run(&server, &chosen, engine::jobs(None, &profile), &|_| {}) {
        Ok(findings) => judged(operation, &Report::new(endpoint.to_string(), findings), page),
        Err(trouble) => {
            let mut result = TaskResult::failed(operation, vec![trouble.what]);
            result.recommendations.push(trouble.advice);
            result
        }
    };
    result.address = Some(endpoint.authority());
    result.target = Some(endpoint.to_string());
    result
}

fn patterns(fields: &mut Fields<'_>) -> Vec<Pattern> {
    let texts = fields.texts("cases");
    texts.iter().filter_map(|text| fields.read_as("cases", text.parse())).collect()
}

fn judged(operation: &str, report: &Report, page: Option<&str>) -> TaskResult {
    let mut result = TaskResult::new(operation);
    if !report.passes(false) {
        result.fail();
    }
    let bad = |verdict: Verdict| verdict >= Verdict::NonStrict;
    let of_autobahn = |wanted: bool| {
        let own = report.results.iter().filter(|case| case.id.group() <= LAST_OF_AUTOBAHN);
        own.filter(|case| bad(case.verdict) != wanted).count()
    };
    let passed = report.results.iter().filter(|case| !bad(case.verdict)).count();
    let failed = report.results.iter().filter(|case| bad(case.verdict));
    for case in failed.take(MOST_FINDINGS) {
        result.findings.push(format!("{} {}: {}", case.id, case.verdict, case.why.join("; ")));
    }
    if let Some(trouble) = &report.stopped {
        result.findings.push(trouble.what.clone());
        result.recommendations.push(trouble.advice.clone());
    }
    if passed < report.results.len() {
        result.recommendations.push(
            "`specgen conform URL --cases N --report page.html` shows what was sent, expected and seen".to_owned(),
        );
    }
    let compliance = json!({
        "rfc6455": result.succeeded(),
        "autobahnPassed": of_autobahn(true),
        "autobahnFailed": of_autobahn(false),
    });
    result.further.insert("compliance".to_owned(), compliance);
    result.further.insert("testResults".to_owned(), json!({"totalTests": report.results.len(), "passedTests": passed}));
    result.further.insert("groups".to_owned(), json!(report.groups));
    if let Some(page) = page {
        write(page, report, &mut result);
    }
    result
}

/// A file that is no report is the user's.
fn replace(page: &Path, html: &str) -> Result<(), String> {
    match std::fs::read(page) {
        Ok(old) if !is_page(&old) => return Err("it is no report of specgen's".to_owned()),
        _ => {}
    }
    write_whole(page, html).map_err(|error| error.to_string())
}

fn write(page: &str, report: &Report, result: &mut TaskResult) {
    let written =
        report::html(report).map_err(|error| error.to_string()).and_then(|html| replace(Path::new(page), &html));
    match written {
        Ok(()) => result.artifacts.push(page.to_owned()),
        Err(why) => {
            result.findings.push(format!("{page} cannot be written: {why}"));
            result.fail();
        }
    }
}
