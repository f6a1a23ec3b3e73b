//! The cases for clients: those for servers that say something about clients too, and own ones.

mod accepted;
mod compression;
mod masks;
mod opening;
mod refused;

use super::acceptance::{PLAIN, Wish};
use super::case::{Case, Trial};
use super::probe::Probe;
use crate::lab::conform::cases::{all as for_servers, cuts};
use crate::lab::conform::id::Id;
use crate::lab::conform::profile::Profile;
use crate::lab::conform::{case, case::Trial as ServerTrial};

/// The last group that has a number of the Autobahn suite.
const LAST_OF_AUTOBAHN: u16 = 13;

/// Parts of groups for servers, and what they are in groups for clients.
const MOVED: [(&[u16], &[u16]); 7] = [
    (&[23, 1], &[32, 1]),
    (&[23, 2], &[32, 2]),
    (&[23, 3], &[32, 3]),
    (&[23, 4], &[32, 4]),
    (&[21, 2], &[33, 1]),
    (&[22, 3], &[34, 1]),
    (&[22, 4], &[34, 2]),
];
/// Cases of 23.4 that wait for echoes before a Close: a client may have read both before its app is asked.
const OF_APPS: [u16; 4] = [1, 2, 4, 11];
/// Header of a short frame of a server, in bytes.
const SHORT: usize = 2;

/// All cases, in the order of their numbers.
pub fn all() -> Vec<Case> {
    let servers = for_servers(&Profile::default());
    let autobahn = servers.iter().filter(|case| case.id.group() <= LAST_OF_AUTOBAHN);
    let autobahn = autobahn.filter_map(|case| Case::of(case.clone(), &wishes(&case.id)));
    let moved = servers.iter().filter_map(moved);
    let cuts = cuts::of_frames(SHORT).into_iter().filter_map(cut);
    let own = [opening::cases(), accepted::cases(), refused::cases(), masks::cases(), behind(), compression::cases()];
    let mut cases: Vec<Case> = autobahn.chain(moved).chain(cuts).chain(own.concat()).collect();
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    cases
}

/// What is answered to the offers of a client in groups 12 and 13, the preferred first.
fn wishes(id: &Id) -> Vec<Wish> {
    let forgets = Wish { client_no_context_takeover: true, ..PLAIN };
    let window = |bits: u8, wish: Wish| Wish { client_max_window_bits: Some(bits), ..wish };
    match *id.parts() {
        [12, ..] | [13, 1, _] => vec![PLAIN],
        [13, 2, _] => vec![forgets],
        [13, 3, _] => vec![window(9, PLAIN)],
        [13, 4, _] => vec![window(15, PLAIN)],
        [13, 5, _] => vec![window(9, forgets)],
        [13, 6, _] => vec![window(15, forgets)],
        [13, 7, _] => vec![window(9, forgets), forgets, PLAIN],
        _ => vec![],
    }
}

fn moved(case: &case::Case) -> Option<Case> {
    let (from, to) = MOVED.iter().find(|(from, _)| case.id.parts().starts_with(from))?;
    let rest = &case.id.parts()[from.len()..];
    if *from == [23, 4] && rest.iter().any(|number| OF_APPS.contains(number)) {
        return None;
    }
    let has_offer = matches!(&case.trial, ServerTrial::Script(script) if script.offer.is_some());
    let wishes = if has_offer { vec![PLAIN] } else { vec![] };
    let id = Id::new(&[to, rest].concat());
    Case::of(case::Case { id, ..case.clone() }, &wishes)
}

/// `24.1.5` as `33.2.5`.
fn cut(case: case::Case) -> Option<Case> {
    let [_, part, number] = *case.id.parts() else { return None };
    Case::of(case::Case { id: Id::new(&[33, part + 1, number]), ..case }, &[])
}

fn probe(id: &[u16], title: &str, section: &'static str, probe: Probe) -> Case {
    Case { id: Id::new(id), title: title.to_owned(), section, trial: Trial::Probe(probe) }
}

/// What follows the client's Close.
fn behind() -> Vec<Case> {
    let after = "RFC 6455 §5.5.1";
    vec![
        probe(&[32, 5, 1], "The server ends the TCP connection, and not the client", "RFC 6455 §7.1.1", Probe::Waits),
        probe(&[32, 5, 2], "A Close at once: nothing follows the client's Close", after, Probe::Behind(0)),
        probe(&[32, 5, 3], "Ten messages and a Close: no echo follows the client's Close", after, Probe::Behind(10)),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::lab::conform::cases::group_name;

    #[test]
    fn groups_and_their_sizes() {
        let cases = all();
        let ids: BTreeSet<&Id> = cases.iter().map(|case| &case.id).collect();
        assert_eq!(ids.len(), cases.len());
        let mut groups: BTreeMap<u16, usize> = BTreeMap::new();
        for case in &cases {
            *groups.entry(case.id.group()).or_default() += 1;
            assert!(case.section.starts_with("RFC ") && !case.title.is_empty(), "{}", case.id);
            assert_ne!(group_name(case.id.group()), "Other", "{}", case.id);
        }
        let autobahn: usize = groups.range(..=LAST_OF_AUTOBAHN).map(|(_, count)| count).sum();
        // README.md and docs/conform.md say so.
        assert_eq!((autobahn, cases.len()), (517, 785));
        let own: Vec<(u16, usize)> = groups.range(30..).map(|(group, count)| (*group, *count)).collect();
        assert_eq!(own, [(30, 116), (31, 10), (32, 45), (33, 63), (34, 34)]);
    }
}
