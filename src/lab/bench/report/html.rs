//! The report as one HTML page.

use serde::Serialize;

use super::notes::notes;
use super::plot::{self, Plot};
use super::rows::{self, Row};
use crate::lab::bench::figures::{Counted, Report, ServerFigures};
use crate::lab::page::Page;

const BODY: &str = include_str!("body.html");
const STYLE: &str = include_str!("plot.css");

/// What the page's template knows.
#[derive(Serialize)]
struct Values<'a> {
    notes: Vec<String>,
    comparison: Vec<(&'static str, String)>,
    servers: Vec<Shown<'a>>,
    plots: Vec<Plot>,
}

#[derive(Serialize)]
struct Shown<'a> {
    url: &'a str,
    troubles: &'a [Counted],
    rows: Vec<Row>,
}

/// The report as a page that needs nothing else.
///
/// # Errors
/// When the template does not fit the values.
pub fn html(report: &Report) -> Result<String, minijinja::Error> {
    let names: Vec<&str> = report.servers.iter().map(|server| server.url.as_str()).collect();
    let title = format!("Load on {}", names.join(" and "));
    let page = Page { title: &title, lead: &rows::load(&report.load), body: BODY, style: STYLE };
    let ratios = report.comparison.iter().flat_map(rows::comparison);
    page.render(Values {
        notes: notes(report),
        comparison: ratios.map(|(name, ratio)| (name, rows::ratio(ratio.as_ref()))).collect(),
        servers: report.servers.iter().map(|server| shown(report, server)).collect(),
        plots: plots(&report.servers),
    })
}

fn shown<'a>(report: &Report, server: &'a ServerFigures) -> Shown<'a> {
    Shown { url: &server.url, troubles: &server.troubles, rows: rows::server(&report.load, server) }
}

fn plots(servers: &[ServerFigures]) -> Vec<Plot> {
    let plots = [plot::latency_over_time, plot::distribution, plot::throughput];
    plots.into_iter().filter_map(|plot| plot(servers)).collect()
}
