//! What a build does to an output folder: all or nothing, and never to a user's file.

#![allow(clippy::disallowed_methods, reason = "tests read and write")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use specgen::diagnostics::Diagnostic;
use specgen::output::disk::{Change, Commit, Comparison, Destination, Writer, commit_here, compare, recover};
use specgen::output::{FileMap, Owner};

fn files(entries: &[(&str, &str, Owner)]) -> FileMap {
    let mut files = FileMap::default();
    for (path, contents, owner) in entries {
        files.insert(path, (*contents).to_owned(), *owner);
    }
    files.seal("spec");
    files
}

fn first() -> FileMap {
    files(&[
        ("Makefile", "all:\n", Owner::Generated),
        ("src/main.c", "one\n", Owner::Generated),
        ("src/old/gone.c", "old\n", Owner::Generated),
        ("src/handlers.c", "template\n", Owner::User),
    ])
}

fn second() -> FileMap {
    files(&[
        ("Makefile", "all:\n", Owner::Generated),
        ("src/main.c", "two\n", Owner::Generated),
        ("src/handlers.c", "another template\n", Owner::User),
    ])
}

fn write(out: &Path, destination: &Destination, comparison: &Comparison, commit: Commit<'_>) -> Result<(), Diagnostic> {
    let writer = Writer::new(out);
    writer.stage(destination, comparison)?;
    writer.finish(commit)
}

struct Folder {
    _kept: tempfile::TempDir,
    out: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let kept = tempfile::tempdir().unwrap();
        let out = kept.path().canonicalize().unwrap().join("out");
        Self { _kept: kept, out }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.out.join("c").join(below)
    }

    fn compare(&self, files: FileMap, force: bool) -> (Destination, Comparison) {
        let destination = Destination { folder: self.out.join("c"), files };
        let comparison = compare(&self.out, &destination, force);
        (destination, comparison)
    }

    fn build(&self, files: FileMap) -> Vec<&'static str> {
        let (destination, comparison) = self.compare(files, false);
        if comparison.problems.is_empty() {
            write(&self.out, &destination, &comparison, &commit_here).unwrap();
        }
        codes(&comparison.problems)
    }

    /// Every file and link with its contents, and nothing but them.
    fn snapshot(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        walk(&self.out, &mut found);
        found
    }
}

fn walk(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            walk(&path, found);
        } else {
            found.insert(path.display().to_string(), fs::read_to_string(&path).unwrap_or_default());
        }
    }
}

fn codes(problems: &[Diagnostic]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.code.id).collect()
}

fn read(path: PathBuf) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_build_creates_updates_and_removes() {
    let folder = Folder::new();
    assert!(folder.build(first()).is_empty());
    assert_eq!(read(folder.path("src/main.c")), "one\n");
    fs::write(folder.path("src/handlers.c"), "mine\n").unwrap();
    assert!(folder.build(second()).is_empty());
    assert_eq!(read(folder.path("src/main.c")), "two\n");
    assert_eq!(read(folder.path("src/handlers.c")), "mine\n");
    assert!(!folder.path("src/old").exists(), "the empty folder is gone too");
    let beside: Vec<_> = fs::read_dir(folder.out.parent().unwrap()).unwrap().collect();
    assert_eq!(beside.len(), 1, "no stage is left: {beside:?}");
}

#[test]
fn an_unchanged_build_writes_nothing() {
    let folder = Folder::new();
    assert!(folder.build(first()).is_empty());
    let times = |folder: &Folder| -> Vec<(String, SystemTime)> {
        folder
            .snapshot()
            .into_keys()
            .map(|path| (path.clone(), fs::metadata(path).unwrap().modified().unwrap()))
            .collect()
    };
    let before = times(&folder);
    assert!(folder.build(first()).is_empty());
    assert_eq!(times(&folder), before);
    assert!(folder.compare(first(), false).1.is_unchanged());
}

#[test]
fn an_edited_file_is_refused_and_nothing_is_written() {
    let folder = Folder::new();
    assert!(folder.build(first()).is_empty());
    fs::write(folder.path("src/main.c"), "edited\n").unwrap();
    let before = folder.snapshot();
    assert_eq!(folder.build(second()), ["SG401"]);
    assert_eq!(folder.snapshot(), before);
    let (_, forced) = folder.compare(second(), true);
    assert!(forced.problems.is_empty());
    assert_eq!(forced.changes["src/main.c"], Change::Update);
}

