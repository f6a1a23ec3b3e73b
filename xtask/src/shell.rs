//! Running programs and reading flags.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use generated_tests::paths;
use generated_tests::variant::Variant;

/// A cargo command in the workspace's root.
pub fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(paths::root());
    command
}

/// Says what is run, runs it with its output shown, and demands success.
pub fn show(command: &mut Command) -> Result<()> {
    let words: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
    eprintln!("$ {}", words.join(OsStr::new(" ")).to_string_lossy());
    let status = command.status().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !status.success() {
        bail!("{:?} ended with {status}", command.get_program());
    }
    Ok(())
}

/// A file beside xtask's own source.
pub fn own(file: &str) -> PathBuf {
    paths::root().join("xtask").join(file)
}

/// What a command prints, without its last line feed.
pub fn output(command: &mut Command) -> Result<String> {
    let output = generated_tests::tools::run(command)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Writes a file whole and only if it changes.
pub fn write(path: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// Flags in the form `--name` and `--name VALUE`.
pub struct Flags<'a>(Vec<&'a str>);

impl<'a> Flags<'a> {
    pub fn new(arguments: &'a [String]) -> Self {
        Self(arguments.iter().map(String::as_str).collect())
    }

    /// Takes a switch.
    pub fn switch(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|argument| *argument != name);
        self.0.len() < before
    }

    /// Takes a flag with its value.
    pub fn value(&mut self, name: &str) -> Result<Option<&'a str>> {
        let Some(at) = self.0.iter().position(|argument| *argument == name) else { return Ok(None) };
        if at + 1 >= self.0.len() {
            bail!("{name} wants a value");
        }
        self.0.remove(at);
        Ok(Some(self.0.remove(at)))
    }

    /// `--target T`, `--model M` (its name as in the name of a variant, `epoll-edge`), `--all-models`. Without a model those that the
    /// specs name by themselves.
    pub fn variants(&mut self) -> Result<Vec<Variant>> {
        let target = self.value("--target")?;
        let model = self.value("--model")?;
        let all = self.switch("--all-models");
        let of_target = |variant: &Variant| target.is_none_or(|name| variant.target.name() == name);
        let of_model = |variant: &Variant| match model {
            Some(model) => variant.is(model),
            None => all || variant.is_default(),
        };
        let found: Vec<Variant> =
            Variant::all().into_iter().filter(|variant| of_target(variant) && of_model(variant)).collect();
        if found.is_empty() {
            let names: Vec<String> = Variant::all().iter().map(Variant::to_string).collect();
            bail!("no such server; there are {}", names.join(", "));
        }
        Ok(found)
    }

    /// Nothing may be left.
    pub fn end(self) -> Result<()> {
        match self.0.first() {
            Some(unknown) => bail!("unexpected argument {unknown:?}"),
            None => Ok(()),
        }
    }
}
