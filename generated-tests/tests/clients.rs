//! Clients that nobody here wrote: the libraries `websockets` and `ws`, and Chromium.

use std::process::Command;

use anyhow::Result;
use generated_tests::program::Target;
use generated_tests::server::TestServer;
use generated_tests::variant::Variant;
use generated_tests::{paths, tools};

generated_tests::for_each_variant!(
    quick: [],
    full: [python_websockets, node_ws],
);

/// An echo server with subprotocols, and a broadcast server.
fn servers(variant: impl Into<Variant> + Copy) -> Result<(TestServer, TestServer)> {
    Ok((TestServer::of_lab_spec("clients", variant)?, TestServer::of_lab_spec("broadcast", variant)?))
}

fn url(server: &TestServer) -> String {
    format!("ws://{}/", server.address)
}

fn python_websockets(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let (echo, broadcast) = servers(variant)?;
    let mut client = Command::new(tools::python_tool("python")?);
    client.arg(paths::client("websockets_client.py")).args([url(&echo), url(&broadcast)]);
    tools::run(&mut client).map(drop)
}

fn node_ws(variant: Variant) -> Result<()> {
    if variant.at_once() == 1 {
        return Ok(());
    }
    let (echo, broadcast) = servers(variant)?;
    let mut client = Command::new(tools::find("node")?);
    client.arg(paths::client("ws-client.mjs")).arg(tools::node_modules()?).args([url(&echo), url(&broadcast)]);
    tools::run(&mut client).map(drop)
}

/// One browser for all four: its start is what costs.
#[test]
fn chromium() -> Result<()> {
    let mut client = Command::new(tools::find("node")?);
    client.arg(paths::client("browser.mjs")).arg(tools::node_modules()?).arg(tools::find("chromium")?);
    let mut running = vec![];
    for target in Target::ALL {
        let (echo, broadcast) = servers(target)?;
        client.arg(format!("{target}={}={}", url(&echo), url(&broadcast)));
        running.push((echo, broadcast));
    }
    tools::run(&mut client).map(drop)
}
