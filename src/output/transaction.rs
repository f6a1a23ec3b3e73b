//! All files of a build appear, or none.
//!
//! New contents are staged beside the output folder, together with a journal of the renames and removals to come. Writing the journal
//! is the point of no return: whoever finds a stage with a journal finishes it, whoever finds one without discards it. An operation
//! that fails half-way is undone from hard links that were kept of what it replaced.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

const JOURNAL: &str = "journal.json";

/// One step. Each may be repeated without harm, so that a journal can be finished by another process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Creates a folder, with its parents.
    MakeFolder(PathBuf),
    /// Moves a staged file or folder to its place, over what is there.
    Place {
        /// In the stage.
        from: PathBuf,
        /// In the output folder.
        to: PathBuf,
    },
    /// Removes a file, and the folders that it leaves empty up to `below`.
    Remove {
        /// The file.
        path: PathBuf,
        /// The folder that stays.
        below: PathBuf,
    },
}

/// A build that is being prepared.
pub struct Stage {
    folder: PathBuf,
    operations: Vec<Operation>,
    /// Folders that an operation makes already.
    made: BTreeSet<PathBuf>,
    staged: usize,
    sealed: bool,
}

/// Where the stage of an output folder may lie: beside it, or inside where the folder around it may not be written or is another file
/// system, since a rename must stay within one.
pub fn stages_of(out: &Path) -> Vec<PathBuf> {
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned());
    let beside = match (out.parent(), name) {
        (Some(parent), Some(name)) if same_device(parent, out) => Some(parent.join(format!(".{name}.specgen-stage"))),
        _ => None,
    };
    beside.into_iter().chain([out.join(".specgen-stage")]).collect()
}

#[cfg(unix)]
fn same_device(parent: &Path, out: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (fs::metadata(parent), fs::metadata(out)) {
        (Ok(parent), Ok(out)) => parent.dev() == out.dev(),
        _ => true,
    }
}

#[cfg(not(unix))]
fn same_device(_parent: &Path, _out: &Path) -> bool {
    true
}

