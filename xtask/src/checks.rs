//! The gates: what a change has to pass, in the order in which failures are cheapest.

use std::num::NonZero;
use std::time::Instant;

use anyhow::Result;
use generated_tests::variant::Variant;

use crate::shell::{Flags, cargo, show};
use crate::{autobahn, matrix, setup};

/// Everything; with `--full` every test of every I/O model.
pub fn test(arguments: &[String]) -> Result<()> {
    let mut flags = Flags::new(arguments);
    let full = flags.switch("--full");
    flags.end()?;
    let start = Instant::now();
    setup::everything()?;
    lint()?;
    let mut tests = cargo(["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"]);
    // Many tests wait for servers more than they work.
    let threads = 2 * std::thread::available_parallelism().map_or(1, NonZero::get);
    tests.args(["--test-threads", &threads.to_string()]);
    if full {
        tests.args(["--run-ignored", "all"]).env("LAB_FULL", "1");
    }
    tests.env("RUST_BACKTRACE", "0");
    if full {
        matrix::run(&mut tests)?
    } else {
        show(&mut tests)?
    }
    show(&mut cargo(["test", "--quiet", "--workspace", "--all-features", "--doc"]))?;
    let variants = Variant::all().into_iter().filter(|variant| full || variant.is_default());
    autobahn::run(&variants.collect::<Vec<_>>(), false, false)?;
    println!("all passed in {} s", start.elapsed().as_secs());
    Ok(())
}

/// What needs no server.
pub fn lint() -> Result<()> {
    show(&mut cargo(["fmt", "--all", "--check"]))?;
    show(&mut cargo(["clippy", "--quiet", "--workspace", "--all-features", "--all-targets", "--", "-D", "warnings"]))?;
    show(
        cargo(["doc", "--quiet", "--workspace", "--all-features", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    if cargo(["deny", "--version"]).output().is_ok_and(|output| output.status.success()) {
        show(&mut cargo(["deny", "--log-level", "error", "check"]))?;
    }
    Ok(())
}

/// Snapshots and expected messages as they come out now, Autobahn results kept: `git diff` shows what changed.
pub fn regen() -> Result<()> {
    setup::everything()?;
    let mut written =
        cargo(["nextest", "run", "--package", "specgen", "--package", "specgen-runtime", "--all-features"]);
    show(written.env("INSTA_UPDATE", "always").env("SPECGEN_UPDATE", "1").env("TRYBUILD", "overwrite"))?;
    autobahn::run(&Variant::all(), true, true)
}
