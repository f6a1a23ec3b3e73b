//! What the kernel lists of sockets: sock_diag(7).

use std::io;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_sys::Socket;
use netlink_sys::protocols::NETLINK_SOCK_DIAG;

/// Asks for a list, and hands over its items.
///
/// # Errors
/// As the kernel says.
pub fn dump(request: SockDiagMessage, each: impl FnMut(SockDiagMessage)) -> io::Result<()> {
    let netlink = Socket::new(NETLINK_SOCK_DIAG)?;
    netlink.send(&encoded(request), 0)?;
    receive(&netlink, each)
}

fn encoded(request: SockDiagMessage) -> Vec<u8> {
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let mut message = NetlinkMessage::new(header, request.into());
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes
}

fn receive(netlink: &Socket, mut each: impl FnMut(SockDiagMessage)) -> io::Result<()> {
    loop {
        let (bytes, _) = netlink.recv_from_full()?;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let message = NetlinkMessage::<SockDiagMessage>::deserialize(rest).map_err(io::Error::other)?;
            match message.payload {
                NetlinkPayload::Done(_) => return Ok(()),
                NetlinkPayload::Error(error) => return Err(error.to_io()),
                NetlinkPayload::InnerMessage(item) => each(item),
                _ => {}
            }
            // Messages begin at multiples of four (netlink(7), NLMSG_ALIGN).
            let length = (message.header.length as usize).next_multiple_of(4);
            rest = rest.get(length..).unwrap_or_default();
        }
    }
}
