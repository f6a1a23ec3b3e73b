//! A target with the I/O model, trigger and workers that it is generated with: one column of the matrix of servers.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::process::Signal;

use crate::choice::chosen;
use crate::exceptions;
use crate::paths;
use crate::program::Target;

/// What a laboratory spec is generated as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    pub target: Target,
    /// The word of `io.model`; `auto` is what the spec says by itself.
    pub model: &'static str,
    /// `io.trigger: edge`.
    pub edge: bool,
    /// `io.workers`.
    pub workers: u16,
    /// For Windows, with a model that is not of Windows alone.
    pub windows: bool,
}

impl From<Target> for Variant {
    fn from(target: Target) -> Self {
        Self::new(target, "auto")
    }
}

impl Variant {
    /// A model with one worker.
    #[must_use]
    pub const fn new(target: Target, model: &'static str) -> Self {
        Self { target, model, edge: false, workers: 1, windows: false }
    }

    #[must_use]
    pub const fn edge(self) -> Self {
        Self { edge: true, ..self }
    }

    #[must_use]
    pub const fn workers(self, workers: u16) -> Self {
        Self { workers, ..self }
    }

    #[must_use]
    pub const fn windows(self) -> Self {
        Self { windows: true, ..self }
    }

    /// Every variant, those of a target together and its default first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        VARIANTS.to_vec()
    }

    /// The variant called `name`, as [`Variant`] displays it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        VARIANTS.iter().copied().find(|variant| variant.to_string() == name)
    }

    /// What the spec says by itself: this one is tested in full always.
    #[must_use]
    pub fn is_default(self) -> bool {
        self == self.target.into()
    }

    /// Whether `TARGETS=c,rust` and `MODELS=poll,epoll-edge` let it through. A default variant is called `auto` there.
    #[must_use]
    pub fn chosen(self) -> bool {
        chosen("TARGETS", |word| word == self.target.name()) && chosen("MODELS", |word| self.is(word))
    }

    /// Whether it is called so: `poll`, `epoll-edge`; `epoll` is with and without edge and workers.
    #[must_use]
    pub fn is(self, model: &str) -> bool {
        model == self.model || model == self.io_name()
    }

    /// How many connections are served at the same time.
    #[must_use]
    pub fn at_once(self) -> usize {
        match self.model {
            "blocking" => 1,
            _ => usize::MAX,
        }
    }

    /// What it is generated for, unless that is Linux.
    #[must_use]
    pub fn platform(self) -> Option<&'static str> {
        match (self.model, self.target, self.edge) {
            ("kqueue", Target::C | Target::Python, true) => Some("freebsd"),
            ("kqueue", ..) => Some("macos"),
            ("wsapoll" | "iocp", ..) => Some("windows"),
            _ => self.windows.then_some("windows"),
        }
    }

    /// Whether it is for Windows, and runs under wine.
    #[must_use]
    pub fn on_windows(self) -> bool {
        self.platform() == Some("windows")
    }

    /// What asks it to stop, with the code of its exit at the second time. Windows has no SIGTERM.
    #[must_use]
    pub fn signals(self) -> &'static [(Signal, i32)] {
        if self.on_windows() { &[(Signal::INT, 130)] } else { &[(Signal::TERM, 143), (Signal::INT, 130)] }
    }

    /// Whether several processes serve.
    #[must_use]
    pub fn processes(self) -> bool {
        self.workers > 1 && matches!(self.target, Target::Python | Target::NodeJs)
    }

    /// `poll`, `epoll-edge`, `epoll-workers`, `threads-windows`.
    fn io_name(self) -> String {
        let edge = if self.edge { "-edge" } else { "" };
        let workers = if self.workers > 1 && self.model != "workers" { "-workers" } else { "" };
        let windows = if self.windows { "-windows" } else { "" };
        format!("{}{edge}{workers}{windows}", self.model)
    }

    /// A spec for this variant alone, made from one for all targets; it has a name of its own.
    ///
    /// # Errors
    /// When the spec cannot be read, has no `name:` and `targets:`, or the new one cannot be written.
    pub fn spec(self, spec: &Path) -> Result<PathBuf> {
        if self.is_default() {
            return Ok(spec.to_owned());
        }
        let text = std::fs::read_to_string(spec).with_context(|| format!("cannot read {}", spec.display()))?;
        let (text, _) = text.split_once("\ntargets:").with_context(|| format!("{}: no targets", spec.display()))?;
        let (before, named) = text.split_once("\nname: ").with_context(|| format!("{}: no name", spec.display()))?;
        let (name, after) = named.split_once('\n').unwrap_or((named, ""));
        let io = self.io_name().replace('_', "-");
        let trigger = if self.edge { ", trigger: edge" } else { "" };
        let workers = if self.workers > 1 { format!(", workers: {}", self.workers) } else { String::new() };
        let model = self.model;
        let platforms = self.platform().map(|platform| format!("platforms: [{platform}]\n")).unwrap_or_default();
        let targets = format!("targets: {{{}: {{io: {{model: {model}{trigger}{workers}}}}}}}", self.target);
        let text = format!("{before}\nname: {name}-{io}\n{after}\n{platforms}{targets}\n");
        let stem = spec.file_stem().unwrap_or_default().to_string_lossy();
        let file = paths::generated().join("specs").join(format!("{stem}-{io}.{}.yaml", self.target));
        write(&file, &text)?;
        Ok(file)
    }
}