#[test]
fn an_edited_leftover_stays() {
    let folder = Folder::new();
    assert!(folder.build(first()).is_empty());
    fs::write(folder.path("src/old/gone.c"), "edited\n").unwrap();
    let (_, comparison) = folder.compare(second(), false);
    assert_eq!(comparison.changes["src/old/gone.c"], Change::Keep);
    assert!(folder.build(second()).is_empty());
    assert_eq!(read(folder.path("src/old/gone.c")), "edited\n");
}

#[test]
fn a_file_of_the_users_in_the_way_is_refused() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("src")).unwrap();
    fs::write(folder.path("src/main.c"), "mine\n").unwrap();
    let before = folder.snapshot();
    assert_eq!(folder.build(first()), ["SG402"]);
    assert_eq!(folder.snapshot(), before);
}

#[test]
fn a_folder_in_the_way_is_refused() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("Makefile")).unwrap();
    assert_eq!(folder.build(first()), ["SG404"]);
}

#[test]
fn links_out_of_the_folder_are_refused() {
    for link in ["c", "c/src", "c/src/main.c", "c/Makefile"] {
        let folder = Folder::new();
        let elsewhere = tempfile::tempdir().unwrap();
        let place = folder.out.join(link);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(elsewhere.path(), &place).unwrap();
        let codes = folder.build(first());
        assert!(codes.contains(&"SG403"), "{link}: {codes:?}");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0, "{link}");
    }
}

#[test]
fn a_damaged_manifest_is_refused() {
    for text in ["", "{", "[]", r#"{"specgen":"9","spec_version":2,"spec_sha256":"","files":{}}"#] {
        let folder = Folder::new();
        assert!(folder.build(first()).is_empty());
        fs::write(folder.path(".specgen.json"), text).unwrap();
        assert_eq!(folder.build(second()), ["SG405"], "{text:?}");
    }
}

#[test]
fn a_manifest_cannot_name_files_outside() {
    let folder = Folder::new();
    assert!(folder.build(first()).is_empty());
    let victim = folder.out.parent().unwrap().join("victim");
    fs::write(&victim, "precious\n").unwrap();
    let manifest = read(folder.path(".specgen.json")).replace("\"Makefile\"", "\"../../victim\"");
    fs::write(folder.path(".specgen.json"), manifest).unwrap();
    assert_eq!(folder.build(second()), ["SG405"]);
    assert_eq!(read(victim), "precious\n");
}

#[test]
fn a_failing_commit_is_undone() {
    let folder = Folder::new();
    assert!(folder.build(first()).is_empty());
    let before = folder.snapshot();
    let (destination, comparison) = folder.compare(second(), false);
    let main = folder.path("src/main.c");
    let saboteur = |stage: &Path| {
        // Between staging and the commit a folder takes the place of a file: the rename onto it fails.
        fs::rename(&main, main.with_extension("aside")).unwrap();
        fs::create_dir(&main).unwrap();
        let result = commit_here(stage);
        fs::remove_dir(&main).unwrap();
        fs::rename(main.with_extension("aside"), &main).unwrap();
        result
    };
    let problem = write(&folder.out, &destination, &comparison, &saboteur).unwrap_err();
    assert_eq!(problem.code.id, "SG404");
    assert_eq!(folder.snapshot(), before);
}

#[test]
fn an_interrupted_build_is_finished_or_discarded() {
    let folder = Folder::new();
    assert!(folder.build(first()).is_empty());
    let before = folder.snapshot();
    let (destination, comparison) = folder.compare(second(), false);
    // Killed between the journal and the commit.
    write(&folder.out, &destination, &comparison, &|_| Ok(())).unwrap();
    assert_eq!(folder.snapshot(), before);
    recover(&folder.out).unwrap();
    assert_eq!(read(folder.path("src/main.c")), "two\n");
    // Killed while staging: no journal.
    let stage = folder.out.parent().unwrap().join(".out.specgen-stage");
    fs::create_dir(&stage).unwrap();
    fs::write(stage.join("1"), "half").unwrap();
    recover(&folder.out).unwrap();
    assert!(!stage.exists());
}

#[test]
fn a_stage_that_is_not_finished_leaves_nothing() {
    let folder = Folder::new();
    let (destination, comparison) = folder.compare(first(), false);
    let writer = Writer::new(&folder.out);
    writer.stage(&destination, &comparison).unwrap();
    drop(writer);
    let left: Vec<_> = fs::read_dir(folder.out.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, Vec::<PathBuf>::new());
}
