//! A running server: started on a port of the kernel's choice, stopped by signal, its exit status checked.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::paths;
use crate::program::Program;
use crate::variant::Variant;

/// A server process. Dropping it sends SIGTERM and demands exit status 0, unless the test has signalled it and failed since.
#[derive(Debug)]
pub struct TestServer {
    /// Port 0 of a server on a unix socket.
    pub address: SocketAddr,
    /// The path of a unix socket.
    pub path: Option<PathBuf>,
    pub variant: Option<Variant>,
    log: PathBuf,
    child: Child,
    signalled: AtomicBool,
    stopped: bool,
}

impl TestServer {
    /// Starts one of the laboratory's own specs.
    ///
    /// # Errors
    /// When it cannot be built or does not start.
    pub fn of_lab_spec(name: &str, variant: impl Into<Variant>) -> Result<Self> {
        Self::start(&Program::of_lab_spec(name, variant)?, &[])
    }

    /// Starts a built server with further environment variables.
    ///
    /// # Errors
    /// When it does not print its start line within ten seconds.
    pub fn start(program: &Program, environment: &[(&str, &str)]) -> Result<Self> {
        let mut command = program.command();
        command.env("HOST", "127.0.0.1").env("PORT", "0").envs(environment.iter().copied());
        let mut server = Self::launch(command)?;
        server.variant = Some(program.variant);
        Ok(server)
    }

    /// Starts any program that prints `listening on HOST:PORT`.
    ///
    /// # Errors
    /// When it does not print its start line within ten seconds.
    pub fn launch(mut command: Command) -> Result<Self> {
        let log = log_file()?;
        let stderr = File::create(&log)?;
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        match start_line(&mut child).and_then(|line| listening_address(&line)) {
            Ok((address, path)) => {
                Ok(Self { address, path, variant: None, log, child, signalled: AtomicBool::new(false), stopped: false })
            }
            Err(error) => {
                let _ = child.kill();
                let status = child.wait()?;
                let printed = std::fs::read_to_string(&log).unwrap_or_default();
                Err(error.context(format!("{command:?} did not start ({status}):\n{printed}")))
            }
        }
    }

    /// Who it is, for reports.
    #[must_use]
    pub fn name(&self) -> String {
        self.variant.map_or_else(|| "peer".to_owned(), |variant| variant.to_string())
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for all these parts of log lines.
    ///
    /// # Errors
    /// When one is not there within five seconds.
    pub fn logs(&self, expected: &[&str]) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let log = self.log();
            let Some(missing) = expected.iter().find(|part| !log.contains(**part)) else { return Ok(()) };
            if Instant::now() > deadline {
                bail!("no {missing:?} in the log:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What the server wrote to its standard error so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// A new connection with Nagle's algorithm off and a generous read timeout. One to a unix socket is passed off as a TCP stream,
    /// which can do all that it can.
    ///
    /// # Errors
    /// When the server does not accept.
    pub fn connect(&self) -> Result<TcpStream> {
        let failed = || format!("cannot connect to {}", self.name());
        let stream = match &self.path {
            Some(path) => OwnedFd::from(UnixStream::connect(path).with_context(failed)?).into(),
            None => {
                let stream = TcpStream::connect(self.address).with_context(failed)?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(stream)
    }

    /// Waits for the server to stop accepting; of several workers each has its own socket to close.
    ///
    /// # Errors
    /// When it still accepts after a second.
    pub fn refuses(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(1);
        while self.connect().is_ok() {
            if Instant::now() > deadline {
                bail!("{} still accepts", self.name());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Sends a signal to the server's process.
    ///
    /// # Errors
    /// When there is no such process any more.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        self.signalled.store(true, Ordering::Relaxed);
        let pid = Pid::from_child(&self.child);
        // Wine makes Ctrl+C of SIGINT; any other signal just ends it.
        let windows = self.variant.is_some_and(Variant::on_windows);
        kill_process(pid, if windows { Signal::INT } else { signal })
            .with_context(|| format!("cannot signal {}", self.name()))
    }

    /// Waits for the process to end by itself.
    ///
    /// # Errors
    /// When it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                self.stopped = true;
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        bail!("{} still runs after {limit:?}; its log:\n{}", self.name(), self.log())
    }

    /// SIGTERM, then the exit status has to be 0.
    ///
    /// # Errors
    /// When the server does not end, or not with 0.
    pub fn stop(&mut self) -> Result<()> {
        self.signal(Signal::TERM)?;
        let status = self.wait(Duration::from_secs(15))?;
        if !status.success() {
            bail!("{} ended with {status} after SIGTERM; its log:\n{}", self.name(), self.log());
        }
        Ok(())
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let result = if self.stopped || *self.signalled.get_mut() { Ok(()) } else { self.stop() };
        if !self.stopped {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if let Err(error) = result
            && !std::thread::panicking()
        {
            panic!("{error:#}");
        }
        let _ = std::fs::remove_file(&self.log);
    }
}

/// A file of its own for each server of each test process.
fn log_file() -> Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let folder = paths::generated().join("logs");
    std::fs::create_dir_all(&folder)?;
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    Ok(folder.join(format!("{}-{number}.log", std::process::id())))
}

/// Reads the first line of standard output on a thread of its own, because a pipe has no read timeout.
fn start_line(child: &mut Child) -> Result<String> {
    let stdout = child.stdout.take().context("standard output is not a pipe")?;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        let _ = reader.read_line(&mut line);
        let _ = sender.send(line);
        // Nothing more is expected, but a closed pipe would end a server that prints.
        let _ = std::io::copy(&mut reader, &mut std::io::sink());
    });
    receiver.recv_timeout(Duration::from_secs(10)).context("no start line within 10 s")
}

fn listening_address(line: &str) -> Result<(SocketAddr, Option<PathBuf>)> {
    let line = line.trim_end();
    let address = line.strip_prefix("listening on ").with_context(|| format!("unexpected start line {line:?}"))?;
    if address.starts_with('/') {
        return Ok((SocketAddr::from(([0, 0, 0, 0], 0)), Some(PathBuf::from(address))));
    }
    let address = address.parse().with_context(|| format!("no address in the start line {line:?}"))?;
    Ok((address, None))
}
