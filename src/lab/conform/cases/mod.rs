//! The cases, a module a group.

mod build;
mod close;
mod closing;
mod compression;
mod cuts;
mod fragmentation;
mod framing;
mod handshake;
mod lengths;
mod limits;
mod negotiation;
mod opcodes;
mod pings;
mod reserved;
mod utf8;

use super::case::{Case, Side, Trial};
use super::id::Pattern;
use super::profile::Profile;

/// Text has to be UTF-8, and what is not has to be refused.
const TEXT_IS_UTF8: &str = "RFC 6455 §8.1";

/// All cases, in the order of their numbers; those that say nothing about this server say why.
pub fn all(profile: &Profile) -> Vec<Case> {
    let mut cases: Vec<Case> = [
        framing::cases(),
        pings::cases(),
        reserved::cases(),
        opcodes::cases(),
        fragmentation::cases(),
        utf8::cases(),
        close::cases(),
        limits::cases(),
        limits::fragmenting(),
        compression::cases(),
        handshake::cases(profile),
        lengths::cases(profile),
        negotiation::cases(),
        closing::cases(),
        cuts::cases(),
    ]
    .concat();
    for case in &mut cases {
        if case.inapplicable.is_none() {
            case.inapplicable = profile.excludes(case);
        }
    }
    cases
}

/// The first of these patterns that no case is called by.
pub fn unmatched<'a>(cases: &[Case], patterns: impl IntoIterator<Item = &'a Pattern>) -> Option<&'a Pattern> {
    patterns.into_iter().find(|pattern| !cases.iter().any(|case| pattern.takes(&case.id)))
}

/// The name of a group.
pub fn group_name(group: u16) -> &'static str {
    match group {
        1 => "Framing",
        2 => "Pings and Pongs",
        3 => "Reserved bits",
        4 => "Opcodes",
        5 => "Fragmentation",
        6 => "UTF-8",
        7 => "Closing",
        9 => "Limits",
        10 => "Fragments of a message",
        12 => "Compression of different texts",
        13 => "Compression with different parameters",
        20 => "Handshake",
        21 => "Lengths and masks",
        22 => "Negotiation of permessage-deflate",
        23 => "Behaviour when closing",
        24 => "Frames cut at every byte",
        _ => "Other",
    }
}

impl Case {
    /// The longest message that it sends, in bytes.
    pub fn longest(&self) -> usize {
        match &self.trial {
            Trial::Script(script) => script.payload_bytes(),
            Trial::Exchange(exchange) => exchange.content.length(),
            Trial::Handshake(_) => 0,
        }
    }

    /// How many messages it begins.
    pub fn messages(&self) -> usize {
        match &self.trial {
            Trial::Script(script) => script.messages(),
            Trial::Exchange(exchange) => exchange.count,
            Trial::Handshake(handshake) => handshake.messages(),
        }
    }

    /// Payloads of all that it sends, in bytes; those that are deflated count as they were before.
    pub fn payload_bytes(&self) -> usize {
        match &self.trial {
            Trial::Script(script) => script.payload_bytes(),
            Trial::Exchange(exchange) => exchange.content.length() * exchange.count,
            Trial::Handshake(handshake) => handshake.payload_bytes(),
        }
    }

    /// Whether it is about a server that refuses text which is not UTF-8.
    pub fn wants_text_judged(&self) -> bool {
        let Trial::Script(script) = &self.trial else { return false };
        self.section == TEXT_IS_UTF8 && script.expected.ending.by == Side::Server
    }

    /// Whether it takes the processor more than the patience.
    pub fn is_heavy(&self) -> bool {
        const HEAVY: usize = 256 << 10;
        match &self.trial {
            Trial::Exchange(_) => self.payload_bytes() > HEAVY,
            _ => self.longest() > HEAVY,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::lab::conform::id::Id;

    /// The numbers of the Autobahn suite's cases, one a line.
    const AUTOBAHN: &str = include_str!("autobahn.txt");

    fn ids(cases: &[Case]) -> Vec<Id> {
        cases.iter().map(|case| case.id.clone()).collect()
    }

    #[test]
    fn the_first_groups_are_the_autobahn_suites() {
        let all = ids(&all(&Profile::default()));
        let ours: Vec<Id> = all.into_iter().filter(|id| id.group() < 20).collect();
        let theirs: Vec<Id> = AUTOBAHN.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(ours.len(), 517);
        assert_eq!(ours, theirs);
    }

    #[test]
    fn every_case_has_one_number_a_title_and_a_section() {
        let cases = all(&Profile::default());
        // README.md and docs/conform.md say so.
        assert_eq!(cases.len(), 829);
        assert_eq!(ids(&cases).into_iter().collect::<BTreeSet<_>>().len(), cases.len());
        for case in &cases {
            assert!(!case.title.is_empty(), "{}", case.id);
            assert!(case.section.starts_with("RFC "), "{}: {}", case.id, case.section);
            assert_ne!(group_name(case.id.group()), "Other", "{}", case.id);
        }
    }

    #[test]
    fn groups_have_so_many_cases() {
        let mut groups: BTreeMap<u16, usize> = BTreeMap::new();
        for case in all(&Profile::default()) {
            *groups.entry(case.id.group()).or_default() += 1;
        }
        let autobahn =
            [(1, 16), (2, 11), (3, 7), (4, 10), (5, 20), (6, 145), (7, 37), (9, 54), (10, 1), (12, 90), (13, 126)];
        // docs/conform.md says so.
        let own = [(20, 108), (21, 23), (22, 52), (23, 46), (24, 83)];
        assert_eq!(groups, autobahn.into_iter().chain(own).collect());
    }

    #[test]
    fn titles_tell_the_cases_of_a_part_apart() {
        let cases = all(&Profile::default());
        let own = cases.iter().filter(|case| case.id.group() >= 20);
        let titles: Vec<(u16, &str)> = own.map(|case| (case.id.group(), case.title.as_str())).collect();
        assert_eq!(titles.iter().collect::<BTreeSet<_>>().len(), titles.len());
    }

    #[test]
    fn a_pattern_that_takes_no_case_is_found() {
        let cases = all(&Profile::default());
        let patterns = ["6.*", "6.4.1", "6.4", "99.*"].map(|text| text.parse::<Pattern>().unwrap());
        assert_eq!(unmatched(&cases, &patterns), Some(&patterns[2]));
        assert_eq!(unmatched(&cases, &patterns[..2]), None);
    }
}
