//! Finding the programs that tests need. A missing one is a failure with its install command, never a skipped test.

use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};

use crate::paths;

/// A program the tests call, and how to get it.
struct Tool {
    name: &'static str,
    install: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool { name: "cc", install: "apt-get install gcc" },
    Tool { name: "gcc", install: "apt-get install gcc" },
    Tool { name: "make", install: "apt-get install make" },
    Tool { name: "clang", install: "apt-get install clang libclang-rt-dev" },
    Tool { name: "clang-format", install: "apt-get install clang-format" },
    Tool { name: "clang-tidy", install: "apt-get install clang-tidy" },
    Tool { name: "cppcheck", install: "apt-get install cppcheck" },
    Tool { name: "musl-gcc", install: "apt-get install musl-tools" },
    Tool { name: "aarch64-linux-gnu-gcc", install: "apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross" },
    Tool { name: "qemu-aarch64", install: "apt-get install qemu-user" },
    Tool { name: "x86_64-w64-mingw32-gcc", install: "apt-get install gcc-mingw-w64-x86-64" },
    Tool { name: "wine64", install: "apt-get install wine64" },
    Tool { name: "chromium", install: "apt-get install chromium" },
    Tool { name: "python3", install: "apt-get install python3 (3.9 or later)" },
    Tool { name: "python3.11", install: "apt-get install python3.11 python3.11-venv, or pyenv install 3.11" },
    Tool { name: "node", install: "apt-get install nodejs (18 or later)" },
    Tool { name: "npm", install: "apt-get install npm" },
    Tool { name: "cargo", install: "https://rustup.rs" },
    Tool { name: "rustup", install: "https://rustup.rs" },
    Tool { name: "aarch64-linux-gnu-gcc", install: "apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross" },
    Tool { name: "qemu-aarch64", install: "apt-get install qemu-user" },
];

/// The path of the program called `name`.
///
/// # Errors
/// When it is not installed; the text says how to install it.
pub fn find(name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()).with_context(|| {
        let install = TOOLS.iter().find(|tool| tool.name == name).map_or("your package manager", |tool| tool.install);
        format!("`{name}` is not installed; get it with: {install}")
    })
}

/// A program of the Python tools (mypy, ruff, …).
///
/// # Errors
/// When the environment is not there yet.
pub fn python_tool(name: &str) -> Result<PathBuf> {
    installed(paths::tools().join("venv/bin").join(name))
}

/// The Python that has zig.
///
/// # Errors
/// When the environment is not there yet.
pub fn zig_python() -> Result<PathBuf> {
    installed(paths::tools().join("zig/bin/python"))
}

/// The program that runs others of 64-bit Windows; Debian keeps it out of the path.
///
/// # Errors
/// When it is not installed.
pub fn wine() -> Result<PathBuf> {
    let debian = PathBuf::from("/usr/lib/wine/wine64");
    if debian.is_file() { Ok(debian) } else { find("wine64") }
}

/// A command-line program of the Node tools (tsc, eslint, …).
///
/// # Errors
/// When the packages are not there yet.
pub fn node_tool(name: &str) -> Result<PathBuf> {
    Ok(node_modules()?.join(".bin").join(name))
}

/// The folder of the Node packages.
///
/// # Errors
/// When they are not there yet.
pub fn node_modules() -> Result<PathBuf> {
    installed(paths::tools().join("node/node_modules"))
}

fn installed(path: PathBuf) -> Result<PathBuf> {
    if path.exists() {
        return Ok(path);
    }
    bail!("`{}` is not installed; get it with: cargo xtask setup", path.display())
}

/// The real interpreter behind `python3`, past any shim, so that a started server is the process we signal.
///
/// # Errors
/// When there is no Python.
pub fn python() -> Result<PathBuf> {
    let mut command = Command::new(find("python3")?);
    let output = run(command.args(["-c", "import sys; print(sys.executable)"]))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Runs `command` to its end.
///
/// # Errors
/// When it cannot be started or exits with another status than 0: the text holds everything it printed.
pub fn run(command: &mut Command) -> Result<Output> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if output.status.success() {
        return Ok(output);
    }
    bail!(
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
