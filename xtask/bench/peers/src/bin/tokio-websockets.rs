//! Echo server on tokio-websockets.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_websockets::ServerBuilder;

fn main() -> std::io::Result<()> {
    peers::serve(|stream| async move {
        let _ = echo(stream).await;
    })
}

async fn echo(stream: TcpStream) -> Result<(), tokio_websockets::Error> {
    let (_, mut socket) = ServerBuilder::new().accept(stream).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}
