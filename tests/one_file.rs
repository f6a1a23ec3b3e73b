//! `specgen build -o server.c`: one file, and never somebody else's.

#![allow(clippy::disallowed_methods, reason = "tests read and write")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SPEC: &str = "specgen: 1\nname: demo\ntype: websocket\ntargets: [c, python]\n";

/// A folder with a spec in it, away from links.
struct Folder {
    _kept: tempfile::TempDir,
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let kept = tempfile::tempdir().unwrap();
        let path = kept.path().canonicalize().unwrap();
        fs::write(path.join("server.yaml"), SPEC).unwrap();
        Self { _kept: kept, path }
    }

    /// The exit code, standard output and standard error.
    fn build(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_specgen"));
        let output = command.arg("build").args(arguments).current_dir(&self.path).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.path).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Builds server.c, which has to be refused; the first line of why.
    fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let (status, _, said) = self.build(arguments);
        assert_eq!(status, code, "{said}");
        said.lines().next().unwrap().to_owned()
    }
}

const WRITTEN: &str = "server.c: written\n  next: cc -std=c11 -O2 server.c -o server -lz && ./server\n";
const UNCHANGED: &str = "server.c: unchanged\n  next: cc -std=c11 -O2 server.c -o server -lz && ./server\n";

#[test]
fn one_file_and_nothing_beside_it() {
    let folder = Folder::new();
    let build = ["server.yaml", "-o", "server.c"];
    assert_eq!(folder.build(&build), (0, WRITTEN.to_owned(), String::new()));
    assert_eq!(folder.names(), ["server.c", "server.yaml"]);
    let first = folder.read("server.c");
    assert_eq!(folder.build(&build), (0, UNCHANGED.to_owned(), String::new()));
    assert_eq!(folder.read("server.c"), first);
    let (code, told, _) = folder.build(&["server.yaml", "-o", "new/place/ws.c"]);
    let next = "cd new/place && cc -std=c11 -O2 ws.c -o ws -lz && ./ws";
    assert_eq!((code, told), (0, format!("new/place/ws.c: written\n  next: {next}\n")));
}

#[test]
fn a_reader_finds_what_it_is_and_then_its_parts_in_order() {
    let folder = Folder::new();
    fs::write(
        folder.path.join("lines.yaml"),
        "specgen: 1\nname: lines\ntype: tcp\ntcp: {framing: lines}\ntargets: [c]\n",
    )
    .unwrap();
    folder.build(&["lines.yaml", "-o", "server.c"]);
    let text = folder.read("server.c");
    let (stamp, rest) = text.split_once('\n').unwrap();
    assert!(stamp.starts_with("// Written by `specgen build`: "), "{stamp}");
    let head = format!(
        "//\n// lines: a TCP server in C11.\n//\n// specgen {} generated it: change its spec rather than this file.\n\
         // HOST, PORT and more of the environment go before what the spec says (environment.c).\n//\n\
         // cc -std=c11 -O2 server.c -o server\n\n#define _GNU_SOURCE 1 // NOLINT: the C library's\n\n#include <arpa/inet.h>\n",
        specgen::VERSION
    );
    assert_eq!(&rest[..head.len()], head);
    let sources: Vec<&str> = headings(&text).into_iter().filter(|name| name.ends_with(".c")).collect();
    let expected = "environment.c log.c log_text.c protocol/buffer.c protocol/framing_lines.c protocol/incoming.c \
                    protocol/message.c protocol/session.c transport/address.c transport/admission.c transport/connection.c \
                    transport/epoll.c transport/host.c transport/listener.c transport/options.c transport/output.c \
                    transport/readiness.c transport/report.c transport/serve.c transport/serve_one.c transport/server.c \
                    transport/signals.c transport/socket_io.c transport/timers.c transport/wake_eventfd.c transport/worker.c \
                    app/echo.c main.c";
    assert_eq!(sources.join(" "), expected);
    assert_eq!(headings(&text)[0], "config.h");
}

