//! A running exchange.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::Value;

use crate::environment::Environment;

/// A process that serves; killed when dropped.
pub struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What it printed: `127.0.0.1:41234`.
    pub address: String,
}

impl Running {
    /// Runs `host exchange` with `args` on any free port, and waits until it listens.
    pub fn start(environment: &Environment, args: &str) -> Running {
        let mut command = environment.command(&format!("exchange --listen 127.0.0.1:0 {args}"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("its stdout"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        if line.is_empty() {
            let output = child.wait_with_output().expect("it ends");
            panic!("it does not serve: {}", String::from_utf8_lossy(&output.stderr));
        }
        Running { child, stdout, address: line.trim().to_owned() }
    }

    /// The JSON at `path`, with its status.
    pub fn get(&self, path: &str) -> (u16, Value) {
        self.ask(|client, address| client.get(format!("http://{address}{path}")))
    }

    /// What comes of putting `body` there.
    pub fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(|client, address| client.put(format!("http://{address}{path}")).json(body))
    }

    /// What comes of posting `body` there.
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(|client, address| client.post(format!("http://{address}{path}")).json(body))
    }

    fn ask(&self, request: impl Fn(&reqwest::Client, &str) -> reqwest::RequestBuilder) -> (u16, Value) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let answer = request(&reqwest::Client::new(), &self.address).send().await.expect("an answer");
            (answer.status().as_u16(), answer.json().await.expect("JSON"))
        })
    }

    /// Sends a signal by its name: `TERM`, `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits for the end: how it ended, and all else that it wrote to stdout and stderr.
    pub fn end(mut self) -> (ExitStatus, String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).expect("text");
        self.child.stderr.take().expect("its stderr").read_to_string(&mut stderr).expect("text");
        (self.child.wait().expect("it ends"), stdout, stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
