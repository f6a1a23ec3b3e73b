//! Plain requests to a server's metrics and health, and what comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// An answer that ended with the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub fields: BTreeMap<String, String>,
    pub body: String,
}

/// A GET without anything else.
///
/// # Errors
/// When the server cannot be reached or does not answer in HTTP.
pub fn get(address: SocketAddr, target: &str) -> Result<Response> {
    let mut stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text).with_context(|| format!("the answer to {target} does not end"))?;
    parse(&text).with_context(|| format!("{target}: {text:?}"))
}

fn parse(text: &str) -> Result<Response> {
    let (head, body) = text.split_once("\r\n\r\n").context("no head")?;
    let (line, fields) = head.split_once("\r\n").unwrap_or((head, ""));
    let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).context("no status")?.parse()?;
    let pair = |line: &str| {
        line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).context("no field")
    };
    let fields: BTreeMap<String, String> = fields.split("\r\n").map(pair).collect::<Result<_>>()?;
    let length: usize = fields.get("content-length").context("no Content-Length")?.parse()?;
    ensure!(body.len() == length, "Content-Length is {length}, but {} bytes came", body.len());
    ensure!(fields.get("connection").is_some_and(|value| value == "close"), "no `Connection: close`");
    Ok(Response { status, fields, body: body.to_owned() })
}

/// Each metric's type and help (behaviour §10): the same in every language.
const DESCRIBED: [(&str, &str, &str); 12] = [
    ("server_connections", "gauge", "Open connections."),
    ("server_accepted_total", "counter", "Accepted connections."),
    ("server_refused_total", "counter", "Refused connections."),
    ("server_closed_total", "counter", "Closed connections."),
    ("server_backpressure_total", "counter", "Connections whose unsent bytes passed the watermark."),
    ("server_messages_received_total", "counter", "Messages from peers."),
    ("server_messages_sent_total", "counter", "Messages to peers."),
    ("server_received_bytes_total", "counter", "Bytes read from sockets."),
    ("server_sent_bytes_total", "counter", "Bytes written to sockets."),
    ("server_dropped_datagrams_total", "counter", "Dropped datagrams."),
    ("server_handshake_seconds", "histogram", "From the accept to the answer 101."),
    ("server_message_seconds", "histogram", "From a message's last byte to the app's return."),
];

/// Prometheus text.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// The value of each sample, `name{labels}` as it stands there.
    samples: BTreeMap<String, f64>,
    /// The metrics that there are, also those without a sample.
    names: BTreeSet<String>,
}

impl Metrics {
    /// # Errors
    /// When they cannot be had, or the text is not as Prometheus wants it.
    pub fn fetch(address: SocketAddr, path: &str) -> Result<Self> {
        let response = get(address, path)?;
        ensure!(response.status == 200, "{path} is {}", response.status);
        let kind = response.fields.get("content-type").map(String::as_str);
        ensure!(kind == Some("text/plain; version=0.0.4; charset=utf-8"), "Content-Type is {kind:?}");
        Self::parse(&response.body)
    }

    fn parse(text: &str) -> Result<Self> {
        let (mut samples, mut helped, mut types) = (BTreeMap::new(), vec![], vec![]);
        ensure!(text.ends_with('\n'), "the last line does not end");
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').with_context(|| format!("no help in {line:?}"))?;
                let known = DESCRIBED.iter().any(|(known, _, text)| *known == name && *text == help);
                ensure!(known && !helped.contains(&name), "a second or another help: {line:?}");
                helped.push(name);
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').with_context(|| format!("no type in {line:?}"))?;
                let known = DESCRIBED.iter().any(|(known, wanted, _)| *known == name && *wanted == kind);
                ensure!(known && !types.contains(&name), "a second or another type: {line:?}");
                types.push(name);
            } else {
                let (sample, value) = line.rsplit_once(' ').with_context(|| format!("no value in {line:?}"))?;
                let name = sample.split('{').next().unwrap_or(sample);
                let described = |names: &[&str]| {
                    let suffixes = ["", "_bucket", "_sum", "_count"];
                    suffixes.iter().filter_map(|end| name.strip_suffix(end)).any(|name| names.contains(&name))
                };
                ensure!(described(&helped) && described(&types), "{line:?} before its HELP and TYPE");
                let value = value.parse().with_context(|| format!("no number in {line:?}"))?;
                ensure!(samples.insert(sample.to_owned(), value).is_none(), "{sample} twice");
            }
        }
        Ok(Self { samples, names: helped.into_iter().map(str::to_owned).collect() })
    }

    /// The value of a sample; `None` where it is left out.
    #[must_use]
    pub fn value(&self, sample: &str) -> Option<f64> {
        self.samples.get(sample).copied()
    }

    /// These metrics are there and no other; each name is without its `server_`.
    ///
    /// # Errors
    /// When it is not so.
    pub fn are(&self, expected: &[&str]) -> Result<()> {
        let expected: BTreeSet<String> = expected.iter().map(|name| format!("server_{name}")).collect();
        ensure!(self.names == expected, "there are {:#?}", self.names);
        Ok(())
    }

    /// # Errors
    /// When a sample has another value, or is not there.
    pub fn expect(&self, expected: &[(&str, f64)]) -> Result<()> {
        for (sample, value) in expected {
            let found = self.value(sample);
            ensure!(found == Some(*value), "{sample} is {found:?}, not {value}; there are {:#?}", self.samples);
        }
        Ok(())
    }

    /// A histogram's buckets are the contract's, rise, and end at its count.
    ///
    /// # Errors
    /// When they do not.
    pub fn histogram(&self, name: &str, count: f64) -> Result<()> {
        let mut last = 0.0;
        for bound in ["0.0001", "0.0005", "0.001", "0.005", "0.01", "0.05", "0.1", "0.5", "1", "5", "+Inf"] {
            let sample = format!("{name}_bucket{{le=\"{bound}\"}}");
            let value = self.value(&sample).with_context(|| format!("no {sample}; there are {:#?}", self.samples))?;
            ensure!(value >= last, "{sample} is below the bucket before it");
            last = value;
        }
        self.expect(&[(&format!("{name}_count"), count), (&format!("{name}_bucket{{le=\"+Inf\"}}"), count)])?;
        ensure!(self.value(&format!("{name}_sum")).is_some(), "no {name}_sum");
        Ok(())
    }
}

/// Keeps every other test of this machine from using a port that a spec names, until dropped.
///
/// # Errors
/// When the lock cannot be had.
pub fn reserve(port: u16) -> Result<File> {
    let path = std::env::temp_dir().join(format!("specgen-laboratory-{port}.lock"));
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    file.lock()?;
    Ok(file)
}
