//! The kept results of the Autobahn suite: complete, without a blemish, and made with the spec as it is.
//!
//! `cargo xtask autobahn` runs the suite and compares.

use anyhow::{Result, ensure};
use generated_tests::kept::{Kept, hash};
use generated_tests::paths;
use generated_tests::program::Target;

const ALL_CASES: usize = 517;

generated_tests::for_each_target!(kept_results_are_good);

fn kept_results_are_good(target: Target) -> Result<()> {
    let kept = Kept::read(target)?;
    let bad = kept.bad();
    ensure!(bad.is_empty(), "{target}: {}", bad.join(", "));
    ensure!(kept.spec == hash(&paths::lab_spec("autobahn"))?, "{target}: kept for another spec; run cargo xtask regen");
    ensure!(kept.cases.len() == ALL_CASES, "{target}: {} of {ALL_CASES} cases are kept", kept.cases.len());
    Ok(())
}
