//! The results of the last run of every test of every I/O model, kept beside the tests: a row a variant, with the commit that was tested.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use generated_tests::paths;
use generated_tests::variant::Variant;
use quick_junit::{Report, TestCase, TestCaseStatus};
use serde_json::{Value, json};

use crate::setup;
use crate::shell::{self, Flags, cargo, show};

/// Where tests stand that are no variant's.
const OTHERS: &str = "others";

/// What came of the tests of a variant.
#[derive(Debug, Default)]
struct Row {
    passed: usize,
    /// Passed when they were tried again.
    flaky: Vec<String>,
    failed: Vec<String>,
}

impl Row {
    fn add(&mut self, suite: &str, case: &TestCase) {
        let name = || format!("{suite} {}", case.name.as_str());
        match &case.status {
            TestCaseStatus::Success { flaky_runs, .. } => {
                self.passed += 1;
                if !flaky_runs.is_empty() {
                    self.flaky.push(name());
                }
            }
            TestCaseStatus::NonSuccess { .. } => self.failed.push(name()),
            TestCaseStatus::Skipped { .. } => {}
        }
    }
}

/// Runs every test of some variants and keeps the results.
pub fn command(arguments: &[String]) -> Result<()> {
    let mut flags = Flags::new(arguments);
    let variants = flags.variants()?;
    flags.end()?;
    setup::everything()?;
    let modules: Vec<String> = variants.iter().map(|variant| module(*variant)).collect();
    let filter = format!("package(generated-tests) and test(/^({})::/)", modules.join("|"));
    let mut tests = cargo(["nextest", "run", "--package", "generated-tests", "--no-fail-fast", "--run-ignored", "all"]);
    tests.args(["--filterset", &filter]).env("LAB_FULL", "1").env("RUST_BACKTRACE", "0");
    run(&mut tests)
}

/// Runs nextest and keeps the results of what it ran, also where tests failed.
pub fn run(tests: &mut Command) -> Result<()> {
    let report = report();
    let _ = std::fs::remove_file(&report);
    let result = show(tests);
    // Without a report no test was run.
    if report.exists() {
        keep(rows(&std::fs::read_to_string(&report)?)?)?;
    }
    result
}

fn report() -> PathBuf {
    paths::target().join("nextest/default/junit.xml")
}

/// The name of a variant's modules in the tests.
fn module(variant: Variant) -> String {
    variant.to_string().replace('-', "_")
}

fn rows(report: &str) -> Result<BTreeMap<String, Row>> {
    let report = Report::deserialize_from_str(report).context("nextest's report cannot be read")?;
    let names: BTreeMap<String, String> =
        Variant::all().into_iter().map(|variant| (module(variant), variant.to_string())).collect();
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for suite in &report.test_suites {
        for case in &suite.test_cases {
            let module = case.name.split("::").next().unwrap_or_default();
            let row = names.get(module).map_or(OTHERS, String::as_str);
            rows.entry(row.to_owned()).or_default().add(&suite.name, case);
        }
    }
    ensure!(!rows.is_empty(), "no test was run");
    Ok(rows)
}

/// Rows of variants that were not run stay as they are.
fn keep(rows: BTreeMap<String, Row>) -> Result<()> {
    let file = paths::root().join("generated-tests/matrix.json");
    let mut kept: BTreeMap<String, Value> = match std::fs::read_to_string(&file) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("cannot read {}", file.display()))?,
        Err(_) => BTreeMap::new(),
    };
    let commit = shell::output(Command::new("git").args(["describe", "--always", "--dirty", "--abbrev=12"]))?;
    for (name, row) in rows {
        println!("{name}: {} passed, {} of them flaky, {} failed", row.passed, row.flaky.len(), row.failed.len());
        let row = json!({"commit": commit, "passed": row.passed, "flaky": row.flaky, "failed": row.failed});
        kept.insert(name, row);
    }
    shell::write(&file, &format!("{}\n", serde_json::to_string_pretty(&kept)?))
}
