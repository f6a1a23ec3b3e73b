//! Generated Python passes strict type checkers, linter and formatter, and its own smoke test.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use generated_tests::program::Target;
use generated_tests::{gates, paths, tools};

/// Folders of the templates, named after flags, that lie over what all programs have: with every one of these the whole is a program.
/// In those of type udp the alternatives are closer together: they are checked as outputs alone.
const VARIANTS: [&[&str]; 7] = [
    &["streams", "tls", "http", "monitor", "auth", "websocket", "models/asyncio"],
    &["streams", "tls", "http", "monitor", "auth", "websocket", "models/sockets", "models/reactor", "models/epoll"],
    &[
        "streams",
        "tls",
        "http",
        "monitor",
        "auth",
        "bytes",
        "tcp",
        "tcp_none",
        "models/sockets",
        "models/reactor",
        "models/epoll",
    ],
    &[
        "streams",
        "tls",
        "http",
        "monitor",
        "auth",
        "bytes",
        "tcp",
        "tcp_none",
        "models/sockets",
        "models/poll",
        "models/threads",
    ],
    &["streams", "tls", "http", "monitor", "auth", "bytes", "tcp", "tcp_lines", "models/asyncio"],
    &["streams", "tls", "http", "monitor", "auth", "bytes", "tcp", "tcp_delimiter", "models/asyncio"],
    &["streams", "tls", "http", "monitor", "auth", "bytes", "tcp", "tcp_length", "models/asyncio"],
];

/// All outputs and the templates as they stand.
fn programs(purpose: &str) -> Result<Vec<PathBuf>> {
    let mut programs = gates::outputs(Target::Python, purpose)?;
    programs.extend(templates(purpose, &programs[0])?);
    Ok(programs)
}

/// Copies of the templates as they stand; they take their project file from an output.
fn templates(purpose: &str, output: &Path) -> Result<Vec<PathBuf>> {
    let from = paths::root().join("templates/python");
    let copies = VARIANTS.iter().map(|folders| {
        let copy =
            paths::generated().join(format!("template-python-{purpose}-{}", folders.join("-").replace('/', "-")));
        let _ = std::fs::remove_dir_all(&copy);
        for common in ["server", "tests"] {
            gates::copy_folder(&from.join(common), &copy.join(common))?;
        }
        for folder in *folders {
            gates::copy_folder(&from.join(folder), &copy)?;
        }
        std::fs::copy(output.join("pyproject.toml"), copy.join("pyproject.toml"))?;
        Ok(copy)
    });
    copies.collect()
}

#[test]
fn mypy() -> Result<()> {
    let programs = programs("mypy")?;
    gates::run_all(vec![mypy_of("linux", &programs)?])
}

/// What is for Windows, with the names that there are on it.
#[test]
fn mypy_for_windows() -> Result<()> {
    let programs = gates::for_platform(Target::Python, "windows", "mypy-windows")?;
    gates::run_all(vec![mypy_of("win32", &programs)?])
}

fn mypy_of(platform: &str, programs: &[PathBuf]) -> Result<Command> {
    let mut command = Command::new(tools::python_tool("python")?);
    let cache = paths::generated().join(format!("mypy-cache-{platform}"));
    command.arg(paths::client("mypy_folders.py")).arg(platform).arg(cache).args(programs);
    Ok(command)
}

/// One run over all programs, each its own root for imports.
#[test]
fn pyright() -> Result<()> {
    pyright_of("pyright", &programs("pyright")?, system, "Linux")
}

#[test]
fn pyright_for_windows() -> Result<()> {
    let programs = gates::for_platform(Target::Python, "windows", "pyright-windows")?;
    pyright_of("pyright-windows", &programs, |_| "Windows", "Windows")
}

/// `library` is the system whose standard library all programs have.
fn pyright_of(
    purpose: &str,
    programs: &[PathBuf],
    system: impl Fn(&Path) -> &'static str,
    library: &str,
) -> Result<()> {
    // Paths in the settings have to be relative to them.
    let folders: Vec<String> = programs.iter().map(|program| quoted(program)).collect::<Result<_>>()?;
    let roots: Vec<String> =
        programs.iter().zip(&folders).map(|(program, folder)| root(folder, system(program))).collect();
    let settings = format!(
        "{{\"include\": [{}], \"executionEnvironments\": [{}], \"pythonPlatform\": \"{library}\", \"typeCheckingMode\": \"strict\", \"pythonVersion\": \"3.9\"}}",
        folders.join(", "),
        roots.join(", ")
    );
    let file = paths::generated().join(format!("{purpose}.json"));
    std::fs::write(&file, settings)?;
    let mut command = Command::new(tools::python_tool("pyright")?);
    // It knows what is installed for this interpreter, such as uvloop.
    command.arg("--pythonpath").arg(tools::python_tool("python")?);
    tools::run(command.arg("--warnings").arg("--project").arg(file)).map(drop)
}

/// The system whose names a program knows.
fn system(program: &Path) -> &'static str {
    let project = std::fs::read_to_string(program.join("pyproject.toml")).unwrap_or_default();
    if project.contains("Darwin") { "Darwin" } else { "Linux" }
}

/// Where imports begin.
fn root(folder: &str, platform: &str) -> String {
    format!("{{\"root\": {folder}, \"pythonPlatform\": \"{platform}\"}}")
}

fn quoted(program: &Path) -> Result<String> {
    Ok(format!("\"{}\"", program.strip_prefix(paths::generated())?.display()))
}

#[test]
fn ruff() -> Result<()> {
    let mut programs = gates::outputs(Target::Python, "ruff")?;
    let templates = templates("ruff", &programs[0])?;
    // ruff would put a blank into `#%`, and sort imports by the comments between them.
    templates.iter().try_for_each(|template| without_directives(template))?;
    programs.extend(templates);
    let ruff = tools::python_tool("ruff")?;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&ruff);
        command.args(arguments).args(["--quiet", "--no-cache"]).args(&programs);
        command
    };
    gates::run_all(vec![command(&["check"]), command(&["format", "--check"])])
}

/// Takes the lines of directives out of every module, and the names of values.
fn without_directives(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            without_directives(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "py") {
            let text = std::fs::read_to_string(&path)?;
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("#%"));
            let lines = lines.map(|line| line.split_once("  #= ").map_or(line, |(code, _)| code));
            std::fs::write(&path, lines.map(|line| format!("{line}\n")).collect::<String>())?;
        }
    }
    Ok(())
}

#[test]
fn smoke_tests() -> Result<()> {
    let python = tools::python()?;
    let commands = gates::tried(Target::Python, "smoke")?.into_iter().map(|program| {
        let mut command = Command::new(&python);
        // unittest reports on standard error even when all is well.
        command.args(["-m", "unittest", "discover", "-s", "tests"]).current_dir(program);
        command
    });
    commands.into_iter().try_for_each(|mut command| tools::run(&mut command).map(drop))
}
