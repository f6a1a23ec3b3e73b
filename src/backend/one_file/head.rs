//! What stands before the program: what it is, how it is compiled, and what its Makefile would define.

use std::collections::BTreeSet;

use crate::model::{Model, Platform, ServerType, TargetPlan};

/// As clang-format has it.
const COLUMNS: usize = 100;

/// What decides how a program is compiled.
pub struct Build<'a> {
    /// The folder's.
    pub makefile: &'a str,
    /// The spec's.
    pub model: &'a Model,
    /// That of C.
    pub plan: &'a TargetPlan,
}

/// A file's name without its end. One that a shell would take for something else is not used.
pub fn stem(name: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let stem = name.strip_suffix(".c").filter(|stem| stem.bytes().all(plain));
    stem.filter(|stem| !stem.is_empty() && !stem.starts_with('-')).unwrap_or("server")
}

impl<'a> Build<'a> {
    /// The comment at the top.
    pub fn comment(&self, name: &str) -> String {
        let kind = match self.model.kind {
            ServerType::WebSocket => "WebSocket",
            ServerType::Tcp => "TCP",
            ServerType::Udp => "UDP",
        };
        let language = self.plan.language_version.to_ascii_uppercase();
        let mut text = format!("//\n// {}: a {kind} server in {language}.\n//\n", self.model.name);
        text += &format!("// specgen {} generated it: change its spec rather than this file.\n", crate::VERSION);
        text += "// HOST, PORT and more of the environment go before what the spec says (environment.c).\n//\n";
        if !self.windows_alone() {
            text += &format!("// {}\n", self.line(name, false));
        }
        if self.model.platforms.contains(&Platform::Windows) {
            let also = if self.windows_alone() { "" } else { "//\n// For Windows:\n//\n" };
            text += &format!("{also}// {}\n", self.line(name, true));
        }
        text
    }

    /// Whether it runs on nothing else.
    pub fn windows_alone(&self) -> bool {
        self.model.platforms == [Platform::Windows]
    }

    /// [`Self::command`], with another name where it would not fit in a line.
    fn line(&self, name: &str, windows: bool) -> String {
        let own = self.command(stem(name), windows);
        if "// ".len() + own.len() <= COLUMNS { own } else { self.command("server", windows) }
    }

    /// The command that compiles the file of that name.
    pub fn command(&self, stem: &str, windows: bool) -> String {
        let compiler = if windows { "gcc" } else { self.plan.compiler.as_deref().unwrap_or("cc") };
        let end = if windows { ".exe" } else { "" };
        let libraries: String = self.libraries(windows).iter().map(|library| format!(" {library}")).collect();
        format!("{compiler} -std={} -O2 {stem}.c -o {stem}{end}{libraries}", self.plan.language_version)
    }

    /// What the Makefile links, each once; with what Windows alone needs.
    fn libraries(&self, windows: bool) -> Vec<&'a str> {
        let mut seen = BTreeSet::new();
        let lines = self.flags("LDLIBS +=").filter(|(_, of_windows)| windows || !of_windows);
        lines.flat_map(|(words, _)| words.split_whitespace()).filter(|word| seen.insert(*word)).collect()
    }

    /// What the Makefile defines, as the compiler's `-D` does.
    pub fn definitions(&self) -> String {
        let wanted = |windows| {
            let lines = self.flags("CPPFLAGS +=").filter(move |(_, of_windows)| *of_windows == windows);
            lines.flat_map(|(words, _)| words.split_whitespace()).filter_map(define).collect::<String>()
        };
        match (wanted(false), wanted(true)) {
            (everywhere, windows) if windows.is_empty() || self.windows_alone() => format!("\n{everywhere}{windows}"),
            (everywhere, windows) => format!("\n{everywhere}\n#ifdef _WIN32\n{windows}#endif\n"),
        }
    }

    /// What is added to a variable, and whether for Windows alone.
    fn flags(&self, addition: &'static str) -> impl Iterator<Item = (&'a str, bool)> + use<'a> {
        let mut windows = false;
        self.makefile.lines().filter_map(move |line| {
            windows = (windows || line.starts_with("ifneq ($(findstring mingw")) && line != "endif";
            Some((line.strip_prefix(addition)?, windows))
        })
    }
}

fn define(flag: &str) -> Option<String> {
    let definition = flag.strip_prefix("-D")?;
    let (name, value) = definition.split_once('=').unwrap_or((definition, "1"));
    // clang-tidy minds names that begin so.
    let reserved = if name.starts_with('_') { " // NOLINT: the C library's" } else { "" };
    Some(format!("#define {name} {value}{reserved}\n"))
}
