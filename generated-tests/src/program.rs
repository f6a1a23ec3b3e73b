//! A spec made into a runnable server: `specgen build`, then the language's own build.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::variant::Variant;
use crate::{gates, paths, shim, tools, wine};

/// The language a server is generated in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    C,
    Python,
    NodeJs,
    Rust,
}

impl Target {
    pub const ALL: [Self; 4] = [Self::C, Self::Python, Self::NodeJs, Self::Rust];

    /// The name that `specgen build --target` takes; also the folder of the output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Python => "python",
            Self::NodeJs => "nodejs",
            Self::Rust => "rust",
        }
    }

    /// The target called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a program is built and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Rust with overflow checks; the other languages know one way only.
    Checked,
    /// As users build it.
    Release,
    /// Under what finds more than a wrong answer: C with AddressSanitizer and UndefinedBehaviorSanitizer, or ThreadSanitizer where there are threads;
    /// Python in development mode with warnings as errors; Node.js with deprecations as errors.
    Strict,
}

/// A built server: how to start it.
#[derive(Clone, Debug)]
pub struct Program {
    pub variant: Variant,
    /// The output of `specgen build` for this target.
    pub folder: PathBuf,
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Program {
    /// Builds one of the laboratory's own specs.
    ///
    /// # Errors
    /// When `specgen` or a toolchain is missing or fails.
    pub fn of_lab_spec(name: &str, variant: impl Into<Variant>) -> Result<Self> {
        Self::build(&paths::lab_spec(name), variant, Profile::Checked)
    }

    /// Generates the spec's program as this variant and builds it, in a folder kept between runs.
    ///
    /// # Errors
    /// When `specgen` or a toolchain is missing or fails.
    pub fn build(spec: &Path, variant: impl Into<Variant>, profile: Profile) -> Result<Self> {
        let variant = variant.into();
        let target = variant.target;
        let spec = variant.spec(spec)?;
        let name = spec_name(&spec)?;
        let mut folder = generate(&spec, target)?;
        let _guard = lock(&paths::generated().join(format!("{name}-{target}-build")))?;
        if let (Target::Rust, Some(platform @ ("macos" | "freebsd"))) = (target, variant.platform()) {
            folder = shim::on_linux(&folder, platform)?;
        }
        let (program, arguments) = match target {
            Target::C if variant.on_windows() => wine::build_c(&folder, &name)?,
            Target::Rust if variant.on_windows() => wine::build_rust(&folder, &name)?,
            Target::C => (build_c(&folder, &name, variant, profile)?, vec![]),
            Target::Python => (interpreter(variant)?, words(profile, "-X dev -W error", &server_module(variant))),
            Target::NodeJs => (tools::find("node")?, words(profile, "--throw-deprecation", "src/main.js")),
            Target::Rust => (build_rust(&folder, &name, profile)?, vec![]),
        };
        Ok(Self { variant, folder, program, arguments })
    }

    /// Generates a C program of one of the laboratory's own specs as one file, and builds it as that file's comment says, with sanitizers.
    ///
    /// # Errors
    /// When `specgen` or the compiler is missing or fails.
    pub fn one_file(spec: &str) -> Result<Self> {
        let folder = paths::generated().join("one-file").join(spec);
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("server.c");
        let mut command = Command::new(specgen()?);
        tools::run(command.arg("build").arg(paths::lab_spec(spec)).arg("--force").arg("-o").arg(&file))?;
        let text = std::fs::read_to_string(&file)?;
        let line = text.lines().find_map(|line| line.strip_prefix("// cc ")).context("the file names no command")?;
        let mut compiler = Command::new(tools::find("cc")?);
        compiler
            .args(line.split_whitespace())
            .args(["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"])
            .current_dir(&folder);
        tools::run(&mut compiler)?;
        let program = folder.join("server");
        Ok(Self { variant: Target::C.into(), folder, program, arguments: vec![] })
    }

    /// Runs a server that must not start, to its end.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn fails(&self, environment: &[(&str, &str)]) -> Result<Output> {
        let mut command = self.command();
        command.env("HOST", "127.0.0.1").env("PORT", "0").envs(environment.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                child.kill()?;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(child.wait_with_output()?)
    }

    /// The same program with a working folder of its own, for tests that write what the server reads.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn aside(&self, purpose: &str) -> Result<Self> {
        let folder = paths::generated().join("aside").join(format!("{purpose}-{}", self.variant));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        if matches!(self.variant.target, Target::Python | Target::NodeJs) {
            gates::copy_folder(&self.folder, &folder)?;
        }
        Ok(Self { folder, ..self.clone() })
    }

    /// The command that starts the server.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.folder);
        if self.variant.on_windows() {
            wine::prepare(&mut command);
        }
        command
    }
}

/// Runs `specgen build` for one target and returns the target's folder.
///
/// # Errors
/// When `specgen` is missing or fails.
pub fn generate(spec: &Path, target: Target) -> Result<PathBuf> {
    let out = paths::generated().join(spec_stem(spec)?);
    let _guard = lock(&out)?;
    let mut command = Command::new(specgen()?);
    // With a slash behind it: a variant's name may end as a C file's.
    command.arg("build").arg(spec).args(["--target", target.name(), "-o"]).arg(out.join(""));
    tools::run(&mut command)?;
    Ok(out.join(target.name()))
}

