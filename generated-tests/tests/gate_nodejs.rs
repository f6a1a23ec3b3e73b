//! Generated JavaScript passes the TypeScript checker, linter and formatter, and its own smoke test.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use generated_tests::program::Target;
use generated_tests::{gates, paths, tools};

/// Folders of the templates that lie over the rest in some programs: with each of these lists the whole is a program.
const VARIANTS: [&[&str]; 12] = [
    &[],
    &["bytes", "tcp", "framing-none"],
    &["bytes", "tcp", "framing-lines"],
    &["bytes", "tcp", "framing-delimiter"],
    &["bytes", "tcp", "framing-length"],
    &["bytes", "udp"],
    &["bytes", "udp", "peers", "reliability-sequence"],
    &["bytes", "udp", "peers", "reliability-ack"],
    &["workers"],
    &["tls"],
    &["windows"],
    &["bytes", "tcp", "framing-lines", "workers", "tls"],
];

/// The endings of what prettier formats in an output.
const FORMATTED: &[&str] = &["js", "json", "md", "ts"];

/// All outputs and the templates as they stand.
fn programs(purpose: &str, variants: &[&[&str]]) -> Result<Vec<PathBuf>> {
    let mut programs = gates::outputs(Target::NodeJs, purpose)?;
    programs.extend(templates(purpose, &programs[0], variants)?);
    let modules = paths::generated().join("node_modules");
    let _ = symlink(tools::node_modules()?, modules);
    Ok(programs)
}

/// Copies of the templates as they stand; they take their project file from an output.
fn templates(purpose: &str, output: &Path, variants: &[&[&str]]) -> Result<Vec<PathBuf>> {
    let from = paths::root().join("templates/nodejs");
    let copies = variants.iter().map(|folders| {
        let name = ["template-nodejs", purpose].iter().chain(*folders).copied().collect::<Vec<_>>().join("-");
        let copy = paths::generated().join(name);
        let _ = std::fs::remove_dir_all(&copy);
        for common in ["src", "test"] {
            gates::copy_folder(&from.join(common), &copy.join(common))?;
        }
        for folder in *folders {
            gates::copy_folder(&from.join(folder), &copy)?;
        }
        std::fs::copy(output.join("package.json"), copy.join("package.json"))?;
        Ok(copy)
    });
    copies.collect()
}

/// One run over all outputs with the compiler options of the first. The types of templates as they stand need not fit together.
#[test]
fn tsc() -> Result<()> {
    let programs = programs("tsc", &[])?;
    let include: Vec<String> =
        programs.iter().map(|program| format!("\"{}\"", program.join("**/*.js").display())).collect();
    let base = programs[0].join("tsconfig.json");
    let settings = format!("{{\"extends\": \"{}\", \"include\": [{}]}}", base.display(), include.join(", "));
    let file = paths::generated().join("tsconfig.json");
    std::fs::write(&file, settings)?;
    let mut command = Command::new(tools::node_tool("tsc")?);
    command.arg("--project").arg(file);
    gates::run_all(vec![command])
}

#[test]
fn eslint() -> Result<()> {
    let programs = programs("eslint", &VARIANTS)?;
    let config = paths::generated().join("eslint.config.js");
    std::fs::copy(programs[0].join("eslint.config.js"), &config)?;
    std::fs::write(paths::generated().join("package.json"), "{\"type\": \"module\"}\n")?;
    let mut command = Command::new(tools::node_tool("eslint")?);
    let sources = gates::distinct(gates::files(&programs, &["js"])?)?;
    command.arg("--max-warnings=0").arg("--config").arg(config).args(sources).current_dir(paths::generated());
    gates::run_all(vec![command])
}

#[test]
fn prettier() -> Result<()> {
    let mut command = Command::new(tools::node_tool("prettier")?);
    let files = gates::files(&programs("prettier", &VARIANTS)?, FORMATTED)?;
    command.args(["--check", "--log-level=warn"]).args(gates::distinct(files)?);
    gates::run_all(vec![command])
}

#[test]
fn smoke_tests() -> Result<()> {
    let node = tools::find("node")?;
    let commands = gates::tried(Target::NodeJs, "smoke")?.into_iter().map(|program| {
        let mut command = Command::new(&node);
        command.args(["--test", "test/"]).current_dir(program);
        command
    });
    gates::run_all(commands.collect())
}
