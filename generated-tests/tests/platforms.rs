//! C for other systems than this one: compiled and linked with every warning an error, and run where a program of it can be run.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use generated_tests::gates::{self, C_FLAGS};
use generated_tests::program::Target;
use generated_tests::{paths, tools, wine};

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

/// No platform of the spec language, but kqueue's: what has no option of FreeBSD's own can be built there. OpenBSD's headers do not bring along
/// what they are written with.
#[test]
fn openbsd_x86_64() -> Result<()> {
    let plain = ["models-kqueue-plain", "models-udp-kqueue"];
    zig_some("freebsd", "x86_64-openbsd", &["-include", "sys/types.h"], |name| plain.contains(&name))
}

/// Servers alone: smoke tests start them as only other systems do.
#[test]
fn windows_x86_64() -> Result<()> {
    let zlib = zlib_headers("windows")?;
    let stub = paths::root().join("generated-tests/stubs/zlib.c");
    let mut commands = vec![];
    for program in gates::for_platform(Target::C, "windows", "mingw")? {
        let mut command = Command::new(tools::find("x86_64-w64-mingw32-gcc")?);
        command.args(C_FLAGS).args(["-D_POSIX_C_SOURCE=200809L", "-Isrc/windows", "-Isrc"]).arg("-I").arg(&zlib);
        command.args(sources(&program, "src")?).arg(&stub).args([
            "-static",
            "-lws2_32",
            "-lbcrypt",
            "-liphlpapi",
            "-lwinpthread",
        ]);
        command.args(["-o", "server.exe"]).current_dir(&program);
        commands.push(command);
    }
    gates::run_all(commands)
}

/// Programs that are one file, on systems other than this one.
#[test]
fn one_file_elsewhere() -> Result<()> {
    let mut commands = vec![];
    for (platform, machine) in [("macos", "aarch64-macos"), ("freebsd", "x86_64-freebsd"), ("windows", "windows")] {
        for file in gates::one_file::for_platform(platform)? {
            let mut command = cross_compiler(machine)?;
            command.args(C_FLAGS).arg("-I").arg(zlib_headers(machine)?).arg("-I").arg(openssl_headers(machine)?);
            command.arg("-c").arg(&file).arg("-o").arg(file.with_extension("o"));
            commands.push(command);
        }
    }
    gates::run_all(commands)
}

fn cross_compiler(machine: &str) -> Result<Command> {
    if machine == "windows" {
        return Ok(Command::new(tools::find("x86_64-w64-mingw32-gcc")?));
    }
    let cache = paths::generated().join("zig");
    let mut zig = Command::new(tools::zig_python()?);
    zig.args(["-m", "ziglang", "cc", "-target", machine]);
    zig.env("ZIG_GLOBAL_CACHE_DIR", &cache).env("ZIG_LOCAL_CACHE_DIR", &cache);
    Ok(zig)
}

/// The end of a stream, which Windows tells of for ever and wine does not, has no loop spin.
#[test]
fn windows_ends_of_streams() -> Result<()> {
    let stub = paths::root().join("generated-tests/stubs/hang_up.c");
    for program in gates::on_platform_named(Target::C, &["windows-options-wsapoll"], "hang-up")? {
        let mut compiler = Command::new(tools::find("x86_64-w64-mingw32-gcc")?);
        compiler.args(C_FLAGS).args(["-Isrc/windows", "-Isrc", "-static", "-o", "hang-up.exe"]).arg(&stub);
        tools::run(compiler.current_dir(&program))?;
        let mut command = Command::new(tools::wine()?);
        wine::prepare(&mut command);
        tools::run(command.arg("hang-up.exe").current_dir(&program))?;
    }
    Ok(())
}

/// Servers and smoke tests of all specs for the platform, as programs.
fn zig(platform: &str, machine: &str) -> Result<()> {
    zig_some(platform, machine, &[], |_| true)
}

