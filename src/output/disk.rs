//! The one module that touches an output folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::manifest::USER;
use super::transaction::{self, Stage};
use super::{FileMap, MANIFEST, Manifest, Owner, hash};
use crate::diagnostics::{Diagnostic, codes};

/// One folder and the files that are to be in it.
pub struct Destination {
    /// The folder, `<out>/<target>`.
    pub folder: PathBuf,
    /// Its files.
    pub files: FileMap,
}

/// What a build would do to one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is not there yet.
    Create,
    /// It is there with other contents.
    Update,
    /// It is no longer part of the program.
    Remove,
    /// It is no longer part of the program, but was edited: it stays.
    Keep,
}

/// The difference between a destination and the disk.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Changes by path, in order. A user's file is only ever created.
    pub changes: BTreeMap<String, Change>,
    /// Why nothing may be written.
    pub problems: Vec<Diagnostic>,
}

impl Comparison {
    /// Whether a build would write anything.
    pub fn is_unchanged(&self) -> bool {
        self.changes.values().all(|change| *change == Change::Keep)
    }
}

/// Compares a destination with what is on disk below `out`. With `force`, edited files count as specgen's.
pub fn compare(out: &Path, destination: &Destination, force: bool) -> Comparison {
    let mut comparison = Comparison::default();
    if let Err(problem) = refuse_links(out, &destination.folder) {
        comparison.problems.push(problem);
        return comparison;
    }
    let found = fs::symlink_metadata(&destination.folder);
    if found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        comparison.changes = destination.files.iter().map(|(path, _)| (path.to_owned(), Change::Create)).collect();
        return comparison;
    }
    let known = match read_manifest(&destination.folder) {
        Ok(manifest) => manifest,
        Err(problem) => {
            comparison.problems.push(problem);
            return comparison;
        }
    };
    for (path, file) in destination.files.iter() {
        let place = destination.folder.join(path);
        if let Err(problem) = refuse_links(out, &place) {
            comparison.problems.push(problem);
            continue;
        }
        match fs::read(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                comparison.changes.insert(path.to_owned(), Change::Create);
            }
            Err(error) => comparison.problems.push(unusable(&place, &error)),
            Ok(_) if file.owner == Owner::User => {}
            Ok(found) if found == file.contents.as_bytes() => {}
            Ok(found) => match judge(path, &place, &found, &known, force) {
                Ok(change) => drop(comparison.changes.insert(path.to_owned(), change)),
                Err(problem) => comparison.problems.push(problem),
            },
        }
    }
    leftovers(out, destination, &known, force, &mut comparison);
    comparison
}

/// May a file with other contents be replaced?
fn judge(path: &str, place: &Path, found: &[u8], known: &Manifest, force: bool) -> Result<Change, Diagnostic> {
    if path == MANIFEST {
        return Ok(Change::Update);
    }
    match known.files.get(path) {
        Some(written) if *written == hash(found) || force => Ok(Change::Update),
        Some(_) => Err(Diagnostic::new(&codes::EDITED, format!("{} was edited by hand", place.display()))
            .help("move the change into the handlers file or the spec, or build with --force to replace the file")),
        None => Err(Diagnostic::new(&codes::IN_THE_WAY, format!("{} is not specgen's", place.display()))
            .help("move it away, or build into another folder with -o")),
    }
}

/// Files of the last build that this one no longer has.
fn leftovers(out: &Path, destination: &Destination, known: &Manifest, force: bool, comparison: &mut Comparison) {
    for (path, written) in known.files.iter().filter(|(_, written)| *written != USER) {
        if destination.files.get(path).is_some_and(|file| file.owner == Owner::Generated) {
            continue;
        }
        let place = destination.folder.join(path);
        if refuse_links(out, &place).is_err() {
            continue;
        }
        let handed_over = destination.files.get(path).is_some();
        match fs::read(&place) {
            Ok(found) if !handed_over && (*written == hash(&found) || force) => {
                comparison.changes.insert(path.clone(), Change::Remove);
            }
            Ok(_) if !handed_over => drop(comparison.changes.insert(path.clone(), Change::Keep)),
            _ => {}
        }
    }
}

