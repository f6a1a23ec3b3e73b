//! The servers that are measured: ours, and echo servers on other libraries.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use generated_tests::program::{Profile, Program, Target};
use generated_tests::server::TestServer;
use generated_tests::{paths, tools};

use crate::shell::{cargo, own};

/// A running echo server.
pub struct Contestant {
    pub name: String,
    pub server: TestServer,
    pub ours: bool,
}

const RUST_PEERS: [&str; 3] = ["fastwebsockets", "tokio-websockets", "tokio-tungstenite"];
const PYTHON_PEERS: [(&str, &str); 3] =
    [("websockets", "websockets_echo.py"), ("picows", "picows_echo.py"), ("aiohttp", "aiohttp_echo.py")];

/// Starts all servers, or the named ones, each on the first core.
pub fn start(only: Option<&[&str]>) -> Result<Vec<Contestant>> {
    let wanted = |name: &str| only.is_none_or(|names| names.contains(&name));
    let mut contestants = vec![];
    for target in Target::ALL {
        let name = format!("specgen {target}");
        if wanted(target.name()) {
            let program = Program::build(&paths::lab_spec("bench"), target, Profile::Release)?;
            contestants.push(launch(name, &mut program.command(), true)?);
        }
    }
    for (name, mut command) in peers(&wanted)? {
        contestants.push(launch(name.to_owned(), &mut command, false)?);
    }
    Ok(contestants)
}

fn peers(wanted: &dyn Fn(&str) -> bool) -> Result<Vec<(&'static str, Command)>> {
    let mut peers = vec![];
    if RUST_PEERS.iter().any(|name| wanted(name)) {
        let folder = build_rust_peers()?;
        let rust = RUST_PEERS.into_iter().filter(|name| wanted(name));
        peers.extend(rust.map(|name| (name, Command::new(folder.join(name)))));
    }
    if wanted("ws") {
        let mut ws = Command::new(tools::find("node")?);
        ws.arg(own("bench/ws.mjs")).arg(tools::node_modules()?);
        peers.push(("ws", ws));
    }
    for (name, file) in PYTHON_PEERS.into_iter().filter(|(name, _)| wanted(name)) {
        let mut python = Command::new(tools::python_tool("python")?);
        python.arg(own("bench").join(file));
        peers.push((name, python));
    }
    Ok(peers)
}

fn build_rust_peers() -> Result<PathBuf> {
    let target = paths::target().join("peers");
    let mut build = cargo(["build", "--release", "--locked", "--quiet", "--manifest-path"]);
    build.arg(own("bench/peers/Cargo.toml")).env("CARGO_TARGET_DIR", &target);
    tools::run(&mut build).context("the Rust peers do not compile")?;
    Ok(target.join("release"))
}

fn launch(name: String, command: &mut Command, ours: bool) -> Result<Contestant> {
    let mut pinned = Command::new(tools::find("taskset")?);
    pinned.args(["-c", "0"]).arg(command.get_program()).args(command.get_args());
    pinned.env("HOST", "127.0.0.1").env("PORT", "0").env("LOG_LEVEL", "error");
    if let Some(folder) = command.get_current_dir() {
        pinned.current_dir(folder);
    }
    let server = TestServer::launch(pinned).with_context(|| format!("cannot start {name}"))?;
    Ok(Contestant { name, server, ours })
}
