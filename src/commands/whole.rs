//! Files that are written whole or not at all.

use std::io::{self, Write as _};
use std::path::Path;

/// All of it or nothing: whoever waits for the file never reads a part.
pub fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = draft().tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// A file with the permissions that any new file of the user's has: whoever waits for it may be another user.
#[cfg(unix)]
fn draft() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn draft() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}
