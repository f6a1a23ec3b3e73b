//! What was seen of all clients, in all forms.

use serde::Serialize;

use super::agents::{Agent, Ran};
use crate::lab::conform::engine::Findings;
use crate::lab::conform::report::{self, Report};
use crate::lab::trouble::{Kind, Trouble};

/// A report for each client.
#[derive(Clone, Debug, Serialize)]
pub struct Reports {
    /// By agent; each stands under its name.
    pub agents: Vec<Report>,
    /// Why there is none.
    pub stopped: Option<Trouble>,
}

impl Reports {
    /// The reports on these agents.
    pub fn new(agents: Vec<Agent>) -> Self {
        let stopped = agents.is_empty().then(nobody);
        Self { agents: agents.into_iter().map(report_on).collect(), stopped }
    }

    /// Whether there is a client, and each is as it has to be; `strict` takes nothing else.
    pub fn passes(&self, strict: bool) -> bool {
        self.stopped.is_none() && self.agents.iter().all(|report| report.passes(strict))
    }

    /// As one HTML page.
    ///
    /// # Errors
    /// When the page cannot be rendered.
    pub fn html(&self) -> Result<String, minijinja::Error> {
        report::html_of_clients(&self.agents, self.stopped.as_ref())
    }

    /// As JUnit's XML; with `strict`, what is NON-STRICT counts as failed.
    ///
    /// # Errors
    /// When the XML cannot be written.
    pub fn junit(&self, strict: bool) -> Result<String, quick_junit::SerializeError> {
        report::junit_of_clients(&self.agents, self.stopped.as_ref(), strict)
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        self.agents.iter().map(report::text).collect::<Vec<_>>().join("\n")
    }
}

fn nobody() -> Trouble {
    Trouble::new(
        Kind::Ended,
        "no client ran a case",
        "a client calls /getCaseCount, then /runCase?case=N&agent=NAME for each, and echoes",
    )
}

fn report_on(agent: Agent) -> Report {
    let stopped = match agent.ran {
        Ran::All => None,
        Ran::Some(ran, all) => Some(Trouble::new(
            Kind::Ended,
            format!("the client ran {ran} of {all} cases"),
            "it has to go on when a connection fails, which many cases are about; --cases chooses others",
        )),
    };
    Report::new(agent.name, Findings { results: agent.results, stopped })
}
