//! For CI: JUnit's XML, a suite a group.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as XmlReport, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::{Group, Report};
use crate::lab::conform::result::CaseResult;
use crate::lab::conform::verdict::Verdict;
use crate::lab::trouble::Trouble;

/// The report as JUnit's XML; with `strict`, what is NON-STRICT counts as failed.
///
/// # Errors
/// When the XML cannot be written.
pub fn junit(report: &Report, strict: bool) -> Result<String, SerializeError> {
    let mut xml = XmlReport::new(format!("specgen conform {}", report.server));
    for group in &report.groups {
        xml.add_test_suite(suite(report, group, strict));
    }
    xml.add_test_suites(report.stopped.as_ref().map(stopped));
    xml.to_string()
}

/// A run that came to no end is an error, however good its cases were.
fn stopped(trouble: &Trouble) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(format!("{trouble}; {}", trouble.advice));
    status.set_type("STOPPED");
    let mut suite = TestSuite::new("the run");
    suite.add_test_case(TestCase::new("every case is run", status));
    suite
}

fn suite(report: &Report, group: &Group, strict: bool) -> TestSuite {
    let mut suite = TestSuite::new(format!("{} {}", group.number, group.name));
    for result in report.results.iter().filter(|result| result.id.group() == group.number) {
        suite.add_test_case(case(result, strict));
    }
    suite
}

fn case(result: &CaseResult, strict: bool) -> TestCase {
    let mut case = TestCase::new(format!("{} {}", result.id, result.title), status(result, strict));
    case.set_classname(result.section);
    case.set_time(Duration::from_millis(result.milliseconds));
    let lines = |name: &str, lines: &[String]| format!("{name}:\n  {}\n", lines.join("\n  "));
    let (sent, expected, seen) = (&result.sent, &result.expected, &result.seen);
    case.set_system_out([lines("sent", sent), lines("expected", expected), lines("seen", seen)].concat());
    case
}

fn status(result: &CaseResult, strict: bool) -> TestCaseStatus {
    let mut status = match result.verdict {
        Verdict::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::NonStrict if strict => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Skipped | Verdict::Unimplemented => TestCaseStatus::skipped(),
        _ => return TestCaseStatus::success(),
    };
    status.set_message(result.why.join("; "));
    status.set_type(result.verdict.name());
    status
}
