//! The same byte streams, cut at any places, get the same answers from all four languages.

use anyhow::Result;
use generated_tests::differential::compare;
use generated_tests::program::Target;

/// `TARGETS=c,rust` narrows a run while one server is being worked on.
fn targets() -> Vec<Target> {
    match std::env::var("TARGETS") {
        Ok(list) => list.split(',').filter_map(Target::from_name).collect(),
        Err(_) => Target::ALL.to_vec(),
    }
}

#[test]
fn plain() -> Result<()> {
    compare("plain", &targets())
}

#[test]
fn deflate() -> Result<()> {
    compare("deflate", &targets())
}

#[test]
fn fresh() -> Result<()> {
    compare("fresh", &targets())
}

#[test]
fn policy() -> Result<()> {
    compare("policy", &targets())
}

#[test]
fn lenient() -> Result<()> {
    compare("lenient", &targets())
}

#[test]
fn rates() -> Result<()> {
    compare("rates", &targets())
}
