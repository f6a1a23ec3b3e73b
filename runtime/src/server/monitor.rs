//! A listener of its own, for those who watch the server: one thread, one request at a time.

use super::address::Place;
use super::config::Monitor;
use super::metrics::Metrics;
use crate::protocol::http::{self, Extent, RequestLine};
use crate::transport::message;
#[cfg(feature = "health-port")]
use crate::transport::signal_flag;
use std::io::{self, ErrorKind, Read as _, Write as _};
#[cfg(unix)]
use std::net::{IpAddr, Ipv4Addr};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
#[cfg(feature = "health-port")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// For a whole request, and then for the end of the peer's stream.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest head.
const HEAD: usize = 8 << 10;
/// How long nothing is accepted after the process ran out of something.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens on the server's address, and answers from then on.
///
/// # Errors
/// One line that says why that is not possible, and what to do.
pub fn open(monitor: &Monitor, place: &Place, metrics: &Arc<Metrics>) -> Result<(), String> {
    // A unix socket's peers are on this machine.
    let ip = match place {
        Place::Ip(address) => address.ip(),
        #[cfg(unix)]
        Place::Unix(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let address = SocketAddr::new(ip, monitor.port);
    let cannot_listen = |error: io::Error| {
        let error = message(error);
        format!("cannot listen on {address}: {error}; stop the other program or set metrics.port")
    };
    let listener = TcpListener::bind(address).map_err(cannot_listen)?;
    let desk = Desk {
        // Its thread outlives the caller's references.
        monitor: *monitor,
        // The workers go on counting.
        metrics: Arc::clone(metrics),
        #[cfg(feature = "health-port")]
        draining: signal_flag().map_err(cannot_listen)?,
    };
    thread::Builder::new().spawn(move || desk.run(&listener)).map_err(cannot_listen)?;
    Ok(())
}

struct Desk {
    monitor: Monitor,
    metrics: Arc<Metrics>,
    /// From the first signal on.
    #[cfg(feature = "health-port")]
    draining: Arc<AtomicBool>,
}

impl Desk {
    fn run(&self, listener: &TcpListener) {
        loop {
            match listener.accept() {
                // A peer that breaks off needs no answer.
                Ok((stream, _)) => drop(self.serve(stream)),
                Err(error) if is_broken_off(&error) => {}
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_write_timeout(Some(PATIENCE))?;
        let until = Instant::now() + PATIENCE;
        let answer = match read_head(&mut stream, until)? {
            Some(head) => self.answer(&head),
            None => plain("408 Request Timeout", "", "request took too long"),
        };
        stream.write_all(answer.as_bytes())?;
        finish(&mut stream)
    }

    fn answer(&self, head: &[u8]) -> String {
        let request = http::split(head).ok().and_then(|(line, _)| RequestLine::parse(line));
        let Some(request) = request else {
            return plain("400 Bad Request", "", "malformed request");
        };
        if request.method != "GET" {
            return plain("405 Method Not Allowed", "Allow: GET\r\n", "only GET is allowed");
        }
        let path = request.path();
        #[cfg(feature = "health-port")]
        if self.monitor.health.is_some_and(|health| path == Some(health.as_bytes())) {
            return self.health();
        }
        if path == Some(self.monitor.metrics.as_bytes()) {
            return http::answer("200 OK", http::METRICS, "", &self.metrics.text());
        }
        plain("404 Not Found", "", "no such resource")
    }

    #[cfg(feature = "health-port")]
    fn health(&self) -> String {
        if self.draining.load(Ordering::Relaxed) {
            plain("503 Service Unavailable", "", "draining")
        } else {
            plain("200 OK", "", "ok")
        }
    }
}

/// Whether it is of a connection that ended before it was accepted.
fn is_broken_off(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

fn plain(status: &str, extra: &str, reason: &str) -> String {
    http::answer(status, http::TEXT, extra, &format!("{reason}\n"))
}

/// The head of a request; `None` if it is too long, or took too long.
fn read_head(stream: &mut TcpStream, until: Instant) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut bytes = [0; 1024];
    loop {
        let searched = head.len();
        let Some(count) = read_until(stream, &mut bytes, until)? else { return Ok(None) };
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(&bytes[..count]);
        match http::extent(&head, searched, HEAD) {
            Extent::Incomplete => {}
            Extent::TooLarge => return Ok(None),
            Extent::Complete { start, end } => return Ok(Some(head[start..end].to_vec())),
        }
    }
}

/// Ends the stream; what still comes is read, so that no reset eats the answer.
fn finish(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let until = Instant::now() + PATIENCE;
    while read_until(stream, &mut [0; 1024], until)?.is_some_and(|count| count > 0) {}
    Ok(())
}

/// Reads; `None` if nothing came until then.
fn read_until(
    stream: &mut TcpStream,
    bytes: &mut [u8],
    until: Instant,
) -> io::Result<Option<usize>> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Ok(None);
    }
    stream.set_read_timeout(Some(left))?;
    match stream.read(bytes) {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> Desk {
        Desk {
            monitor: Monitor {
                port: 0,
                metrics: "/m",
                #[cfg(feature = "health-port")]
                health: Some("/h"),
            },
            metrics: Arc::default(),
            #[cfg(feature = "health-port")]
            draining: Arc::default(),
        }
    }

    fn answer(desk: &Desk, head: &str) -> String {
        desk.answer(format!("{head} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes())
    }

    #[test]
    fn behaviour_10_answers_by_path() {
        let desk = desk();
        let found = "HTTP/1.1 200 OK\r\nConnection: close\r\n\
                     Content-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: ";
        assert!(answer(&desk, "GET /m?query").starts_with(found));
        assert!(answer(&desk, "GET /").starts_with("HTTP/1.1 404 Not Found\r\n"));
        assert!(answer(&desk, "POST /m").starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
        assert!(answer(&desk, "GET").starts_with("HTTP/1.1 400 Bad Request\r\n"));
    }

    #[cfg(feature = "health-port")]
    #[test]
    fn behaviour_10_health_until_the_drain() {
        let desk = desk();
        assert!(answer(&desk, "GET /h").ends_with("\r\n\r\nok\n"));
        desk.draining.store(true, Ordering::Relaxed);
        let draining = answer(&desk, "GET /h");
        assert!(draining.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
        assert!(draining.ends_with("\r\n\r\ndraining\n"));
    }
}
