//! C for other systems than this one: compiled and linked with every warning an error, and run where a program of it can be run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use generated_tests::gates::{self, C_FLAGS};
use generated_tests::program::Target;
use generated_tests::{paths, tools};

#[test]
fn macos_x86_64() -> Result<()> {
    zig("macos", "x86_64-macos")
}

#[test]
fn macos_aarch64() -> Result<()> {
    zig("macos", "aarch64-macos")
}

#[test]
fn freebsd_x86_64() -> Result<()> {
    zig("freebsd", "x86_64-freebsd")
}

/// Servers and smoke tests of all specs for the platform, as programs.
fn zig(platform: &str, machine: &str) -> Result<()> {
    let python = tools::zig_python()?;
    let cache = paths::generated().join("zig");
    let zlib = zlib_headers(machine)?;
    let stub = paths::root().join("generated-tests/stubs/zlib.c");
    let programs = gates::for_platform(Target::C, platform, machine)?;
    let mut commands = vec![];
    for program in &programs {
        for (folder, output) in [("src", "server"), ("tests", "smoke")] {
            let mut command = Command::new(&python);
            command.args(["-m", "ziglang", "cc", "-target", machine]).args(C_FLAGS).current_dir(program);
            command.arg("-I").arg(&zlib).arg("-Isrc").args(sources(program, folder)?);
            if folder == "src" {
                command.arg(&stub);
            }
            command.arg("-o").arg(format!("{output}-{machine}"));
            command.env("ZIG_GLOBAL_CACHE_DIR", &cache).env("ZIG_LOCAL_CACHE_DIR", &cache);
            commands.push(command);
        }
    }
    gates::run_all(commands)
}

/// Those of a folder; the tests of a server with tokens read them as it does.
fn sources(program: &Path, folder: &str) -> Result<Vec<PathBuf>> {
    let mut sources = gates::files(&[program.join(folder)], &["c"])?;
    let tokens = program.join("src/tokens.c");
    if folder == "tests" && tokens.exists() {
        sources.push(tokens);
    }
    Ok(sources)
}

/// This system's headers of zlib without any other: they are the same everywhere.
fn zlib_headers(machine: &str) -> Result<PathBuf> {
    let folder = paths::generated().join(format!("zlib-{machine}"));
    std::fs::create_dir_all(&folder)?;
    for name in ["zlib.h", "zconf.h"] {
        let places = [PathBuf::from("/usr/include"), PathBuf::from("/usr/include").join(multiarch()?)];
        let header = places.iter().map(|place| place.join(name)).find(|file| file.exists());
        let header = header.with_context(|| format!("no {name}; get it with: apt-get install zlib1g-dev"))?;
        std::fs::copy(header, folder.join(name))?;
    }
    Ok(folder)
}

fn multiarch() -> Result<String> {
    let output = tools::run(Command::new(tools::find("gcc")?).arg("-print-multiarch"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What is for several systems serves on this one.
#[test]
fn smoke_tests_of_several_platforms() -> Result<()> {
    let programs = gates::for_platform(Target::C, "linux", "smoke")?;
    programs.iter().try_for_each(|program| {
        let mut make = Command::new(tools::find("make")?);
        tools::run(make.args(["-s", "test"]).current_dir(program)).map(drop)
    })
}