/// Several tests may write the same text at the same time: none of them may find half of it.
fn write(file: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(file).is_ok_and(|old| old == text) {
        return Ok(());
    }
    std::fs::create_dir_all(file.parent().unwrap_or(file))?;
    let draft = file.with_extension(std::process::id().to_string());
    std::fs::write(&draft, text)?;
    std::fs::rename(&draft, file).with_context(|| format!("cannot write {}", file.display()))
}

/// `c`, `c-poll`, `rust-epoll-workers`.
impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_default() {
            true => write!(f, "{}", self.target),
            false => write!(f, "{}-{}", self.target, self.io_name()),
        }
    }
}

/// Makes [`VARIANTS`], and the macro that makes every function a test of every variant.
macro_rules! variants {
    ($dollar:tt $($kind:ident $module:ident = $variant:expr;)*) => {
        const VARIANTS: &[Variant] = &[$($variant),*];

        /// Makes functions `fn(Variant) -> Result<()>` tests of every variant, in a module of the variant's name. Of others than the
        /// default ones, those under `full` are left to `cargo xtask test --full`, of rare ones all. With `others` the default ones are left out.
        #[macro_export]
        macro_rules! for_each_variant {
            (others quick: $dollar quick:tt, full: $dollar full:tt $dollar(,)?) => {
                $($crate::variant_module!(others $kind $module $dollar quick $dollar full);)*
            };
            (quick: $dollar quick:tt, full: $dollar full:tt $dollar(,)?) => {
                $($crate::variant_module!($kind $module $dollar quick $dollar full);)*
            };
        }

        /// Makes a function a test of every rare variant.
        #[macro_export]
        macro_rules! for_each_rare_variant {
            ($dollar name:ident) => {
                $($crate::variant_module!(@rare $kind $module $dollar name);)*
            };
        }
    };
}

