//! Plots: where lines and ticks lie in a drawing.

use std::fmt::Write as _;

use serde::Serialize;

use super::scale::Scale;
use super::show::{count, time};
use crate::lab::bench::figures::{Percentile, Point, ServerFigures};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 920.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 288.0;
/// Percentiles that are named below the distribution.
const NAMED: [f64; 8] = [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999];

/// A drawing, as its template wants it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Plot {
    title: &'static str,
    x_name: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, Serialize)]
struct Tick {
    at: f64,
    label: String,
}

#[derive(Clone, Debug, Serialize)]
struct Line {
    class: String,
    name: String,
    points: String,
}

/// A line that is to be drawn.
struct Curve {
    class: &'static str,
    name: String,
    points: Vec<(f64, f64)>,
}

impl Curve {
    fn new(class: &'static str, name: &str, points: Vec<(f64, f64)>) -> Self {
        Self { class, name: name.to_owned(), points }
    }
}

/// Median and 99th percentile, as time passes.
pub(super) fn latency_over_time(servers: &[ServerFigures]) -> Option<Plot> {
    let curves = |server: &ServerFigures| {
        let of = |figure: fn(&Point) -> f64| series(server, |point| (point.at, figure(point)));
        [Curve::new("", "p50", of(|point| point.p50_us)), Curve::new("tail", "p99", of(|point| point.p99_us))]
    };
    let curves = servers.iter().flat_map(|server| named(server, servers, curves(server))).collect();
    draw("Latency over time", "seconds of load", curves, |values| Scale::logarithmic(values, time), Scale::seconds)
}

/// How long so many percent of the messages took at most.
pub(super) fn distribution(servers: &[ServerFigures]) -> Option<Plot> {
    let curve = |server: &ServerFigures| {
        let points = server.measured.iter().flat_map(|measured| &measured.distribution);
        let least = server.measured.as_ref().map_or(0, |measured| measured.counts.echoed);
        let points = points.map(|Percentile { percent, us }| (nines(*percent, least), *us)).collect();
        [Curve::new("", "latency", points)]
    };
    let curves = servers.iter().flat_map(|server| named(server, servers, curve(server))).collect();
    let x =
        |values: &[f64]| Scale::named(values, NAMED.map(|percent| (nines(percent, u64::MAX), format!("{percent}%"))));
    draw("Latency by percentile", "percent of the messages", curves, |values| Scale::logarithmic(values, time), x)
}

/// Messages a second, as time passes.
pub(super) fn throughput(servers: &[ServerFigures]) -> Option<Plot> {
    let curve = |server: &ServerFigures| {
        [Curve::new("", "messages/s", series(server, |point| (point.at, point.messages_per_second)))]
    };
    let curves = servers.iter().flat_map(|server| named(server, servers, curve(server))).collect();
    let y = |values: &[f64]| Scale::linear(values, |value| count(value.round() as u64));
    draw("Messages a second over time", "seconds of load", curves, y, Scale::seconds)
}

fn series(server: &ServerFigures, figure: impl Fn(&Point) -> (f64, f64)) -> Vec<(f64, f64)> {
    server.measured.iter().flat_map(|measured| &measured.series).map(figure).collect()
}

/// How many nines a percentile has: 99% is 2. The last of `messages` stands where one in so many is left.
fn nines(percent: f64, messages: u64) -> f64 {
    let left = (1.0 - percent / 100.0).max(1.0 / messages.max(1) as f64);
    -left.log10()
}

/// A server's curves in its colour, and with its name where there are two.
fn named<const N: usize>(server: &ServerFigures, servers: &[ServerFigures], curves: [Curve; N]) -> Vec<Curve> {
    let several = servers.len() > 1;
    let is_second = several && !std::ptr::eq(server, &raw const servers[0]);
    let own = |curve: Curve| Curve {
        class: match (is_second, curve.class) {
            (false, class) => class,
            (true, "") => "second",
            (true, _) => "second tail",
        },
        name: if several { format!("{}, {}", curve.name, server.url) } else { curve.name },
        ..curve
    };
    curves.into_iter().map(own).collect()
}

/// `None` where there is nothing to draw.
fn draw(
    title: &'static str,
    x_name: &'static str,
    curves: Vec<Curve>,
    y: impl Fn(&[f64]) -> Scale,
    x: impl Fn(&[f64]) -> Scale,
) -> Option<Plot> {
    let (xs, ys): (Vec<f64>, Vec<f64>) = curves.iter().flat_map(|curve| &curve.points).copied().unzip();
    if xs.is_empty() {
        return None;
    }
    let (x, y) = (x(&xs), y(&ys));
    let place = |(at_x, at_y)| (round(x.place(at_x, LEFT, RIGHT)), round(y.place(at_y, BOTTOM, TOP)));
    let line = |curve: Curve| Line {
        class: curve.class.to_owned(),
        name: curve.name,
        points: curve.points.into_iter().map(place).fold(String::new(), |mut text, (x, y)| {
            let _ = write!(text, "{x},{y} ");
            text
        }),
    };
    let ticks = |scale: &Scale, from, to| {
        let tick =
            |(value, label): &(f64, String)| Tick { at: round(scale.place(*value, from, to)), label: label.clone() };
        scale.ticks.iter().map(tick).collect()
    };
    Some(Plot {
        title,
        x_name,
        width: WIDTH,
        height: HEIGHT,
        left: LEFT,
        right: RIGHT,
        top: TOP,
        bottom: BOTTOM,
        x_ticks: ticks(&x, LEFT, RIGHT),
        y_ticks: ticks(&y, BOTTOM, TOP),
        lines: curves.into_iter().map(line).collect(),
    })
}

/// A tenth of a pixel is enough.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_counted_in_nines() {
        let close = |value: f64, expected: f64| (value - expected).abs() < 1e-9;
        assert!(close(nines(0.0, 10), 0.0) && close(nines(99.0, 1000), 2.0));
        assert!(close(nines(100.0, 1000), 3.0), "the last of a thousand");
    }

    #[test]
    fn nothing_is_no_plot() {
        assert!(latency_over_time(&[]).is_none() && distribution(&[]).is_none());
    }
}
