//! Unix sockets that listen.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use netlink_packet_core::Emitable as _;
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::unix::nlas::{Nla, Vfs};
use netlink_packet_sock_diag::unix::{ShowFlags, StateFlags, UnixRequest, UnixResponse};
use rustix::fs::{major, minor};

use super::netlink::dump;

/// A listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The socket's number.
    pub inode: u64,
    /// Connections that may wait.
    pub backlog: u32,
    /// The file that it is bound to.
    file: Option<File>,
}

/// A file, as the kernel numbers it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct File {
    device: u32,
    /// The lower half.
    inode: u32,
}

/// All that listen.
///
/// # Errors
/// As the kernel says.
pub fn listeners() -> io::Result<Vec<Listener>> {
    let request = UnixRequest {
        state_flags: StateFlags::LISTEN,
        inode: 0,
        show_flags: ShowFlags::VFS | ShowFlags::RQLEN,
        cookie: [0; 8],
    };
    let mut found = Vec::new();
    dump(SockDiagMessage::UnixRequest(request), |answer| {
        if let SockDiagMessage::UnixResponse(response) = answer {
            found.push(listener(&response));
        }
    })?;
    Ok(found)
}

/// The one that is bound to a path.
///
/// # Errors
/// As the kernel says; also if there is no such file.
pub fn bound_to(path: &Path) -> io::Result<Option<Listener>> {
    let status = std::fs::metadata(path)?;
    // The kernel's own form of a device's number has twenty bits for the minor one (linux/kdev_t.h).
    let device = (major(status.dev()) << 20) | minor(status.dev());
    #[allow(clippy::cast_possible_truncation, reason = "the kernel tells the lower half")]
    let file = File { device, inode: status.ino() as u32 };
    Ok(listeners()?.into_iter().find(|listener| listener.file == Some(file)))
}

fn listener(response: &UnixResponse) -> Listener {
    let mut listener = Listener { inode: response.header.inode.into(), backlog: 0, file: None };
    for attribute in &response.nlas {
        match attribute {
            Nla::Vfs(vfs) => listener.file = Some(file(vfs)),
            Nla::ReceiveQueueLength(_, backlog) => listener.backlog = *backlog,
            _ => {}
        }
    }
    listener
}

/// `struct unix_diag_vfs` of linux/unix_diag.h, whose fields the crate shows only as bytes.
fn file(vfs: &Vfs) -> File {
    let mut bytes = [0; 8];
    vfs.emit(&mut bytes);
    let [a, b, c, d, e, f, g, h] = bytes;
    File { inode: u32::from_ne_bytes([a, b, c, d]), device: u32::from_ne_bytes([e, f, g, h]) }
}
