//! The gates: what a change has to pass, in the order in which failures are cheapest.

use std::time::Instant;

use anyhow::Result;
use generated_tests::program::Target;

use crate::shell::{cargo, show};
use crate::{autobahn, setup};

/// Everything.
pub fn test() -> Result<()> {
    let start = Instant::now();
    setup::everything()?;
    lint()?;
    show(cargo(["nextest", "run", "--workspace", "--no-fail-fast"]).env("RUST_BACKTRACE", "0"))?;
    show(&mut cargo(["test", "--quiet", "--workspace", "--doc"]))?;
    autobahn::run(&Target::ALL, false, false)?;
    println!("all passed in {} s", start.elapsed().as_secs());
    Ok(())
}

/// What needs no server.
pub fn lint() -> Result<()> {
    show(&mut cargo(["fmt", "--all", "--check"]))?;
    show(&mut cargo(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    show(
        cargo(["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    if cargo(["deny", "--version"]).output().is_ok_and(|output| output.status.success()) {
        show(&mut cargo(["deny", "--log-level", "error", "check"]))?;
    }
    Ok(())
}

/// Snapshots are accepted as they come out, Autobahn results kept: `git diff` shows what changed.
pub fn regen() -> Result<()> {
    setup::everything()?;
    let mut snapshots = cargo(["test", "--quiet", "--package", "specgen"]);
    show(snapshots.env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1").env("UPDATE_EXPECTED", "1"))?;
    autobahn::run(&Target::ALL, true, true)
}
