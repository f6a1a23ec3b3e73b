//! For people with a browser: one page, on which every case opens to its details.

use super::Report;
use crate::lab::page::Page;
use crate::lab::trouble::Trouble;

const BODY: &str = include_str!("body.html");
const STYLE: &str = include_str!("style.css");

/// The report as one HTML page.
///
/// # Errors
/// When the page cannot be rendered.
pub fn html(report: &Report) -> Result<String, minijinja::Error> {
    let title = format!("Conformance of {}", report.server);
    let lead = format!("RFC 6455 and RFC 7692: {}", report.counts.shown());
    Page { title: &title, lead: &lead, body: BODY, style: STYLE }.render(report)
}

/// The reports on several clients as one HTML page.
///
/// # Errors
/// When the page cannot be rendered.
pub fn html_of_clients(reports: &[Report], nobody: Option<&Trouble>) -> Result<String, minijinja::Error> {
    let names: Vec<&str> = reports.iter().map(|report| report.server.as_str()).collect();
    let title = format!("Conformance of {}", if names.is_empty() { "no client".to_owned() } else { names.join(", ") });
    let counts: Vec<String> =
        reports.iter().map(|report| format!("{}: {}", report.server, report.counts.shown())).collect();
    let lead = format!("RFC 6455 and RFC 7692: {}", counts.join("; "));
    // Each agent's part is the page of a server, within its own names.
    let body = [
        "{% if nobody %}<p class=\"bad\">{{ nobody.what }}; {{ nobody.advice }}</p>{% endif %}{% for report in reports %}{% with prefix = loop.index ~ '-', stopped = report.stopped, groups = report.groups, \
         results = report.results, autobahn = none %}{% if reports | length > 1 %}<h1>{{ report.server }}</h1>{% endif %}",
        BODY,
        "{% endwith %}{% endfor %}",
    ];
    Page { title: &title, lead: &lead, body: &body.concat(), style: STYLE }
        .render(serde_json::json!({"reports": reports, "nobody": nobody}))
}
