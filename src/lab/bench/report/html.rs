//! The report as one HTML page.

use minijinja::context;

use super::plot::{self, Plot};
use super::rows;
use crate::lab::bench::figures::{Report, ServerFigures};
use crate::lab::page::Page;

const BODY: &str = include_str!("body.html");
const STYLE: &str = include_str!("plot.css");

/// The report as a page that needs nothing else.
///
/// # Errors
/// When the template does not fit the values.
pub fn html(report: &Report) -> Result<String, minijinja::Error> {
    let names: Vec<&str> = report.servers.iter().map(|server| server.url.as_str()).collect();
    let title = format!("Load on {}", names.join(" and "));
    let page = Page { title: &title, lead: &rows::load(&report.load), body: BODY, style: STYLE };
    let comparison: Vec<_> = report
        .comparison
        .iter()
        .flat_map(rows::comparison)
        .map(|(name, ratio)| context! { name, ratio => rows::ratio(ratio.as_ref()) })
        .collect();
    let servers: Vec<_> = report.servers.iter().map(|server| shown(report, server)).collect();
    page.render(context! {
        success => report.success,
        notes => rows::notes(report),
        servers,
        comparison,
        plots => plots(&report.servers),
    })
}

fn shown(report: &Report, server: &ServerFigures) -> minijinja::Value {
    context! {
        url => server.url,
        rows => rows::server(&report.load, server),
        troubles => server.troubles,
    }
}

fn plots(servers: &[ServerFigures]) -> Vec<Plot> {
    let plots = [plot::latency_over_time, plot::distribution, plot::throughput];
    plots.into_iter().filter_map(|plot| plot(servers)).collect()
}
