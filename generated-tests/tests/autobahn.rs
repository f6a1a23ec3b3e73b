//! The kept results of the Autobahn suite: without a blemish, and made with the spec as it is.
//!
//! `cargo xtask autobahn` runs the suite and compares; `--full --keep` renews all 517 cases.

use anyhow::{Result, ensure};
use generated_tests::kept::{self, Kept, QUICK_CASES, hash};
use generated_tests::paths;
use generated_tests::variant::Variant;

generated_tests::for_each_variant!(
    quick: [kept_results_are_good],
    full: [results_are_kept],
);

fn kept_results_are_good(variant: Variant) -> Result<()> {
    if !kept::file(variant).exists() && !variant.is_default() {
        return Ok(());
    }
    let kept = Kept::read(variant)?;
    let bad = kept.bad();
    ensure!(bad.is_empty(), "{variant}: {}", bad.join(", "));
    let current = hash(&paths::lab_spec("autobahn"))?;
    ensure!(kept.spec == current, "{variant}: kept for another spec; run cargo xtask regen");
    ensure!(kept.cases.len() >= QUICK_CASES, "{variant}: only {} cases are kept", kept.cases.len());
    Ok(())
}

fn results_are_kept(variant: Variant) -> Result<()> {
    Kept::read(variant).map(drop)
}
