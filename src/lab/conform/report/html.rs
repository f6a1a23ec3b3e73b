//! For people with a browser: one page, on which every case opens to its details.

use super::Report;
use crate::lab::page::Page;

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
