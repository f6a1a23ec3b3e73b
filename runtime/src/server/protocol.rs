//! What a worker needs to know of the protocol that its connections speak.

use super::active::Active;
use super::app::HandlerError;
use super::config::Config;
use super::connection::Connection;
use super::hub::Hub;
use super::output::Socket;
use crate::protocol::input::Input;
use crate::protocol::phase::Sender;
use std::time::Instant;

/// Why this side closes a connection.
#[derive(Clone, Copy, Debug)]
pub enum Cause<F> {
    /// The server shuts down.
    Drain,
    /// `timeouts.idle` has passed.
    Idle,
    /// The unsent bytes are at the watermark.
    TooSlow,
    /// The app failed.
    AppFailed,
    /// The app wants it so.
    Wish(F),
}

/// A protocol on streams of bytes, and the kind of app behind it.
pub trait Protocol: Sized {
    /// The app: one value for all connections.
    type App;
    /// The receiving half of a connection.
    type Session: Default;
    /// The sending half of a connection.
    type Link: Sender;
    /// What every connection of a server has in common.
    type Settings;
    /// What the connections of a worker share for receiving.
    type Shared: Default;
    /// What the connections of a worker share for sending.
    type Outbox;
    /// The kind of a message.
    type Kind: Copy + Send + 'static;
    /// What an app is told when a connection ends, and tells to end one.
    type Farewell<'a>: Copy;
    /// What is due for a connection beside what is so in every protocol.
    type Due: Copy;

    /// The connection broke off.
    const LOST: Self::Farewell<'static>;

    /// What every connection has in common.
    fn settings(config: &Config) -> Self::Settings;

    /// What messages are sent with.
    fn outbox(config: &Config) -> Self::Outbox;

    /// A connection was accepted.
    fn accepted<S: Socket>(active: &mut Active<'_, Self, S>);

    /// Bytes can go both ways.
    fn begin<S: Socket>(settings: &Self::Settings, active: &mut Active<'_, Self, S>);

    /// Handles input. What is left of it was not handled because the connection is paused.
    fn receive<S: Socket>(
        session: &mut Self::Session,
        input: &mut Input<'_>,
        settings: &Self::Settings,
        shared: &mut Self::Shared,
        active: &mut Active<'_, Self, S>,
    );

    /// Room to read the payload of a large message into, if at least `least` bytes of one are due.
    #[cfg(feature = "readiness")]
    fn direct_room(session: &mut Self::Session, least: usize) -> Option<&mut [u8]>;

    /// Handles `count` bytes that were read into [`Self::direct_room`].
    #[cfg(feature = "readiness")]
    fn receive_direct<S: Socket>(
        session: &mut Self::Session,
        count: usize,
        settings: &Self::Settings,
        shared: &mut Self::Shared,
        active: &mut Active<'_, Self, S>,
    );

    /// Sends a message.
    fn send<S: Socket>(hub: &mut Hub<Self, S>, index: usize, kind: Self::Kind, payload: &[u8]);

    /// The next messages are one and the same to several connections.
    fn begin_broadcast(outbox: &mut Self::Outbox) {
        let _ = outbox;
    }

    /// The message of a broadcast went to all.
    fn end_broadcast(outbox: &mut Self::Outbox) {
        let _ = outbox;
    }

    /// Begins to close an open connection.
    fn begin_close<S: Socket>(
        hub: &mut Hub<Self, S>,
        index: usize,
        cause: Cause<Self::Farewell<'_>>,
    );

    /// The next thing that is due for a connection, and when.
    fn deadline<S>(
        connection: &Connection<Self, S>,
        config: &Config,
    ) -> Option<(Instant, Self::Due)>;

    /// Does what is due.
    fn act<S: Socket>(due: Self::Due, active: &mut Active<'_, Self, S>);

    /// Tells the app that a connection has ended.
    ///
    /// # Errors
    /// Those of the app.
    fn on_close<S: Socket>(
        app: &mut Self::App,
        hub: &mut Hub<Self, S>,
        index: usize,
        farewell: Self::Farewell<'_>,
    ) -> Result<(), HandlerError>;

    /// The close code of a farewell, if there are codes.
    fn code(farewell: Self::Farewell<'_>) -> Option<u16>;
}
