//! Developer commands: `cargo xtask help`.

mod autobahn;
mod bench;
mod checks;
mod faults;
mod many;
mod matrix;
mod setup;
mod shell;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask COMMAND

  test [--full]            everything a change has to pass; installs what is missing first; --full: every test of every I/O model
  lint                     formatting, clippy, documentation, of the Rust code alone
  setup                    install the tools that tests need, naming each
  autobahn [--full] [--target T] [--model M | --all-models] [--keep]
                           the Autobahn suite against generated servers; --keep writes the results down
  autobahn --peers [--only NAME] [--keep]
                           the same against servers of others and one with faults, for what `specgen conform` says
  faults [--target T] [--model M | --all-models] [--seconds N] [--strict]
                           servers under attack, with well-behaved peers beside; --strict: under sanitizers and with
                           warnings as errors
  many [--target T] [--model M | --all-models] [--connections N]
                           very many connections at once, all of which echo
  matrix [--target T] [--model M | --all-models]
                           every test of some servers; the results are kept in generated-tests/matrix.json, as those of
                           test --full are
  bench [--write] [--rounds N] [--only NAME,…]
                           CPU time per message beside other libraries; --write makes BENCHMARKS.md
  regen                    snapshots and kept results, made anew
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match command(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(arguments: &[String]) -> Result<()> {
    let Some((name, rest)) = arguments.split_first() else {
        bail!("which command?\n\n{HELP}");
    };
    match name.as_str() {
        "test" => checks::test(rest),
        "lint" => checks::lint(),
        "setup" => setup::everything(),
        "autobahn" => autobahn::command(rest),
        "faults" => faults::command(rest),
        "many" => many::command(rest),
        "matrix" => matrix::command(rest),
        "bench" => bench::command(rest),
        "regen" => checks::regen(),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("no command {other:?}\n\n{HELP}"),
    }
}