/// The tests of one variant.
#[doc(hidden)]
#[macro_export]
macro_rules! variant_module {
    (others always $module:ident $quick:tt $full:tt) => {};
    (others $kind:ident $module:ident $quick:tt $full:tt) => {
        $crate::variant_module!($kind $module $quick $full);
    };
    (always $module:ident [$($quick:ident),* $(,)?] [$($full:ident),* $(,)?]) => {
        mod $module {
            $($crate::variant_module!(@test $module $quick);)*
            $($crate::variant_module!(@test $module $full);)*
        }
    };
    (other $module:ident [$($quick:ident),* $(,)?] [$($full:ident),* $(,)?]) => {
        mod $module {
            $($crate::variant_module!(@test $module $quick);)*
            $($crate::variant_module!(@test $module $full #[ignore = "part of the full matrix"]);)*
        }
    };
    (rare $module:ident [$($quick:ident),* $(,)?] [$($full:ident),* $(,)?]) => {
        mod $module {
            $($crate::variant_module!(@test $module $quick #[ignore = "part of the full matrix"]);)*
            $($crate::variant_module!(@test $module $full #[ignore = "part of the full matrix"]);)*
        }
    };
    (@rare rare $module:ident $name:ident) => {
        mod $module {
            $crate::variant_module!(@test $module $name);
        }
    };
    (@rare $kind:ident $module:ident $name:ident) => {};
    (@test $module:ident $name:ident $(#[$attribute:meta])?) => {
        #[test]
        $(#[$attribute])?
        fn $name() -> anyhow::Result<()> {
            $crate::variant::run(module_path!(), stringify!($name), super::$name)
        }
    };
}

/// Runs a test for the variant of a module (`suite::variant`), if the environment wants it and the variant's system has what it tests.
///
/// # Errors
/// The test's own.
pub fn run(module: &str, name: &str, test: fn(Variant) -> Result<()>) -> Result<()> {
    let (suite, module) = module.rsplit_once("::").with_context(|| format!("{module:?} is of no suite"))?;
    let names_it = |variant: &&Variant| variant.to_string().replace('-', "_") == module;
    let variant = VARIANTS.iter().find(names_it).with_context(|| format!("no variant {module:?}"))?;
    let left_out = exceptions::not_on_windows(variant.target, suite, name).filter(|_| variant.on_windows());
    match left_out {
        _ if !variant.chosen() => Ok(()),
        Some(reason) => {
            println!("left out: {reason}");
            Ok(())
        }
        None => test(*variant),
    }
}

use Target::{C, NodeJs, Python, Rust};

variants! { $
    always c = Variant::new(C, "auto");
    other c_epoll_edge = Variant::new(C, "epoll").edge();
    other c_epoll_workers = Variant::new(C, "epoll").workers(2);
    other c_poll = Variant::new(C, "poll");
    other c_select = Variant::new(C, "select");
    other c_threads = Variant::new(C, "threads");
    other c_blocking = Variant::new(C, "blocking");
    other c_io_uring = Variant::new(C, "io_uring");
    other c_kqueue = Variant::new(C, "kqueue");
    other c_kqueue_edge = Variant::new(C, "kqueue").edge();
    other c_kqueue_workers = Variant::new(C, "kqueue").workers(2);
    other c_wsapoll = Variant::new(C, "wsapoll");
    other c_iocp = Variant::new(C, "iocp");
    rare c_select_windows = Variant::new(C, "select").windows();
    rare c_threads_windows = Variant::new(C, "threads").windows();
    rare c_blocking_windows = Variant::new(C, "blocking").windows();
    always python = Variant::new(Python, "auto");
    other python_asyncio_workers = Variant::new(Python, "asyncio").workers(2);
    other python_uvloop = Variant::new(Python, "uvloop");
    other python_epoll = Variant::new(Python, "epoll");
    other python_epoll_edge = Variant::new(Python, "epoll").edge();
    other python_poll = Variant::new(Python, "poll");
    other python_select = Variant::new(Python, "select");
    other python_threads = Variant::new(Python, "threads");
    other python_blocking = Variant::new(Python, "blocking");
    other python_kqueue = Variant::new(Python, "kqueue");
    other python_kqueue_edge = Variant::new(Python, "kqueue").edge();
    always nodejs = Variant::new(NodeJs, "auto");
    other nodejs_workers = Variant::new(NodeJs, "workers").workers(2);
    always rust = Variant::new(Rust, "auto");
    other rust_epoll_edge = Variant::new(Rust, "epoll").edge();
    other rust_epoll_workers = Variant::new(Rust, "epoll").workers(2);
    other rust_kqueue = Variant::new(Rust, "kqueue");
    other rust_kqueue_edge = Variant::new(Rust, "kqueue").edge();
    other rust_kqueue_workers = Variant::new(Rust, "kqueue").workers(2);
    other rust_poll = Variant::new(Rust, "poll");
    other rust_threads = Variant::new(Rust, "threads");
    other rust_blocking = Variant::new(Rust, "blocking");
    other rust_iocp = Variant::new(Rust, "iocp");
    rare rust_iocp_workers = Variant::new(Rust, "iocp").workers(2);
    other rust_io_uring = Variant::new(Rust, "io_uring");
    other rust_tokio = Variant::new(Rust, "tokio");
    other rust_tokio_workers = Variant::new(Rust, "tokio").workers(2);
    rare rust_blocking_windows = Variant::new(Rust, "blocking").windows();
    rare rust_threads_windows = Variant::new(Rust, "threads").windows();
    rare rust_tokio_windows = Variant::new(Rust, "tokio").windows();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_found() {
        for variant in Variant::all() {
            assert_eq!(Variant::from_name(&variant.to_string()), Some(variant));
        }
    }

    #[test]
    fn a_spec_is_made_the_variants_own() -> Result<()> {
        let variant = Variant::new(C, "io_uring").workers(2);
        let text = std::fs::read_to_string(variant.spec(&paths::lab_spec("plain"))?)?;
        assert!(text.contains("\nname: lab-plain-io-uring-workers\n"), "{text}");
        assert!(text.ends_with("\ntargets: {c: {io: {model: io_uring, workers: 2}}}\n"), "{text}");
        Ok(())
    }
}
