//! The server that a command of the lab talks to, and how it is reached.

use std::path::{Path, PathBuf};

use specgen::diagnostics::{Diagnostic, codes};
use specgen::lab::connection::Trust;
use specgen::lab::endpoint::{BadUrl, Endpoint};
use specgen::model::{App, Model, Target};
use specgen_runtime::protocol::http;

use super::Outcome;
use super::build::parse_target;
use super::launch::Launched;
use super::report::Report;

/// How the server is reached.
#[derive(Debug, clap::Args)]
pub struct Reach {
    /// The language, where a spec is given; without it, the spec's first
    #[arg(long, value_parser = parse_target)]
    target: Option<Target>,
    /// A subprotocol to offer, the preferred first
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = parse_subprotocol)]
    subprotocol: Vec<String>,
    /// A further header field of the upgrade request
    #[arg(long, value_name = "NAME: VALUE", value_parser = parse_header)]
    header: Vec<(String, String)>,
    /// The Origin to send
    #[arg(long, value_parser = parse_origin)]
    origin: Option<String>,
    /// Take any certificate
    #[arg(long)]
    insecure: bool,
    /// Authorities to trust, a PEM file; without it, the system's
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    ca: Option<PathBuf>,
}

impl Reach {
    /// Subprotocols in the order of preference.
    pub fn subprotocols(&self) -> Vec<String> {
        self.subprotocol.clone()
    }

    /// Every further header field.
    pub fn fields(&self) -> Vec<(String, String)> {
        let origin = self.origin.iter().map(|origin| ("Origin".to_owned(), origin.clone()));
        self.header.iter().cloned().chain(origin).collect()
    }

    /// Whom to trust. The certificate of a spec's own server is what it is.
    pub fn trust(&self, server: &Server) -> Trust {
        Trust { insecure: self.insecure || server.launched.is_some(), authorities: self.ca.clone() }
    }

    /// The server of a URL, or of a spec: that one is built and started. What is wrong is in the report, and printed as the operation's failure.
    ///
    /// # Errors
    /// How the command ends: the report is finished.
    pub fn server(&self, text: &str, operation: &str, report: &mut Report) -> Result<Server, Outcome> {
        self.find(text, report).inspect_err(|_| report.print_failure(operation, text))
    }

    fn find(&self, text: &str, report: &mut Report) -> Result<Server, Outcome> {
        if !text.contains("://") && is_spec(Path::new(text)) {
            let launched = Launched::start(Path::new(text), self.target, report)?;
            eprintln!("started {launched}");
            return Ok(Server { endpoint: launched.endpoint.clone(), launched: Some(launched) });
        }
        let endpoint = text.parse().map_err(|bad: BadUrl| {
            report.add(&Diagnostic::new(&codes::BAD_URL, bad.what).help(bad.help), None);
            let _ = report.finish();
            Outcome::Usage
        })?;
        Ok(Server { endpoint, launched: None })
    }
}

/// What has the name of a spec, or is there.
fn is_spec(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "kdl")) || path == Path::new("-") || path.exists()
}

/// A server to talk to.
#[derive(Debug)]
pub struct Server {
    /// Where it is.
    pub endpoint: Endpoint,
    launched: Option<Launched>,
}

impl Server {
    /// What it was generated from, if specgen started it.
    pub fn model(&self) -> Option<&Model> {
        self.launched.as_ref().map(|launched| &launched.model)
    }

    /// Its process, if specgen started it.
    pub fn pid(&self) -> Option<u32> {
        self.launched.as_ref().map(Launched::pid)
    }
}

/// The server, unless its spec says that messages do not come back. An app of the user's own may send them back.
///
/// # Errors
/// How the command ends: the report is finished.
pub fn echoing(server: Server, operation: &str, report: &mut Report) -> Result<Server, Outcome> {
    let Some(model) = server.model().filter(|model| model.app == App::Broadcast) else { return Ok(server) };
    let message =
        format!("the app of `{}` is `broadcast`: messages go to everybody else and do not come back", model.name);
    report.add(&Diagnostic::new(&codes::NO_ECHO, message).help("give a copy of the spec with `app: echo`"), None);
    let _ = report.finish();
    report.print_failure(operation, &server.endpoint.to_string());
    Err(Outcome::Usage)
}

/// RFC 6455 §4.1: subprotocols are tokens (RFC 9110 §5.6.2).
pub fn parse_subprotocol(text: &str) -> Result<String, String> {
    let token = http::token(text.as_bytes()).map(str::to_owned);
    token.ok_or_else(|| format!("`{}` cannot be the name of a subprotocol", text.escape_debug()))
}

fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header field is NAME: VALUE")?;
    let (name, value) = (name.trim_end(), value.trim());
    if http::token(name.as_bytes()).is_none() {
        return Err(format!("`{name}` cannot be the name of a header field"));
    }
    check_value(value)?;
    if OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(format!("`{name}` belongs to the handshake itself"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Fields that the handshake has once.
const OWN: [&str; 7] = [
    "Host",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Protocol",
];

fn check_value(value: &str) -> Result<(), String> {
    match value.chars().find(|c| c.is_control() && *c != '\t') {
        Some(control) => Err(format!("a header field's value has no control characters, such as {control:?}")),
        None => Ok(()),
    }
}

fn parse_origin(text: &str) -> Result<String, String> {
    check_value(text).map(|()| text.to_owned())
}
