//! A spec's server beside a command that talks to it.

use std::fmt::{self, Display};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ChildStdout, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use specgen::diagnostics::{Diagnostic, codes};
use specgen::lab::endpoint::{Endpoint, Scheme};
use specgen::model::{Model, ServerType, Target};

use super::Outcome;
use super::interrupt::Started;
use super::prepare::{Prepared, prepare};
use super::report::Report;

/// How long a server may take to its start line.
const START: Duration = Duration::from_secs(20);

/// A server that runs on a free port of 127.0.0.1, and ends with this value.
#[derive(Debug)]
pub struct Launched {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// What it was generated from.
    pub model: Model,
    /// Its language.
    pub target: Target,
    process: Started,
}

impl Launched {
    /// Builds, compiles and starts a spec's server. What is wrong is in the report.
    ///
    /// # Errors
    /// How the command ends: the report is finished.
    pub fn start(spec: &Path, target: Option<Target>, report: &mut Report) -> Result<Self, Outcome> {
        let prepared = prepare(spec, target, None, report)?;
        Self::start_prepared(prepared).map_err(|problem| {
            report.add(&problem, None);
            let _ = report.finish();
            Outcome::Environment
        })
    }

    fn start_prepared(prepared: Prepared) -> Result<Self, Diagnostic> {
        let mut command = prepared.command();
        command.env("HOST", "127.0.0.1").env("PORT", "0").stdin(Stdio::null()).stdout(Stdio::piped());
        // Whoever wants to see what it logs says so.
        if std::env::var_os("LOG_LEVEL").is_none() {
            command.env("LOG_LEVEL", "error");
        }
        let mut process = Started::new(command).map_err(|error| prepared.not_started(&error))?;
        let line = process.child.stdout.take().and_then(start_line);
        let port = line.as_deref().and_then(|line| line.rsplit_once(':')?.1.parse().ok());
        let Some(port) = port else {
            return Err(Diagnostic::new(&codes::MISSING_TOOL, "the spec's server did not start".to_owned())
                .help("what it wrote to standard error stands above"));
        };
        let Prepared { model, target, .. } = prepared;
        let scheme = scheme(&model);
        let path = model.websocket.path.clone().filter(|_| scheme.is_websocket());
        let target_of_request = path.filter(|path| path != "*").unwrap_or_else(|| "/".to_owned());
        let endpoint = Endpoint { scheme, host: "127.0.0.1".to_owned(), port, target: target_of_request };
        Ok(Self { endpoint, model, target, process })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.child.id()
    }
}

/// `echo in c, process 4711, on ws://127.0.0.1:34567/`
impl Display for Launched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, target, endpoint, .. } = self;
        write!(f, "{} in {}, process {}, on {endpoint}", model.name, target.name(), self.pid())
    }
}

fn scheme(model: &Model) -> Scheme {
    match (model.kind, &model.tls) {
        (ServerType::WebSocket, None) => Scheme::Ws,
        (ServerType::WebSocket, Some(_)) => Scheme::Wss,
        (ServerType::Tcp, None) => Scheme::Tcp,
        (ServerType::Tcp, Some(_)) => Scheme::Tls,
        (ServerType::Udp, _) => Scheme::Udp,
    }
}

/// The first line of the server's output. What it may write later is read away, so that it never waits for us.
fn start_line(output: ChildStdout) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver.recv_timeout(START).ok().filter(|line| line.starts_with("listening on "))
}
