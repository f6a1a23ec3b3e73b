//! Generated C compiles with two compilers and every warning an error, and linters find nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use generated_tests::gates::C_FLAGS;
use generated_tests::program::Target;
use generated_tests::{gates, tools};

/// What takes the place of the template's own files in programs of another type, in the order of the search.
const OVERLAYS: &[&[&str]] = &[&["tcp/src", "bytes/src"], &["udp/src", "bytes/src"]];

/// One compiler call a program.
fn compile(compiler: &str, programs: &[PathBuf], more: &[&str]) -> Result<()> {
    let mut commands = vec![];
    for (program, sources) in programs.iter().zip(gates::distinct_units(programs)?) {
        if sources.is_empty() {
            continue;
        }
        let objects = program.join(format!("objects-{compiler}"));
        std::fs::create_dir_all(&objects)?;
        let mut command = Command::new(tools::find(compiler)?);
        command.args(C_FLAGS).args(more).arg("-I").arg(program.join("src")).arg("-c");
        command.args(sources).current_dir(&objects);
        commands.push(command);
    }
    gates::run_all(commands)
}

#[test]
fn gcc() -> Result<()> {
    compile("gcc", &gates::features(Target::C, "gcc")?, &["-O2"])
}

/// Clang's warnings need no code: its front end has them all.
#[test]
fn clang() -> Result<()> {
    compile("clang", &gates::outputs(Target::C, "clang")?, &["-fsyntax-only"])
}

/// Without the analyzer's own leak check, which loses sight of what an intrusive list of another struct owns (letters between workers); the
/// smoke tests under sanitizers look for leaks.
#[test]
fn gcc_analyzer_on_the_template() -> Result<()> {
    compile("gcc", &[gates::template(Target::C, "analyzer")?], &["-O2", "-fanalyzer", "-Wno-analyzer-malloc-leak"])
}

#[test]
fn gcc_analyzer_on_the_overlays() -> Result<()> {
    let template = gates::template(Target::C, "analyzer-overlays")?;
    let mut commands = vec![];
    for roots in OVERLAYS {
        for source in gates::files(&under(&template, roots), &["c"])? {
            let mut command = Command::new(tools::find("gcc")?);
            command.args(C_FLAGS).args(["-O2", "-fanalyzer"]).args(includes(roots)).arg("-c").arg(source);
            command.args(["-o", "/dev/null"]).current_dir(&template);
            commands.push(command);
        }
    }
    gates::run_all(commands)
}

fn under(template: &Path, roots: &[&str]) -> Vec<PathBuf> {
    roots.iter().map(|root| template.join(root)).collect()
}

fn includes(roots: &[&str]) -> Vec<String> {
    roots.iter().chain(&["src"]).map(|root| format!("-I{root}")).collect()
}

#[test]
fn clang_format() -> Result<()> {
    let mut folders = gates::all_outputs(Target::C, "format")?;
    folders.push(gates::template(Target::C, "format")?);
    let mut command = Command::new(tools::find("clang-format")?);
    command.args(["--dry-run", "-Werror", "--style=file"]).args(gates::distinct(gates::files(&folders, &["c", "h"])?)?);
    gates::run_all(vec![command])
}

#[test]
fn clang_tidy_on_the_template() -> Result<()> {
    let template = gates::template(Target::C, "tidy")?;
    OVERLAYS.iter().chain(&[&["src"] as &[&str]]).try_for_each(|roots| tidy(&template, roots))
}

fn tidy(template: &Path, roots: &[&str]) -> Result<()> {
    let tidy = tools::find("clang-tidy")?;
    let commands = gates::files(&under(template, roots), &["c"])?.into_iter().map(|source| {
        let mut command = Command::new("sh");
        // clang-tidy counts the warnings that it does not show on standard error.
        command.args(["-c", "exec \"$0\" \"$@\" 2>/dev/null"]).arg(&tidy).arg("--quiet").arg(source);
        command.arg("--").args(&C_FLAGS[..2]).args(includes(roots)).current_dir(template);
        command
    });
    gates::run_all(commands.collect())
}

/// A program that is one file compiles like the one in a folder, and is as well laid out.
#[test]
fn one_file() -> Result<()> {
    let files = gates::one_file::here("here")?;
    let mut format = Command::new(tools::find("clang-format")?);
    format.args(["--dry-run", "-Werror", "--style=file"]).args(&files);
    let mut commands = vec![format];
    for compiler in ["gcc", "clang"] {
        let compiler = tools::find(compiler)?;
        commands.extend(files.iter().map(|file| {
            let mut command = Command::new(&compiler);
            command.args(C_FLAGS).arg("-fsyntax-only").arg(file);
            command
        }));
    }
    gates::run_all(commands)
}

/// Some warnings come with optimization, which sees more where all is in one file.
#[test]
fn one_file_optimized() -> Result<()> {
    let names = ["echo", "broadcast", "telemetry", "everything-on", "models-tcp-io-uring", "tls", "udp-ack"];
    let files = gates::one_file::named(&names, "optimized")?;
    let gcc = tools::find("gcc")?;
    let commands = files.into_iter().map(|file| {
        let mut command = Command::new(&gcc);
        command.args(C_FLAGS).args(["-O2", "-c", "-o", "/dev/null"]).arg(file);
        command
    });
    gates::run_all(commands.collect())
}

#[test]
fn cppcheck() -> Result<()> {
    let mut folders = gates::tried(Target::C, "cppcheck")?;
    folders.push(gates::template(Target::C, "cppcheck")?);
    let commands = folders.into_iter().map(|folder| {
        let mut command = Command::new("cppcheck");
        let severities = "--enable=warning,performance,portability,style";
        command.args(["--quiet", "--std=c11", "--error-exitcode=1", "--inline-suppr", severities]);
        command
            .args(["--suppress=missingIncludeSystem", "--suppress=unusedStructMember", "-Isrc", "src"])
            .current_dir(folder);
        command
    });
    tools::find("cppcheck")?;
    gates::run_all(commands.collect())
}

#[test]
fn smoke_tests() -> Result<()> {
    make_in_examples("test", "smoke")
}

#[test]
fn smoke_tests_under_sanitizers() -> Result<()> {
    make_in_examples("sanitize", "sanitize")
}

fn make_in_examples(goal: &str, purpose: &str) -> Result<()> {
    let make = tools::find("make")?;
    let programs = gates::tried(Target::C, purpose)?;
    // The servers under test log on standard error.
    programs.iter().try_for_each(|program| {
        let mut command = Command::new(&make);
        tools::run(command.args(["-s", goal]).current_dir(program)).map(drop)
    })
}
