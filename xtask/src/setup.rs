//! Installs what the tests need and is not there, naming each. Everything but system packages goes below `target/tools`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use generated_tests::{paths, tools};

use crate::shell::{cargo, output, own, show};

/// Program looked for, and the Debian package that has it.
const PACKAGES: &[(&str, &str)] = &[
    ("gcc", "gcc"),
    ("make", "make"),
    ("clang", "clang"),
    ("clang-format", "clang-format"),
    ("clang-tidy", "clang-tidy"),
    ("cppcheck", "cppcheck"),
    ("musl-gcc", "musl-tools"),
    ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu"),
    ("qemu-aarch64", "qemu-user"),
    ("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"),
    ("chromium", "chromium"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("python3", "python3"),
    ("prlimit", "util-linux"),
];

/// Header looked for, or a file that is in no path, and the Debian package that has it.
const HEADERS: &[(&str, &str)] = &[
    // Its files lie in folders that are named after their version.
    ("/usr/share/doc/libclang-rt-dev", "libclang-rt-dev"),
    ("/usr/include/zlib.h", "zlib1g-dev"),
    ("/usr/include/liburing.h", "liburing-dev"),
    ("/usr/include/openssl/ssl.h", "libssl-dev"),
    ("/usr/aarch64-linux-gnu/include/stdio.h", "libc6-dev-arm64-cross"),
    ("/usr/lib/wine/wine64", "wine64"),
];

/// Everything that `cargo xtask test` needs.
pub fn everything() -> Result<()> {
    system_packages()?;
    python()?;
    zig()?;
    node()?;
    nextest()?;
    targets()?;
    autobahn()
}

fn system_packages() -> Result<()> {
    let mut missing: Vec<&str> =
        PACKAGES.iter().filter(|(program, _)| tools::find(program).is_err()).map(|(_, package)| *package).collect();
    missing.extend(HEADERS.iter().filter(|(header, _)| !Path::new(header).exists()).map(|(_, package)| *package));
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("installing system packages: {}", missing.join(" "));
    tools::find("apt-get").context(format!("install these with your package manager: {}", missing.join(" ")))?;
    show(&mut privileged(&["apt-get", "update", "-qq"])?)?;
    let install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"];
    show(&mut privileged(&[&install[..], &missing].concat())?)
}

/// The command itself for root, else through sudo.
fn privileged(words: &[&str]) -> Result<Command> {
    let mut command = if output(Command::new("id").arg("-u"))? == "0" {
        Command::new("env")
    } else {
        let mut sudo = Command::new(tools::find("sudo").context("system packages need root or sudo")?);
        sudo.arg("env");
        sudo
    };
    command.arg("DEBIAN_FRONTEND=noninteractive").args(words);
    Ok(command)
}

fn python() -> Result<()> {
    let requirements = paths::root().join("generated-tests/requirements.txt");
    environment("python3", &paths::tools().join("venv"), &requirements, |_| Ok(()))
}

/// Its C compiler has what macOS and FreeBSD need to compile and link.
fn zig() -> Result<()> {
    let requirements = paths::root().join("generated-tests/zig-requirements.txt");
    environment("python3", &paths::tools().join("zig"), &requirements, |_| Ok(()))
}

/// The Autobahn suite needs `lib2to3`, which Python 3.13 has no more.
pub fn autobahn() -> Result<()> {
    let folder = paths::tools().join("autobahn");
    environment("python3.11", &folder, &own("autobahn/requirements.txt"), |folder| {
        let python = folder.join("bin/python");
        show(Command::new(&python).args(PIP).args(["--no-deps", "--force-reinstall", "autobahntestsuite==25.10.1"]))?;
        let port = [own("autobahn/port.py"), own("autobahn/octets.py")];
        tools::run(Command::new(&python).args(["-W", "ignore"]).args(port)).map(drop)
    })
}

const PIP: [&str; 5] = ["-m", "pip", "--disable-pip-version-check", "--quiet", "install"];

/// A Python environment that is made anew when its requirements change.
fn environment(python: &str, folder: &Path, requirements: &Path, then: impl Fn(&Path) -> Result<()>) -> Result<()> {
    let wanted = std::fs::read_to_string(requirements)?;
    let stamp = folder.join("requirements.installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("installing Python packages into {}: {}", folder.display(), wanted.trim().replace('\n', " "));
    show(Command::new(tools::find(python)?).args(["-m", "venv"]).arg(folder))?;
    show(Command::new(folder.join("bin/python")).args(PIP).arg("-r").arg(requirements))?;
    then(folder)?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

fn node() -> Result<()> {
    let folder = paths::tools().join("node");
    let lock = std::fs::read_to_string(paths::root().join("generated-tests/package-lock.json"))?;
    let stamp = folder.join("lock.installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    eprintln!("installing Node packages into {}", folder.display());
    std::fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(paths::root().join("generated-tests").join(file), folder.join(file))?;
    }
    show(Command::new(tools::find("npm")?).args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(&folder))?;
    std::fs::write(stamp, lock)?;
    Ok(())
}

/// Systems and processors that generated Rust is compiled for.
const TARGETS: [&str; 6] = [
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-unknown-freebsd",
    "x86_64-pc-windows-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
];

fn targets() -> Result<()> {
    let rustup = tools::find("rustup")?;
    let installed = output(Command::new(&rustup).args(["target", "list", "--installed"]))?;
    let missing: Vec<&str> =
        TARGETS.into_iter().filter(|target| installed.lines().all(|line| line != *target)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("installing Rust's libraries for {}", missing.join(", "));
    show(Command::new(&rustup).args(["target", "add"]).args(missing))
}

fn nextest() -> Result<()> {
    if cargo(["nextest", "--version"]).output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    eprintln!("installing cargo-nextest");
    show(&mut cargo(["install", "--locked", "--quiet", "cargo-nextest"]))?;
    if !cargo(["nextest", "--version"]).output()?.status.success() {
        bail!("cargo-nextest was installed but cannot be run: is cargo's bin folder in PATH?");
    }
    Ok(())
}
