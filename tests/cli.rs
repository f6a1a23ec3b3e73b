//! The command line as users and CI call it.

#![allow(clippy::disallowed_methods, reason = "tests read and write")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const SPEC: &str = "specgen: 1\nname: demo\ntype: websocket\ntargets: [c, python, nodejs, rust]\n";

fn specgen(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_specgen"));
    command.current_dir(folder).env_remove("DEFAULT_BUFFER_SIZE").stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    specgen(folder).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder with a spec in it, away from links.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let kept = tempfile::tempdir().unwrap();
    let path = kept.path().canonicalize().unwrap();
    fs::write(path.join("server.yaml"), SPEC).unwrap();
    (kept, path)
}

fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(snapshot(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn build_says_what_it_did_and_what_is_next() {
    let (_kept, folder) = folder();
    let output = run(&folder, &["build", "server.yaml", "-o", "out", "--target", "c"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let files = snapshot(&folder.join("out")).len();
    assert_eq!(stdout(&output), format!("out/c: {files} files written\n  next: make -C out/c && out/c/build/demo\n"));
    let again = run(&folder, &["build", "server.yaml", "-o", "out", "--target", "c"]);
    assert!(stdout(&again).starts_with("out/c: unchanged\n"));
}

#[test]
fn check_and_dry_run_write_nothing() {
    let (_kept, folder) = folder();
    let dry = run(&folder, &["build", "server.yaml", "--dry-run", "--target", "c"]);
    assert_eq!(dry.status.code(), Some(0));
    assert!(stdout(&dry).contains("  create Makefile\n"), "{}", stdout(&dry));
    let check = run(&folder, &["build", "server.yaml", "--check", "--target", "c"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(!folder.join("out").exists());
    assert_eq!(run(&folder, &["build", "server.yaml"]).status.code(), Some(0));
    let clean = run(&folder, &["build", "server.yaml", "--check"]);
    assert_eq!((clean.status.code(), stdout(&clean)), (Some(0), String::new()));
    fs::write(folder.join("server.yaml"), SPEC.to_owned() + "listen: {port: 7777}\n").unwrap();
    let drift = run(&folder, &["build", "server.yaml", "--check", "--target", "python"]);
    assert_eq!(drift.status.code(), Some(1));
    let difference = stdout(&drift);
    assert!(
        difference.contains("--- a/out/python/server/config.py\n+++ b/out/python/server/config.py\n"),
        "{difference}"
    );
    assert!(difference.contains("\n-PORT: Final[int] = 8080\n+PORT: Final[int] = 7777\n"), "{difference}");
    assert!(stderr(&drift).contains("error[SG406]"));
}

#[test]
fn the_notation_folder_user_locale_and_time_zone_do_not_matter() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/examples");
    for example in ["echo", "broadcast", "custom", "compression", "lines", "telemetry"] {
        let (_one_kept, one) = folder();
        let (_two_kept, two) = folder();
        let built = run(&one, &["build", examples.join(format!("{example}.yaml")).to_str().unwrap(), "-o", "out"]);
        assert_eq!(built.status.code(), Some(0), "{}", stderr(&built));
        fs::create_dir_all(two.join("elsewhere")).unwrap();
        fs::copy(examples.join(format!("{example}.kdl")), two.join("elsewhere/other.kdl")).unwrap();
        let built = specgen(&two.join("elsewhere"))
            .args(["build", "other.kdl", "-o", "../out"])
            .envs([("LC_ALL", "tr_TR.UTF-8"), ("TZ", "Pacific/Apia"), ("USER", "nobody"), ("HOME", "/nonexistent")])
            .output()
            .unwrap();
        assert_eq!(built.status.code(), Some(0), "{}", stderr(&built));
        let relative = |root: &Path| -> BTreeMap<PathBuf, Vec<u8>> {
            let root = root.join("out");
            snapshot(&root)
                .into_iter()
                .map(|(path, text)| (path.strip_prefix(&root).unwrap().to_owned(), text))
                .collect()
        };
        assert_eq!(relative(&one), relative(&two), "{example}");
    }
}

#[test]
fn several_specs_go_into_folders_of_their_names() {
    let (_kept, folder) = folder();
    fs::create_dir(folder.join("specs")).unwrap();
    for name in ["one", "two"] {
        fs::write(folder.join(format!("specs/{name}.yaml")), SPEC.replace("demo", name)).unwrap();
    }
    let output = run(&folder, &["build", "specs", "--target", "nodejs"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(folder.join("out/one/nodejs/package.json").is_file());
    assert!(folder.join("out/two/nodejs/package.json").is_file());
    fs::write(folder.join("specs/three.yaml"), SPEC.replace("demo", "two")).unwrap();
    let before = snapshot(&folder.join("out"));
    let output = run(&folder, &["build", "specs", "--target", "nodejs"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("SG407"), "{}", stderr(&output));
    assert_eq!(snapshot(&folder.join("out")), before);
}

#[test]
fn a_spec_on_standard_input_may_be_either_notation() {
    let (_kept, folder) = folder();
    for (spec, valid) in
        [(SPEC, true), ("specgen 1\nname \"x\"\ntype \"websocket\"\ntargets \"c\"\n", true), ("", false)]
    {
        let mut child = specgen(&folder)
            .args(["check", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(spec.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(if valid { 0 } else { 1 }), "{spec:?}: {}", stderr(&output));
    }
}

#[test]
fn hopeless_inputs_end_at_once_with_a_clear_error() {
    let (_kept, folder) = folder();
    let write = |name: &str, text: &[u8]| fs::write(folder.join(name), text).unwrap();
    write("large.yaml", &vec![b'a'; 100 * 1024 * 1024]);
    write("deep.yaml", "[".repeat(1_000_000).as_bytes());
    write("deep.kdl", "a{".repeat(500_000).as_bytes());
    write("comments.kdl", "/*".repeat(500_000).as_bytes());
    write("quotes.kdl", "\"".repeat(1_000_001).as_bytes());
    write("indented.yaml", (0..1000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>().as_bytes());
    write("keys.yaml", (0..100_000).map(|key| format!("k{key}: 1\n")).collect::<String>().as_bytes());
    write("noextension", SPEC.as_bytes());
    fs::create_dir(folder.join("empty")).unwrap();
    fs::create_dir(folder.join("folder.yaml")).unwrap();
    for (input, code) in [
        ("large.yaml", "SG002"),
        ("deep.yaml", "SG003"),
        ("deep.kdl", "SG003"),
        ("comments.kdl", "SG003"),
        ("quotes.kdl", "SG005"),
        ("indented.yaml", "SG003"),
        ("keys.yaml", "SG101"),
        ("noextension", "SG007"),
        ("empty", "SG007"),
        ("folder.yaml", "SG007"),
        ("missing.yaml", "SG007"),
        ("/dev/zero", "SG007"),
    ] {
        let start = Instant::now();
        let output = run(&folder, &["build", input]);
        assert_eq!(output.status.code(), Some(1), "{input}");
        assert!(stderr(&output).contains(code), "{input}: {}", stderr(&output).chars().take(500).collect::<String>());
        assert!(start.elapsed() < Duration::from_secs(20), "{input} took {:?}", start.elapsed());
        assert!(!folder.join("out").exists(), "{input}");
    }
}

#[test]
fn json_reports_hold_every_place() {
    let (_kept, folder) = folder();
    fs::write(folder.join("server.yaml"), SPEC.to_owned() + "hartbeat: 5s\nlisten: {port: 70000}\n").unwrap();
    let output = run(&folder, &["check", "server.yaml", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["valid"], false);
    let first = &report["diagnostics"][0];
    assert_eq!(first["code"], "SG101");
    assert_eq!(first["file"], "server.yaml");
    assert_eq!((&first["labels"][0]["line"], &first["labels"][0]["column"]), (&5.into(), &1.into()));
    assert_eq!(report["diagnostics"][1]["code"], "SG104");
}

#[test]
fn warnings_can_be_denied() {
    let (_kept, folder) = folder();
    fs::write(folder.join("server.yaml"), SPEC.to_owned() + "udp: {batch: 8}\n").unwrap();
    assert_eq!(run(&folder, &["check", "server.yaml"]).status.code(), Some(0));
    let denied = run(&folder, &["check", "server.yaml", "--deny", "warnings"]);
    assert_eq!(denied.status.code(), Some(1));
    assert!(stderr(&denied).ends_with("1 warning (denied)\n"));
}

#[test]
fn new_specs_are_valid_in_both_notations() {
    let (_kept, folder) = folder();
    let flags = [
        "--type",
        "websocket",
        "--language",
        "python,c",
        "--port",
        "9000",
        "--backlog",
        "1024",
        "--buffer-size",
        "32768",
    ];
    for file in ["new.yaml", "new.kdl"] {
        let output = specgen(&folder)
            .args(["new", "chat-server", "--subprotocol", "graphql-ws,wamp.2.json", "-o", file])
            .args(flags)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let checked = run(&folder, &["check", file, "--deny", "warnings"]);
        assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
        let again = run(&folder, &["new", "chat-server", "-o", file]);
        assert_eq!(again.status.code(), Some(3), "an existing file is never replaced");
        fs::create_dir_all(folder.join("specs")).unwrap();
    }
    for (file, out) in [("new.yaml", "a"), ("new.kdl", "b")] {
        assert_eq!(run(&folder, &["build", file, "-o", out]).status.code(), Some(0));
    }
    let texts = |out: &str| snapshot(&folder.join(out)).into_values().collect::<Vec<_>>();
    assert_eq!(texts("a"), texts("b"));
    let environment = specgen(&folder).args(["new"]).env("DEFAULT_BUFFER_SIZE", "4096").output().unwrap();
    assert!(stdout(&environment).contains("receive: 4KiB"));
}

#[test]
fn explain_and_targets_answer() {
    let (_kept, folder) = folder();
    let output = run(&folder, &["explain", "sg201"]);
    assert!(stdout(&output).starts_with("SG201: the target lacks this I/O model\n"));
    assert_eq!(run(&folder, &["explain", "SG999"]).status.code(), Some(2));
    let targets = stdout(&run(&folder, &["targets"]));
    assert!(targets.contains("io: kqueue                      yes      not yet  -        yes\n"), "{targets}");
    assert_eq!(run(&folder, &["frobnicate"]).status.code(), Some(2));
}

#[test]
fn an_unwritable_or_impossible_output_folder_is_named() {
    let (_kept, folder) = folder();
    fs::write(folder.join("file"), "mine").unwrap();
    for out in ["/proc/out", "file", "file/out"] {
        let output = run(&folder, &["build", "server.yaml", "-o", out, "--target", "c"]);
        assert!(matches!(output.status.code(), Some(1 | 3)), "{out}: {:?}", output.status);
        assert!(stderr(&output).contains("SG404"), "{out}: {}", stderr(&output));
    }
    assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "mine");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

/// A build that is killed at any moment leaves the old state or the new one.
#[test]
fn a_killed_build_leaves_one_state_or_the_other() {
    let (_kept, folder) = folder();
    fs::write(folder.join("a.yaml"), SPEC).unwrap();
    fs::write(folder.join("b.yaml"), SPEC.to_owned() + "listen: {port: 7777}\nheartbeat: 0s\n").unwrap();
    let out = folder.join("out");
    let state = |spec: &str| {
        assert_eq!(run(&folder, &["build", spec]).status.code(), Some(0));
        snapshot(&out)
    };
    let (b, a) = (state("b.yaml"), state("a.yaml"));
    let start = Instant::now();
    assert_eq!(state("b.yaml"), b);
    let whole = start.elapsed();
    let mut seen = [0, 0];
    const ROUNDS: u32 = 60;
    for round in 0..ROUNDS {
        assert_eq!(state("a.yaml"), a);
        let mut child = specgen(&folder).args(["build", "b.yaml"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * round / ROUNDS);
        child.kill().unwrap();
        child.wait().unwrap();
        wait_for_commit(&folder);
        let found = snapshot(&out);
        assert!(found == a || found == b, "round {round}: neither the old state nor the new one");
        seen[usize::from(found == b)] += 1;
    }
    assert!(seen[0] > 0, "no build was killed in time");
}

/// The commit runs in a process of its own and ends by itself; a sealed stage tells that it is still to come.
fn wait_for_commit(folder: &Path) {
    let journal = folder.join(".out.specgen-stage/journal.json");
    let deadline = Instant::now() + Duration::from_millis(500);
    while journal.exists() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(5));
}
