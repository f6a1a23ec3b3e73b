//! What came of a task.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// A result in the making: the fields that all have, and those of its operation.
pub struct TaskResult {
    operation: String,
    /// What it was done to: a URL, a server's type and languages.
    pub target: Option<String>,
    /// HOST:PORT.
    pub address: Option<String>,
    /// What was found out; for a failure, why it failed.
    pub findings: Vec<String>,
    /// What to do next.
    pub recommendations: Vec<String>,
    /// Files and folders that were written.
    pub artifacts: Vec<String>,
    /// Fields of this operation.
    pub further: Map<String, Value>,
    success: bool,
    duration: Duration,
}

impl TaskResult {
    /// A success so far.
    pub fn new(operation: &str) -> Self {
        Self {
            operation: operation.to_owned(),
            target: None,
            address: None,
            findings: Vec::new(),
            recommendations: Vec::new(),
            artifacts: Vec::new(),
            further: Map::new(),
            success: true,
            duration: Duration::ZERO,
        }
    }

    /// A failure, and why.
    pub fn failed(operation: &str, findings: Vec<String>) -> Self {
        Self { findings, success: false, ..Self::new(operation) }
    }

    /// It did not succeed after all.
    pub fn fail(&mut self) {
        self.success = false;
    }

    /// Whether it succeeded.
    pub fn succeeded(&self) -> bool {
        self.success
    }

    /// How long it took.
    pub fn took(&mut self, duration: Duration) {
        self.duration = duration;
    }

    /// The object that is written.
    pub fn json(&self) -> Value {
        let mut object = self.further.clone();
        let mut put = |name: &str, value: Value| {
            object.insert(name.to_owned(), value);
        };
        put("operation", json!(self.operation));
        put("target", json!(self.target));
        put("address", json!(self.address));
        put("status", json!(if self.success { "success" } else { "failure" }));
        put("success", json!(self.success));
        put("findings", json!(self.findings));
        put("recommendations", json!(self.recommendations));
        put("artifacts", json!(self.artifacts));
        put("duration", json!(self.duration.as_millis() as u64));
        Value::Object(object)
    }
}
