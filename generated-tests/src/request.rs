//! Upgrade requests, correct ones and every way of being wrong.

/// The key of RFC 6455 §1.3 and the answer it must give.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A request head, line by line.
#[derive(Clone, Debug)]
pub struct Request {
    lines: Vec<Vec<u8>>,
}

impl Request {
    /// A correct upgrade request for `target`.
    #[must_use]
    pub fn new(target: &str) -> Self {
        let fields = [
            "Host: localhost".to_owned(),
            "Upgrade: websocket".to_owned(),
            "Connection: Upgrade".to_owned(),
            format!("Sec-WebSocket-Key: {KEY}"),
            "Sec-WebSocket-Version: 13".to_owned(),
        ];
        let mut request = Self { lines: vec![format!("GET {target} HTTP/1.1").into_bytes()] };
        request.lines.extend(fields.map(String::into_bytes));
        request
    }

    /// Replaces the request line.
    #[must_use]
    pub fn line(mut self, line: impl AsRef<[u8]>) -> Self {
        self.lines[0] = line.as_ref().to_vec();
        self
    }

    /// Takes every field called `name` out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        let prefix = format!("{name}:").to_ascii_lowercase().into_bytes();
        self.lines.retain(|line| !line.to_ascii_lowercase().starts_with(&prefix));
        self
    }

    /// Adds a line as it is.
    #[must_use]
    pub fn raw(mut self, line: impl AsRef<[u8]>) -> Self {
        self.lines.push(line.as_ref().to_vec());
        self
    }

    /// Adds a field.
    #[must_use]
    pub fn add(self, name: &str, value: &str) -> Self {
        self.raw(format!("{name}: {value}"))
    }

    /// Replaces a field's value.
    #[must_use]
    pub fn set(self, name: &str, value: &str) -> Self {
        self.without(name).add(name, value)
    }

    /// Offers extensions.
    #[must_use]
    pub fn offer(self, extensions: &str) -> Self {
        self.add("Sec-WebSocket-Extensions", extensions)
    }

    /// Fills the head up to exactly `size` bytes with one more field.
    #[must_use]
    pub fn padded_to(self, size: usize) -> Self {
        let bare = self.clone().add("X-Padding", "").bytes().len();
        self.add("X-Padding", &"x".repeat(size.saturating_sub(bare)))
    }

    /// The head's bytes with its final empty line.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.lines.join(&b"\r\n"[..]);
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes
    }
}

/// The acceptance of [`KEY`], byte for byte (behaviour §1.3).
#[must_use]
pub fn acceptance(subprotocol: Option<&str>, extensions: Option<&str>) -> Vec<u8> {
    let mut head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {ACCEPT}\r\n"
    );
    if let Some(name) = subprotocol {
        head += &format!("Sec-WebSocket-Protocol: {name}\r\n");
    }
    if let Some(list) = extensions {
        head += &format!("Sec-WebSocket-Extensions: {list}\r\n");
    }
    (head + "\r\n").into_bytes()
}

/// A refusal, byte for byte (behaviour §1.3). `text` is the body without its line feed.
#[must_use]
pub fn refusal(status: u16, text: &str) -> Vec<u8> {
    let (reason, extra) = match status {
        400 => ("Bad Request", ""),
        401 => ("Unauthorized", "WWW-Authenticate: Bearer\r\n"),
        403 => ("Forbidden", ""),
        404 => ("Not Found", ""),
        405 => ("Method Not Allowed", "Allow: GET\r\n"),
        408 => ("Request Timeout", ""),
        426 if text.contains("version") => ("Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"),
        426 => ("Upgrade Required", "Upgrade: websocket\r\n"),
        429 => ("Too Many Requests", ""),
        431 => ("Request Header Fields Too Large", ""),
        503 => ("Service Unavailable", "Retry-After: 5\r\n"),
        _ => ("HTTP Version Not Supported", ""),
    };
    let length = text.len() + 1;
    format!(
        "HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {length}\r\n{extra}\r\n{text}\n"
    )
    .into_bytes()
}