/// The names over the parts; a comment in one may name a file, too, but has code behind it.
fn headings(text: &str) -> Vec<&str> {
    let is_path = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._".contains(&byte));
    let is_file = |name: &&str| name.ends_with(".c") || name.ends_with(".h");
    let pairs = text.lines().zip(text.lines().skip(1)).filter(|(_, next)| ["", "//"].contains(next));
    pairs.filter_map(|(line, _)| line.strip_prefix("// ")).filter(is_path).filter(is_file).collect()
}

#[test]
fn every_part_is_in_it_once_and_no_include_of_it_is_left() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for spec in ["examples/echo", "features/everything-on", "features/platforms-windows", "features/windows-udp"] {
        let folder = Folder::new();
        let spec = root.join("specs").join(spec).with_extension("yaml");
        let spec = spec.to_str().unwrap();
        let (code, _, said) = folder.build(&[spec, "-o", "server.c"]);
        assert_eq!((code, &*said), (0, ""));
        let text = folder.read("server.c");
        for unwanted in ["#include \"", "#include_next", "_H\n", "\n\n\n", "\n#ifdef _WIN32\n#endif"] {
            assert!(!text.contains(unwanted), "{spec}: {unwanted:?}");
        }
        let mut names = headings(&text);
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{spec}");
        folder.build(&[spec, "--target", "c", "-o", "out"]);
        let sources = fs::read_to_string(folder.path.join("out/c/.specgen.json")).unwrap();
        let sources = sources.lines().filter_map(|line| line.trim().strip_prefix("\"src/")?.split_once(".c\""));
        for (name, _) in sources {
            assert!(names.contains(&&*format!("{name}.c")), "{spec}: no {name}.c");
        }
    }
}

