//! A C program that is one file, under sanitizers, does what the one in a folder does.

use anyhow::Result;
use generated_tests::datagrams::Datagrams;
use generated_tests::differential::{Depth, compare_servers};
use generated_tests::program::{Program, Target};
use generated_tests::server::TestServer;

/// The same streams to both.
fn as_in_a_folder(spec: &str) -> Result<()> {
    let mut servers = [TestServer::of_lab_spec(spec, Target::C)?, TestServer::start(&Program::one_file(spec)?, &[])?];
    compare_servers(spec, &servers, Depth::Two)?;
    servers.iter_mut().try_for_each(TestServer::stop)
}

#[test]
fn websocket() -> Result<()> {
    as_in_a_folder("deflate")
}

#[test]
fn tcp() -> Result<()> {
    as_in_a_folder("tcp-lines")
}

#[test]
fn udp() -> Result<()> {
    let mut server = TestServer::start(&Program::one_file("udp-echo")?, &[])?;
    let client = Datagrams::open(&server)?;
    for size in [0, 1, 512] {
        client.echo(vec![b'x'; size])?;
    }
    server.stop()
}
