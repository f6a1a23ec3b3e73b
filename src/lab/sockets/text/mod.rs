//! Reports for people.

mod connections;
mod options;
mod states;
mod table;

use std::fmt::Write as _;

use super::{Finding, Owner, Weight};
use crate::text::disarmed;

pub use connections::connections;
pub use options::options;
pub use states::states;

/// What was found, each in a few lines.
fn findings(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let weight = match finding.weight {
            Weight::Problem => "problem",
            Weight::Note => "note",
        };
        let _ = write!(text, "\n{weight}: {}\n  why: {}\n  do: {}\n", finding.what, finding.why, finding.remedy);
        if !finding.fields.is_empty() {
            let _ = writeln!(text, "  spec: {}", finding.fields.join(", "));
        }
        let others = finding.count.saturating_sub(finding.examples.len());
        let others = if others > 0 { format!(" and {others} more") } else { String::new() };
        let _ = writeln!(text, "  at: {}{others}", finding.examples.join(", "));
    }
    text
}

/// `name[pid] fd N`, and how many more there are.
fn owners(owners: &[Owner]) -> String {
    match owners {
        [] => "-".to_owned(),
        [only] => owner(only),
        [first, others @ ..] => format!("{} +{}", owner(first), others.len()),
    }
}

fn owner(owner: &Owner) -> String {
    format!("{}[{}] fd {}", disarmed(&owner.name), owner.pid, owner.fd)
}

/// Bytes in the largest unit that leaves at most four digits.
fn size(bytes: u32) -> String {
    match bytes {
        0..10_000 => bytes.to_string(),
        10_000..10_240_000 => format!("{}K", bytes / 1024),
        _ => format!("{}M", bytes / (1024 * 1024)),
    }
}

/// Milliseconds, of microseconds, to three digits.
fn milliseconds(microseconds: u32) -> String {
    let milliseconds = f64::from(microseconds) / 1000.0;
    match microseconds {
        0..10_000 => format!("{milliseconds:.2}"),
        10_000..100_000 => format!("{milliseconds:.1}"),
        _ => format!("{milliseconds:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let sizes: Vec<String> = [0, 9999, 10_000, 212_992, 33_554_432].map(size).into();
        assert_eq!(sizes, ["0", "9999", "9K", "208K", "32M"]);
        let times: Vec<String> = [30, 9_999, 40_000, 204_000].map(milliseconds).into();
        assert_eq!(times, ["0.03", "10.00", "40.0", "204"]);
    }

    #[test]
    fn names_of_processes_cannot_act_on_a_terminal() {
        let owner = Owner { pid: 7, name: "\u{1b}[2Jx".to_owned(), fd: 3 };
        assert_eq!(owners(&[owner.clone(), owner]), "\u{fffd}[2Jx[7] fd 3 +1");
    }
}