/// As [`zig`], of some specs.
fn zig_some(platform: &str, machine: &str, flags: &[&str], wanted: impl Fn(&str) -> bool) -> Result<()> {
    let headers = [zlib_headers(machine)?, openssl_headers(machine)?];
    let stubs = ["zlib.c", "openssl.c"].map(|file| paths::root().join("generated-tests/stubs").join(file));
    let mut programs = gates::for_platform(Target::C, platform, machine)?;
    // SPEC/c
    let spec =
        |program: &Path| program.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    programs.retain(|program| spec(program).is_some_and(|name| wanted(&name)));
    ensure!(!programs.is_empty(), "no program for {machine}");
    let mut commands = vec![];
    for program in &programs {
        for (folder, output) in [("src", "server"), ("tests", "smoke")] {
            let mut command = cross_compiler(machine)?;
            command.args(C_FLAGS).args(flags).current_dir(program);
            for folder in &headers {
                command.arg("-I").arg(folder);
            }
            command.arg("-Isrc").args(sources(program, folder)?).args(&stubs);
            command.arg("-o").arg(format!("{output}-{machine}"));
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

/// This system's headers of OpenSSL without any other; what is configured in them is alike on all 64-bit systems.
fn openssl_headers(machine: &str) -> Result<PathBuf> {
    let folder = paths::generated().join(format!("openssl-{machine}"));
    for place in [PathBuf::from("/usr/include"), PathBuf::from("/usr/include").join(multiarch()?)] {
        let headers = place.join("openssl");
        if headers.exists() {
            gates::copy_folder(&headers, &folder.join("openssl"))?;
        }
    }
    let found = folder.join("openssl/ssl.h").exists() && folder.join("openssl/opensslconf.h").exists();
    ensure!(found, "no headers of OpenSSL; get them with: apt-get install libssl-dev");
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

/// Programs without zlib, which other machines' libraries do not come with here.
const ELSEWHERE: &[&str] = &["everything-off", "tcp-custom", "udp-custom", "workers-auto"];

#[test]
fn musl() -> Result<()> {
    elsewhere("musl-gcc", &[])
}

#[test]
fn arm64() -> Result<()> {
    elsewhere("aarch64-linux-gnu-gcc", &["qemu-aarch64"])
}

/// Builds servers with a compiler for another machine, and has this machine's smoke tests try them out.
fn elsewhere(compiler: &str, runner: &[&str]) -> Result<()> {
    let compiler = tools::find(compiler)?;
    let runner = runner.iter().map(|name| tools::find(name)).collect::<Result<Vec<_>>>()?;
    let purpose = compiler.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for program in gates::features_named(Target::C, ELSEWHERE, &purpose)? {
        let server = program.join("elsewhere");
        let smoke = program.join("smoke");
        let mut builds = vec![Command::new(&compiler), Command::new(tools::find("gcc")?)];
        for (build, (folder, output)) in builds.iter_mut().zip([("src", &server), ("tests", &smoke)]) {
            build.args(C_FLAGS).args(["-O1", "-static", "-pthread", "-Isrc"]).args(sources(&program, folder)?);
            build.arg("-o").arg(output).current_dir(&program);
        }
        gates::run_all(builds)?;
        let started = started_by(&program, &runner, &server)?;
        tools::run(Command::new(&smoke).arg(started).current_dir(&program))?;
    }
    Ok(())
}

/// A program that starts the server: itself, or a script that has the runner start it.
fn started_by(program: &Path, runner: &[PathBuf], server: &Path) -> Result<PathBuf> {
    let Some(runner) = runner.first() else { return Ok(server.to_owned()) };
    let script = program.join("start.sh");
    std::fs::write(&script, format!("#!/bin/sh\nexec '{}' '{}'\n", runner.display(), server.display()))?;
    std::fs::set_permissions(&script, Permissions::from_mode(0o755))?;
    Ok(script)
}