/// The first place that takes a folder.
fn make_stage(out: &Path) -> io::Result<PathBuf> {
    let mut refusal = io::Error::other("no place for a stage");
    for folder in stages_of(out) {
        match fs::create_dir_all(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

impl Stage {
    /// Begins one, after what an interrupted build left behind was finished or discarded.
    pub fn begin(out: &Path) -> io::Result<Self> {
        recover(out)?;
        let folder = make_stage(out)?;
        Ok(Self { folder, operations: Vec::new(), made: BTreeSet::new(), staged: 0, sealed: false })
    }

    /// A fresh path in the stage.
    fn next(&mut self) -> PathBuf {
        self.staged += 1;
        self.folder.join(self.staged.to_string())
    }

    fn make_parent(&mut self, of: &Path) {
        if let Some(parent) = of.parent().filter(|parent| !self.made.contains(*parent)) {
            self.made.insert(parent.to_owned());
            self.operations.push(Operation::MakeFolder(parent.to_owned()));
        }
    }

    /// Stages one file.
    pub fn file(&mut self, to: PathBuf, contents: &[u8]) -> io::Result<()> {
        let from = self.next();
        fs::write(&from, contents)?;
        self.make_parent(&to);
        self.operations.push(Operation::Place { from, to });
        Ok(())
    }

    /// A folder in the stage that will be placed as a whole.
    pub fn folder(&mut self, to: PathBuf) -> io::Result<PathBuf> {
        let from = self.next();
        fs::create_dir(&from)?;
        self.make_parent(&to);
        self.operations.push(Operation::Place { from: from.clone(), to });
        Ok(from)
    }

    /// Removes a file at the end.
    pub fn remove(&mut self, path: PathBuf, below: &Path) {
        self.operations.push(Operation::Remove { path, below: below.to_owned() });
    }

    /// Writes the journal: from here on the build will be finished. Returns the stage's folder, for [`commit`].
    pub fn seal(mut self) -> io::Result<PathBuf> {
        let text = serde_json::to_vec(&self.operations).map_err(io::Error::other)?;
        let draft = self.folder.join("journal.draft");
        fs::write(&draft, text)?;
        fs::rename(draft, self.folder.join(JOURNAL))?;
        self.sealed = true;
        Ok(self.folder.clone())
    }
}

impl Drop for Stage {
    /// Gives the build up unless it was sealed; nothing was changed.
    fn drop(&mut self) {
        if !self.sealed {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Finishes or discards what an interrupted build left behind.
pub fn recover(out: &Path) -> io::Result<()> {
    stages_of(out).iter().try_for_each(|stage| recover_stage(stage))
}

fn recover_stage(stage: &Path) -> io::Result<()> {
    match fs::symlink_metadata(stage) {
        Ok(found) if found.is_dir() && stage.join(JOURNAL).is_file() => commit(stage),
        Ok(found) if found.is_dir() => fs::remove_dir_all(stage),
        Ok(_) => Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is in the way", stage.display()))),
        Err(_) => Ok(()),
    }
}

/// Carries out a sealed stage, or undoes what it did when a step fails.
pub fn commit(stage: &Path) -> io::Result<()> {
    let journal = fs::read(stage.join(JOURNAL))?;
    let operations: Vec<Operation> = serde_json::from_slice(&journal).map_err(io::Error::other)?;
    let mut undo = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        if let Err(error) = apply(operation, &stage.join(format!("kept-{index}")), &mut undo) {
            for step in undo.into_iter().rev() {
                let _ = step.take_back();
            }
            let _ = fs::remove_dir_all(stage);
            return Err(error);
        }
    }
    fs::remove_dir_all(stage)
}

/// How a step is taken back.
enum Undo {
    RemoveFolder(PathBuf),
    /// Back into the stage, and what stood there before to its place.
    Unplace {
        from: PathBuf,
        to: PathBuf,
        kept: Option<PathBuf>,
    },
    Restore {
        kept: PathBuf,
        path: PathBuf,
    },
}

impl Undo {
    fn take_back(self) -> io::Result<()> {
        match self {
            Self::RemoveFolder(folder) => fs::remove_dir(folder),
            Self::Unplace { to, kept: Some(kept), .. } => fs::rename(kept, to),
            Self::Unplace { from, to, kept: None } => fs::rename(to, from),
            Self::Restore { kept, path } => fs::rename(kept, path),
        }
    }
}

fn apply(operation: &Operation, kept: &Path, undo: &mut Vec<Undo>) -> io::Result<()> {
    match operation {
        Operation::MakeFolder(folder) => make_folder(folder, undo),
        Operation::Place { from, .. } if !from.exists() => Ok(()),
        Operation::Place { from, to } => {
            let kept = keep(to, kept)?;
            fs::rename(from, to)?;
            undo.push(Undo::Unplace { from: from.clone(), to: to.clone(), kept });
            Ok(())
        }
        Operation::Remove { path, .. } if !path.exists() => Ok(()),
        Operation::Remove { path, below } => {
            if let Some(kept) = keep(path, kept)? {
                undo.push(Undo::Restore { kept, path: path.clone() });
            }
            fs::remove_file(path)?;
            remove_empty_folders(path, below);
            Ok(())
        }
    }
}

fn make_folder(folder: &Path, undo: &mut Vec<Undo>) -> io::Result<()> {
    if folder.is_dir() || folder.as_os_str().is_empty() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folder(parent, undo)?;
    }
    match fs::create_dir(folder) {
        Ok(()) => undo.push(Undo::RemoveFolder(folder.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Keeps a second name of a file that is about to go.
fn keep(path: &Path, kept: &Path) -> io::Result<Option<PathBuf>> {
    if !path.is_file() {
        return Ok(None);
    }
    if !kept.exists() && fs::hard_link(path, kept).is_err() {
        fs::copy(path, kept)?;
    }
    Ok(Some(kept.to_owned()))
}

fn remove_empty_folders(path: &Path, below: &Path) {
    let mut folder = path.parent();
    while let Some(candidate) = folder.filter(|candidate| *candidate != below && candidate.starts_with(below)) {
        if fs::remove_dir(candidate).is_err() {
            return;
        }
        folder = candidate.parent();
    }
}
