//! An echo server that does what no server may do, as far as it is told to: the counter-test for suites that judge servers.

mod peer;

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};

use anyhow::Result;

/// Something that a server may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Text is not judged.
    AnyText,
    /// Text is judged when it is whole.
    LateText,
    /// RSV bits mean nothing.
    AnyRsv,
    /// Frames with reserved opcodes are passed over.
    AnyOpcode,
    /// Control frames of any length are taken.
    LongControl,
    /// Control frames without FIN are taken for whole.
    FragmentedControl,
    /// Fragments of nothing are passed over, and messages begin inside of others.
    AnyFragment,
    /// Pings are not answered.
    NoPong,
    /// Pongs are empty.
    EmptyPong,
    /// Every failure has code 1011.
    OneCode,
    /// TCP ends without a Close.
    NoClose,
    /// A Close of any payload is answered with the same.
    AnyClose,
    /// TCP stays after the Closes.
    Lingers,
    /// Frames are masked.
    Masks,
    /// Lengths are written in 16 bits at least.
    LongLengths,
    /// Messages are echoed with RSV1.
    SendsRsv,
    /// Text comes back as binary.
    Binary,
    /// Messages of 64 KiB and more come back without their last byte.
    Truncates,
    /// What comes behind a Close is answered.
    Talkative,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::AnyText,
        Self::LateText,
        Self::AnyRsv,
        Self::AnyOpcode,
        Self::LongControl,
        Self::FragmentedControl,
        Self::AnyFragment,
        Self::NoPong,
        Self::EmptyPong,
        Self::OneCode,
        Self::NoClose,
        Self::AnyClose,
        Self::Lingers,
        Self::Masks,
        Self::LongLengths,
        Self::SendsRsv,
        Self::Binary,
        Self::Truncates,
        Self::Talkative,
    ];

    /// What it is called in the names of files: `any-text`.
    #[must_use]
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }
}

/// Starts a server with these faults; it lives as long as the process.
///
/// # Errors
/// When there is no free port.
pub fn start(faults: &[Fault]) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let faults: BTreeSet<Fault> = faults.iter().copied().collect();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let faults = faults.clone();
            // What ends a connection is the peer's affair.
            std::thread::spawn(move || drop(peer::serve(stream, &faults)));
        }
    });
    Ok(address)
}
