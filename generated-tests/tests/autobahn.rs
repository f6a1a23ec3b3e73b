//! The kept results of the Autobahn suite: without a blemish, and made with the spec as it is.
//!
//! `cargo xtask autobahn` runs the suite and compares; `--full --keep` renews all 517 cases.

use anyhow::{Result, ensure};
use generated_tests::kept::{Kept, QUICK_CASES, hash};
use generated_tests::paths;
use generated_tests::program::Target;

generated_tests::for_each_target!(kept_results_are_good);

fn kept_results_are_good(target: Target) -> Result<()> {
    let kept = Kept::read(target)?;
    let bad = kept.bad();
    ensure!(bad.is_empty(), "{target}: {}", bad.join(", "));
    ensure!(kept.spec == hash(&paths::lab_spec("autobahn"))?, "{target}: kept for another spec; run cargo xtask regen");
    ensure!(kept.cases.len() >= QUICK_CASES, "{target}: only {} cases are kept", kept.cases.len());
    Ok(())
}
