//! Generated Rust on another C library and on another processor, built here and run here.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use generated_tests::datagrams::Datagrams;
use generated_tests::frame::Frame;
use generated_tests::program::{Target, generate};
use generated_tests::server::TestServer;
use generated_tests::session::Session;
use generated_tests::{paths, tools};

/// Where a program is to run.
struct Elsewhere {
    /// What `--target` takes.
    triple: &'static str,
    /// The linker, where it is not that of this machine.
    linker: Option<&'static str>,
    /// What runs its programs.
    runner: &'static [&'static str],
}

const MUSL: Elsewhere = Elsewhere { triple: "x86_64-unknown-linux-musl", linker: None, runner: &["env"] };

const ARM: Elsewhere = Elsewhere {
    triple: "aarch64-unknown-linux-gnu",
    linker: Some("aarch64-linux-gnu-gcc"),
    runner: &["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"],
};

impl Elsewhere {
    /// Generates and builds a laboratory spec, and starts it.
    fn start(&self, spec: &str) -> Result<TestServer> {
        let folder = generate(&paths::lab_spec(spec), Target::Rust)?;
        let program = self.build(&folder)?.join(format!("lab-{spec}"));
        let mut command = Command::new(tools::find(self.runner[0])?);
        command.args(&self.runner[1..]).arg(program).env("HOST", "127.0.0.1").env("PORT", "0");
        TestServer::launch(command)
    }

    /// Gives the folder of the programs.
    fn build(&self, folder: &Path) -> Result<PathBuf> {
        let shared = paths::generated().join("cargo");
        let mut cargo = Command::new(tools::find("cargo")?);
        cargo.args(["build", "--quiet", "--target", self.triple]).current_dir(folder).env("CARGO_TARGET_DIR", &shared);
        cargo.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
        if let Some(linker) = self.linker {
            let variable = format!("CARGO_TARGET_{}_LINKER", self.triple.replace('-', "_").to_uppercase());
            cargo.env(variable, tools::find(linker)?);
        }
        tools::run(&mut cargo)?;
        Ok(shared.join(self.triple).join("debug"))
    }

    fn serves_messages(&self) -> Result<()> {
        let mut server = self.start("deflate")?;
        let mut session = Session::open(&server, "/")?;
        for size in [1, 125, 60_000] {
            session.send_frame(&Frame::text("x".repeat(size)))?;
            ensure!(session.frame()?.payload == "x".repeat(size).as_bytes(), "another answer than {size} bytes");
        }
        session.close()?;
        server.stop()
    }

    fn serves_datagrams(&self) -> Result<()> {
        let mut server = self.start("udp-echo")?;
        let client = Datagrams::open(&server)?;
        for size in [0, 1, 512] {
            client.echo(vec![b'x'; size])?;
        }
        server.stop()
    }
}

#[test]
fn musl() -> Result<()> {
    MUSL.serves_messages()?;
    MUSL.serves_datagrams()
}

#[test]
fn arm64() -> Result<()> {
    ARM.serves_messages()?;
    ARM.serves_datagrams()
}