fn read_manifest(folder: &Path) -> Result<Manifest, Diagnostic> {
    let place = folder.join(MANIFEST);
    let bad = |reason: String| {
        Diagnostic::new(&codes::BAD_MANIFEST, format!("{}: {reason}", place.display()))
            .help("restore it, or remove the folder and build anew")
    };
    match fs::read_to_string(&place) {
        Ok(text) => Manifest::from_text(&text).map_err(bad),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Manifest::default()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotADirectory) => Err(unusable(folder, &error)),
        Err(error) => Err(bad(error.to_string())),
    }
}

/// Nothing on the way from the output folder to a file may be a link that leads out of it.
fn refuse_links(out: &Path, place: &Path) -> Result<(), Diagnostic> {
    let Ok(inside) = place.strip_prefix(out) else { return Ok(()) };
    let mut path = out.to_owned();
    for part in inside.components() {
        path.push(part);
        let is_link = fs::symlink_metadata(&path).is_ok_and(|found| found.file_type().is_symlink());
        if is_link {
            let leads_inside = match (fs::canonicalize(&path), fs::canonicalize(out)) {
                (Ok(target), Ok(out)) => target.starts_with(out),
                _ => false,
            };
            if !leads_inside || path == *place {
                return Err(Diagnostic::new(&codes::OUTSIDE, format!("{} is a symbolic link", path.display()))
                    .help("remove it, or name the folder it leads to with -o"));
            }
        }
    }
    Ok(())
}

fn unusable(place: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new(&codes::CANNOT_WRITE, format!("{}: {error}", place.display()))
        .help("nothing was changed; make the folder writable, or name another with -o")
}

/// Puts the changes of a sealed stage in place.
pub type Commit<'a> = &'a dyn Fn(&Path) -> io::Result<()>;

/// Carries a sealed stage out in this process.
pub fn commit_here(stage: &Path) -> io::Result<()> {
    transaction::commit(stage)
}

/// Finishes what an interrupted build left behind, so that comparisons see a whole folder.
pub fn recover(out: &Path) -> Result<(), Diagnostic> {
    transaction::recover(out).map_err(|error| unusable(out, &error))
}

/// Stages destinations as they come, from several threads at once; puts all of them in place at the end, or none.
pub struct Writer {
    out: PathBuf,
    /// Begun by the first destination that has changes. A stage that is not sealed is discarded.
    stage: Mutex<Option<Stage>>,
}

impl Writer {
    /// Nothing is touched yet.
    pub fn new(out: &Path) -> Self {
        Self { out: out.to_owned(), stage: Mutex::new(None) }
    }

    /// Stages the changes of one destination.
    pub fn stage(&self, destination: &Destination, comparison: &Comparison) -> Result<(), Diagnostic> {
        if comparison.is_unchanged() {
            return Ok(());
        }
        self.prepare(destination, comparison).map_err(|error| unusable(&self.out, &error))
    }

    fn prepare(&self, destination: &Destination, comparison: &Comparison) -> io::Result<()> {
        let staged = {
            let mut begun = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
            let stage = match &mut *begun {
                Some(stage) => stage,
                none => none.insert(Stage::begin(&self.out)?),
            };
            if destination.folder.exists() {
                return prepare_changes(stage, destination, comparison);
            }
            // A folder that is not there yet appears with one rename.
            stage.folder(destination.folder.clone())?
        };
        fill(&staged, &destination.files)
    }

    /// Puts everything that was staged in place.
    pub fn finish(self, commit: Commit<'_>) -> Result<(), Diagnostic> {
        let stage = self.stage.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Some(stage) = stage else { return Ok(()) };
        let sealed = stage.seal().map_err(|error| unusable(&self.out, &error))?;
        commit(&sealed).map_err(|error| unusable(&self.out, &error))
    }
}

fn prepare_changes(stage: &mut Stage, destination: &Destination, comparison: &Comparison) -> io::Result<()> {
    for (path, change) in &comparison.changes {
        let place = destination.folder.join(path);
        match (change, destination.files.get(path)) {
            (Change::Create | Change::Update, Some(file)) => stage.file(place, file.contents.as_bytes())?,
            (Change::Remove, _) => stage.remove(place, &destination.folder),
            _ => {}
        }
    }
    Ok(())
}

fn fill(folder: &Path, files: &FileMap) -> io::Result<()> {
    let mut made = BTreeSet::from([folder.to_owned()]);
    for (path, file) in files.iter() {
        let place = folder.join(path);
        if let Some(parent) = place.parent().filter(|parent| made.insert(parent.to_path_buf())) {
            fs::create_dir_all(parent)?;
        }
        fs::write(place, file.contents.as_bytes())?;
    }
    Ok(())
}
