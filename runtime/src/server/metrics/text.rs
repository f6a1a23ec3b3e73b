//! The text format of Prometheus.

use super::{BOUNDS, Block, Counter, Family, Histogram, Label, Metrics, lock};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// The bounds, in seconds, and the one above all.
const SHOWN: [&str; BOUNDS.len() + 1] =
    ["0.0001", "0.0005", "0.001", "0.005", "0.01", "0.05", "0.1", "0.5", "1", "5", "+Inf"];

impl Metrics {
    /// Everything.
    pub fn text(&self) -> String {
        let (blocks, labels) = (lock(&self.blocks), lock(&self.labels));
        let mut page = Page { text: String::new(), blocks: &blocks, labels: &labels };
        #[cfg(feature = "stream")]
        page.connections();
        page.traffic();
        #[cfg(feature = "udp")]
        page.family(
            Family::Dropped,
            ("server_dropped_datagrams_total", "reason"),
            "Dropped datagrams.",
        );
        #[cfg(feature = "websocket")]
        page.histogram(
            Histogram::Handshake,
            "server_handshake_seconds",
            "From the accept to the answer 101.",
        );
        page.histogram(
            Histogram::Message,
            "server_message_seconds",
            "From a message's last byte to the app's return.",
        );
        page.text
    }
}

struct Page<'a> {
    text: String,
    blocks: &'a [Arc<Block>],
    labels: &'a [Label],
}

// Writing to a String cannot fail.
impl Page<'_> {
    #[cfg(feature = "stream")]
    fn connections(&mut self) {
        // First, so that no more are closed than opened.
        let closed = self.total(Counter::Closed);
        let open = self.total(Counter::Opened).saturating_sub(closed);
        self.value("server_connections", "gauge", "Open connections.", open);
        self.counter(Counter::Accepted, "server_accepted_total", "Accepted connections.");
        self.family(Family::Refused, ("server_refused_total", "reason"), "Refused connections.");
        #[cfg(feature = "websocket")]
        self.family(Family::Closed, ("server_closed_total", "code"), "Closed connections.");
        #[cfg(not(feature = "websocket"))]
        self.value("server_closed_total", "counter", "Closed connections.", closed);
        self.counter(
            Counter::Backpressure,
            "server_backpressure_total",
            "Connections whose unsent bytes passed the watermark.",
        );
    }

    fn traffic(&mut self) {
        self.counter(
            Counter::MessagesReceived,
            "server_messages_received_total",
            "Messages from peers.",
        );
        self.counter(Counter::MessagesSent, "server_messages_sent_total", "Messages to peers.");
        self.counter(
            Counter::BytesReceived,
            "server_received_bytes_total",
            "Bytes read from sockets.",
        );
        self.counter(Counter::BytesSent, "server_sent_bytes_total", "Bytes written to sockets.");
    }

    fn total(&self, counter: Counter) -> u64 {
        self.blocks.iter().map(|block| block.counters[counter as usize].load(Relaxed)).sum()
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn value(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        let _ = writeln!(self.text, "{name} {value}");
    }

    fn counter(&mut self, counter: Counter, name: &str, help: &str) {
        self.value(name, "counter", help, self.total(counter));
    }

    fn family(&mut self, family: Family, (name, key): (&str, &str), help: &str) {
        self.head(name, "counter", help);
        for label in self.labels.iter().filter(|label| label.family == family) {
            let _ = writeln!(self.text, "{name}{{{key}=\"{}\"}} {}", label.text, label.count);
        }
    }

    fn histogram(&mut self, histogram: Histogram, name: &str, help: &str) {
        self.head(name, "histogram", help);
        let distributions = || self.blocks.iter().map(|b| &b.distributions[histogram as usize]);
        let mut count = 0;
        for (at, bound) in SHOWN.iter().enumerate() {
            count += distributions().map(|d| d.buckets[at].load(Relaxed)).sum::<u64>();
            let _ = writeln!(self.text, "{name}_bucket{{le=\"{bound}\"}} {count}");
        }
        let sum = distributions().map(|d| d.sum.load(Relaxed)).sum::<u64>() as f64 / 1e9;
        let _ = writeln!(self.text, "{name}_sum {sum:.9}\n{name}_count {count}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn behaviour_10_counts_of_all_workers_add_up() {
        let metrics = Arc::<Metrics>::default();
        let (first, second) = (metrics.tally(), metrics.tally());
        first.add(Counter::BytesSent, 3);
        second.add(Counter::BytesSent, 4);
        // The next worker goes on where one has ended.
        drop(first);
        metrics.tally().add(Counter::BytesSent, 5);
        assert_eq!(metrics.blocks.lock().unwrap().len(), 2);
        let expected = "# HELP server_sent_bytes_total Bytes written to sockets.\n\
                        # TYPE server_sent_bytes_total counter\nserver_sent_bytes_total 12\n";
        assert!(metrics.text().contains(expected), "{}", metrics.text());
    }

    #[test]
    fn behaviour_10_labels_that_occurred() {
        let metrics = Arc::<Metrics>::default();
        let tally = metrics.tally();
        assert!(!metrics.text().contains("reason="));
        for (label, amount) in [("too long", 2), ("late", 1), ("too long", 3)] {
            tally.add_labelled(Family::Dropped, label, amount);
        }
        let expected = "server_dropped_datagrams_total{reason=\"too long\"} 5\n\
                        server_dropped_datagrams_total{reason=\"late\"} 1\n";
        assert!(metrics.text().contains(expected), "{}", metrics.text());
    }

    #[test]
    fn behaviour_10_buckets_are_cumulative() {
        let metrics = Arc::<Metrics>::default();
        let tally = metrics.tally();
        let now = Instant::now();
        for age in [0, 7, 7_000] {
            if let Some(begin) = now.checked_sub(Duration::from_millis(age)) {
                tally.observe(Histogram::Message, begin);
            }
        }
        let text = metrics.text();
        for (bound, count) in [("0.005", 1), ("5", 2), ("+Inf", 3)] {
            let expected = format!("server_message_seconds_bucket{{le=\"{bound}\"}} {count}\n");
            assert!(text.contains(&expected), "{text}");
        }
        assert!(text.contains("server_message_seconds_count 3\n"), "{text}");
    }
}
