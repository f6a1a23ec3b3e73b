//! Echo server on tokio-tungstenite.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;

fn main() -> std::io::Result<()> {
    peers::serve(|stream| async move {
        // The peer's going away is no event here.
        let _ = echo(stream).await;
    })
}

async fn echo(stream: TcpStream) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let mut socket = tokio_tungstenite::accept_async(stream).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}