#[test]
fn what_was_edited_or_is_not_ours_stays() {
    let folder = Folder::new();
    let build = ["server.yaml", "-o", "server.c"];
    let forced = ["server.yaml", "-o", "server.c", "--force"];
    folder.build(&build);
    let ours = folder.read("server.c");
    for (found, why) in [
        (ours.replace("9001", "9002") + "// mine\n", "error[SG401]: server.c was edited by hand"),
        ("int main(void) {\n}\n".to_owned(), "error[SG402]: server.c is not specgen's"),
        (String::new(), "error[SG402]: server.c is not specgen's"),
    ] {
        fs::write(folder.path.join("server.c"), &found).unwrap();
        assert_eq!(folder.refused(1, &build), why);
        assert_eq!(folder.read("server.c"), found);
        assert_eq!(folder.build(&forced), (0, WRITTEN.to_owned(), String::new()));
        assert_eq!(folder.read("server.c"), ours);
    }
    fs::write(folder.path.join("server.yaml"), SPEC.replace("demo", "other")).unwrap();
    assert_eq!(folder.build(&build).1, WRITTEN, "an old one of ours is replaced");
    assert_eq!(folder.names(), ["server.c", "server.yaml"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed_and_a_folder_is_a_folder() {
    let folder = Folder::new();
    fs::write(folder.path.join("elsewhere.c"), "mine\n").unwrap();
    std::os::unix::fs::symlink("elsewhere.c", folder.path.join("link.c")).unwrap();
    let why = folder.refused(1, &["server.yaml", "-o", "link.c", "--force"]);
    assert_eq!(why, "error[SG403]: link.c is a symbolic link");
    assert_eq!(folder.read("elsewhere.c"), "mine\n");
    fs::create_dir(folder.path.join("old.c")).unwrap();
    for name in ["old.c", "new.c/"] {
        assert_eq!(folder.build(&["server.yaml", "--target", "c", "-o", name]).0, 0);
        assert!(folder.path.join(name).join("c/Makefile").is_file());
    }
}

#[test]
fn check_and_dry_run_write_nothing() {
    let folder = Folder::new();
    let with = |flag| folder.build(&["server.yaml", "-o", "server.c", flag]);
    assert_eq!(with("--dry-run"), (0, "server.c: would be written\n".to_owned(), String::new()));
    let (code, difference, _) = with("--check");
    assert_eq!(code, 1);
    assert!(difference.starts_with("--- /dev/null\n+++ b/server.c\n@@ -0,0 "), "{difference}");
    assert_eq!(folder.names(), ["server.yaml"]);
    folder.build(&["server.yaml", "-o", "server.c"]);
    assert_eq!(with("--check"), (0, String::new(), String::new()));
    assert_eq!(with("--dry-run"), (0, "server.c: unchanged\n".to_owned(), String::new()));
    fs::write(folder.path.join("server.yaml"), format!("{SPEC}listen: {{port: 9002}}\n")).unwrap();
    let (code, difference, said) = with("--check");
    assert_eq!(code, 1);
    assert!(difference.starts_with("--- a/server.c\n+++ b/server.c\n@@ "), "{difference}");
    let changed = "-static const uint16_t CONFIG_PORT = 8080;\n+static const uint16_t CONFIG_PORT = 9002;\n";
    assert!(difference.contains(changed), "{difference}");
    assert!(said.starts_with("error[SG406]: server.c differs from what the spec gives"), "{said}");
}

#[test]
fn reports_for_programs_name_the_file() {
    let folder = Folder::new();
    let json = ["server.yaml", "-o", "server.c", "--format", "json"];
    let report =
        |(code, text, _): (i32, String, String)| (code, serde_json::from_str::<serde_json::Value>(&text).unwrap());
    let expected = |changes: serde_json::Value| {
        let output = serde_json::json!({"name": "demo", "target": "c", "file": "server.c", "changes": changes});
        serde_json::json!({"success": true, "diagnostics": [], "outputs": [output]})
    };
    assert_eq!(report(folder.build(&json)), (0, expected(serde_json::json!({"server.c": "create"}))));
    assert_eq!(report(folder.build(&json)), (0, expected(serde_json::json!({}))));
    let (code, wrong) = report(folder.build(&["server.yaml", "-o", "server.py", "--format", "json"]));
    assert_eq!((code, &wrong["success"], &wrong["diagnostics"][0]["code"]), (2, &false.into(), &"SG408".into()));
}

#[test]
fn what_cannot_be_one_file_is_said() {
    let folder = Folder::new();
    for (name, language) in [("server.py", "python"), ("a.js", "nodejs"), ("a.mjs", "nodejs"), ("server.rs", "rust")] {
        let why = folder.refused(2, &["server.yaml", "-o", name]);
        assert_eq!(why, format!("error[SG408]: {name} would be a {language} program in one file"));
    }
    let why = folder.refused(2, &["server.yaml", "-o", "server.c", "--target", "python"]);
    assert_eq!(why, "error[SG408]: --target python is no C file");
    fs::write(folder.path.join("more.yaml"), SPEC.replace("demo", "more")).unwrap();
    let why = folder.refused(2, &["server.yaml", "more.yaml", "-o", "server.c"]);
    assert_eq!(why, "error[SG408]: server.c is one file, and there are 2 specs");
    fs::write(folder.path.join("more.yaml"), format!("{SPEC}app: custom\n")).unwrap();
    let why = folder.refused(1, &["more.yaml", "-o", "server.c"]);
    assert_eq!(why, "error[SG408]: the handlers of `app: custom` are a file of yours");
    fs::write(folder.path.join("more.yaml"), SPEC.replace("c, ", "")).unwrap();
    assert_eq!(folder.refused(1, &["more.yaml", "-o", "server.c"]), "error[SG106]: more.yaml has no target `c`");
    assert_eq!(folder.names(), ["more.yaml", "server.yaml"]);
}

#[test]
fn a_name_that_a_shell_would_misread_is_not_in_the_command() {
    let folder = Folder::new();
    for (name, stem) in [("a b.c", "server"), ("$(x).c", "server"), ("ünï.c", "server"), ("my-ws_2.c", "my-ws_2")] {
        folder.build(&["server.yaml", "-o", name]);
        let command = format!("// cc -std=c11 -O2 {stem}.c -o {stem} -lz\n");
        assert!(folder.read(name).contains(&command), "{name}");
    }
    let long = format!("{}.c", "x".repeat(60));
    assert!(folder.build(&["server.yaml", "-o", &long]).1.contains(&format!("-o {}", "x".repeat(60))));
    assert!(folder.read(&long).contains("// cc -std=c11 -O2 server.c -o server -lz\n"));
}
