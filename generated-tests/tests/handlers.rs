//! Behaviour §8.1, its end: handlers are never called twice at the same time within one process.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use generated_tests::paths;
use generated_tests::program::{Profile, Program, Target, generate};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::variant::Variant;

generated_tests::for_each_variant!(quick: [], full: [handlers_run_alone]);

/// Connections at the same time, and what each sends.
const CLIENTS: usize = 8;
const MESSAGES: usize = 10;

/// Where a program has its handlers, and which tell how they were called.
const fn handlers(target: Target) -> (&'static str, &'static str) {
    match target {
        Target::C => ("src/handlers.c", "handlers.c"),
        Target::Python => ("server/handlers.py", "handlers.py"),
        Target::NodeJs => ("src/handlers.js", "handlers.js"),
        Target::Rust => ("src/handlers.rs", "handlers.rs"),
    }
}

/// A handlers file is the user's: a build leaves it as it is.
fn program(variant: Variant) -> Result<Program> {
    let spec: PathBuf = paths::lab_spec("handlers");
    let folder = generate(&variant.spec(&spec)?, variant.target)?;
    let (place, own) = handlers(variant.target);
    let own = std::fs::read(paths::root().join("generated-tests/handlers").join(own))?;
    if std::fs::read(folder.join(place))? != own {
        std::fs::write(folder.join(place), own)?;
    }
    Program::build(&spec, variant, Profile::Checked)
}

fn handlers_run_alone(variant: Variant) -> Result<()> {
    if variant.model != "threads" && variant.workers == 1 {
        return Ok(());
    }
    let server = TestServer::start(&program(variant)?, &[])?;
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| talk(&server))).collect();
        clients.into_iter().try_for_each(|client| client.join().ok().context("a client panicked")?)
    })
}

fn talk(server: &TestServer) -> Result<()> {
    let mut session = Session::raw(server)?;
    for number in 0..MESSAGES {
        session.send(b"a line\n")?;
        let answer = session.line()?;
        ensure!(answer == b"alone", "message {number}: {:?}", String::from_utf8_lossy(&answer));
    }
    Ok(())
}
