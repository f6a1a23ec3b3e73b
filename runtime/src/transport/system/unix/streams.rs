//! What these systems do alike with connections.

use crate::transport::system::SENDING;
use rustix::io::Errno;
use rustix::net::SendAncillaryBuffer;
use std::io::IoSlice;
use std::os::fd::BorrowedFd;

/// Writes `parts`, as far as the kernel takes them.
///
/// # Errors
/// As the kernel says.
#[inline]
pub fn send(fd: BorrowedFd<'_>, parts: &[IoSlice<'_>]) -> Result<usize, Errno> {
    if let [part] = parts {
        rustix::net::send(fd, part, SENDING)
    } else {
        let mut control = SendAncillaryBuffer::default();
        rustix::net::sendmsg(fd, parts, &mut control, SENDING)
    }
}

/// Whether the process, or the system, has run out of descriptors or memory.
pub fn is_exhausted(error: Errno) -> bool {
    matches!(error, Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
}