/// The `name:` of a spec, which is the name of its package and binary.
fn spec_name(spec: &Path) -> Result<String> {
    let text = std::fs::read_to_string(spec).with_context(|| format!("cannot read {}", spec.display()))?;
    let value = text.lines().find_map(|line| line.strip_prefix("name:").or_else(|| line.strip_prefix("name ")));
    let value = value.with_context(|| format!("{} has no line `name: …`", spec.display()))?;
    Ok(value.trim().trim_matches('"').to_owned())
}

/// The file name without its end: two specs of one name do not share a folder.
fn spec_stem(spec: &Path) -> Result<&str> {
    spec.file_stem().and_then(|stem| stem.to_str()).with_context(|| format!("{} has no file name", spec.display()))
}

/// The `specgen` binary: `SPECGEN_BIN`, or the one that cargo builds from this workspace.
///
/// # Errors
/// When cargo cannot build it.
pub fn specgen() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("SPECGEN_BIN") {
        return Ok(PathBuf::from(path));
    }
    let mut cargo = Command::new(tools::find("cargo")?);
    tools::run(
        cargo.args(["build", "--quiet", "--package", "specgen", "--bin", "specgen"]).current_dir(paths::root()),
    )?;
    Ok(paths::target().join("debug/specgen"))
}

/// A command of `specgen`'s. Where it builds a spec's server it touches nothing of the user's, and finds the crates that are there already.
///
/// # Errors
/// As [`specgen`].
pub fn specgen_command() -> Result<Command> {
    let mut command = Command::new(specgen()?);
    command.env("XDG_CACHE_HOME", paths::generated().join("cache"));
    command.env("CARGO_TARGET_DIR", paths::generated().join("cargo"));
    Ok(command)
}

/// uvloop is installed for the tests alone.
fn interpreter(variant: Variant) -> Result<PathBuf> {
    match variant.model {
        "uvloop" => tools::python_tool("python"),
        _ => tools::python(),
    }
}

/// A server for kqueue runs on Linux with one of the tests' own.
fn server_module(variant: Variant) -> String {
    match variant.model {
        "kqueue" => paths::client("with_kqueue.py").display().to_string(),
        _ => "-m server".to_owned(),
    }
}

/// The arguments of an interpreter, with others in front of them where it is to be strict.
fn words(profile: Profile, strict: &str, always: &str) -> Vec<OsString> {
    let strict = if profile == Profile::Strict { strict } else { "" };
    strict.split_whitespace().chain(always.split_whitespace()).map(OsString::from).collect()
}

fn build_c(folder: &Path, name: &str, variant: Variant, profile: Profile) -> Result<PathBuf> {
    tools::find("cc")?;
    let mut make = Command::new(tools::find("make")?);
    make.args(["-s", "-j2"]).current_dir(folder);
    if let Some("macos" | "freebsd") = variant.platform() {
        borrow_kqueue(&mut make);
    }
    if profile != Profile::Strict {
        tools::run(&mut make)?;
        return Ok(folder.join("build").join(name));
    }
    let threads = variant.model == "threads" || variant.workers > 1;
    let sanitizers = if threads { "thread" } else { "address,undefined" };
    make.args(["RELEASE=build/strict.d", "PROGRAM=build/strict.d/server"]);
    make.arg(format!("CFLAGS=-O1 -g -fsanitize={sanitizers} -fno-omit-frame-pointer"));
    tools::run(&mut make)?;
    Ok(folder.join("build/strict.d/server"))
}

/// A server for macOS or FreeBSD is built for Linux, with a kqueue of the tests' own.
fn borrow_kqueue(make: &mut Command) {
    let folder = paths::root().join("generated-tests/kqueue");
    let [folder, systems, source] = ["", "systems.h", "kqueue.c"].map(|file| folder.join(file));
    make.env("CPPFLAGS", format!("-I{} -include {}", folder.display(), systems.display()));
    make.env("LDFLAGS", format!("-D_GNU_SOURCE -I{} {}", folder.display(), source.display()));
}

/// All Rust programs share one target directory, so that what they depend on is built once.
fn build_rust(folder: &Path, name: &str, profile: Profile) -> Result<PathBuf> {
    let shared = paths::generated().join("cargo");
    let mut cargo = Command::new(tools::find("cargo")?);
    cargo.args(["build", "--quiet"]).current_dir(folder).env("CARGO_TARGET_DIR", &shared);
    // Each program is built once: what helps to build it again, or to step through it, only costs time.
    cargo.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    let built = match profile {
        Profile::Checked | Profile::Strict => shared.join("debug").join(name),
        Profile::Release => {
            cargo.arg("--release");
            shared.join("release").join(name)
        }
    };
    tools::run(&mut cargo)?;
    if !built.is_file() {
        bail!("cargo made no {}", built.display());
    }
    Ok(built)
}

/// Keeps other test processes from building the same folder at the same time, until dropped.
fn lock(path: &Path) -> Result<File> {
    let path = path.with_extension("lock");
    std::fs::create_dir_all(paths::generated())?;
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}
