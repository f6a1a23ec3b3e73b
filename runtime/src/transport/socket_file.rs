//! Unix sockets and their files.

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::SocketAddrUnix;
use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Binds a socket to `path`, in the place of a file on which nobody listens any more.
///
/// # Errors
/// As the kernel says.
pub fn bind(fd: &OwnedFd, path: &Path) -> Result<(), Errno> {
    remove_stale(path);
    rustix::net::bind(fd, &SocketAddrUnix::new(path)?)
}

fn remove_stale(path: &Path) {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    if is_socket && UnixStream::connect(path).is_err_and(refused) {
        // If that fails, so does the bind.
        let _ = fs::remove_file(path);
    }
}

/// The file of a unix socket.
pub struct SocketFile(pub PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(&self.0);
    }
}
