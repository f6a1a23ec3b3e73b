//! The built server as a process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running server; killed if the test fails.
pub struct Server {
    process: Child,
    pub address: String,
}

impl Server {
    pub fn start(command: &mut Command) -> Self {
        let mut process = command
            .envs([("HOST", "127.0.0.1"), ("PORT", "0")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("a start line");
        let address = line
            .trim_end()
            .strip_prefix("listening on ")
            .expect("the start line");
        Self {
            address: address.to_owned(),
            process,
        }
    }

    /// SIGTERM; returns the exit status.
    pub fn terminate(mut self) -> Option<i32> {
        let kill = format!("kill -TERM {}", self.process.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .expect("a shell")
                .success()
        );
        self.process.wait().expect("the server ends").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already if the test went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
