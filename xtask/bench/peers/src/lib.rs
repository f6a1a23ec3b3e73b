//! What the echo servers have in common: listening, and an end on SIGTERM.

use std::future::Future;
use std::io;

use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};

/// Accepts on a port of the kernel's choice until SIGTERM, on one thread.
///
/// # Errors
/// When it cannot listen.
pub fn serve<F, T>(connection: F) -> io::Result<()>
where
    F: Fn(TcpStream) -> T + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on {}", listener.local_addr()?);
        let mut stop = signal(SignalKind::terminate())?;
        loop {
            tokio::select! {
                _ = stop.recv() => return Ok(()),
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    stream.set_nodelay(true)?;
                    tokio::spawn(connection(stream));
                }
            }
        }
    })
}
