//! Processes that run beside a test: an exchange and hosts.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use host_core::{Span, Timestamp};
use serde_json::Value;

use super::environment::Environment;
use super::ledger::Ledger;
use super::wait::{PATIENCE, eventually, now_ns};

/// Largest error of the clock of [`Running::start_now`]: a quarter of what a live host tolerates.
const OFF: Span = Span::millis(500);

/// An exchange process; killed when dropped.
pub struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// A file instead of a pipe, which would fill up and stop the exchange.
    stderr: File,
    args: String,
    /// The address that it printed: `127.0.0.1:41234`.
    pub address: String,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

impl Running {
    /// Runs `host exchange` with `args` on any free port, and waits until it listens.
    pub fn start(environment: &Environment, args: &str) -> Running {
        let mut command = environment.command(&format!("exchange --listen 127.0.0.1:0 {args}"));
        let mut stderr = tempfile::tempfile().expect("a file");
        command.stdout(Stdio::piped()).stderr(stderr.try_clone().expect("the same file"));
        let mut child = command.spawn().expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("its stdout"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        if line.is_empty() {
            let _ = child.wait().expect("it ends");
            panic!("it does not serve: {}", written(&mut stderr));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        // Nobody looks after a connection between two requests, and faults close them.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).timeout(PATIENCE);
        let client = client.build().expect("a client");
        let (address, args) = (line.trim().to_owned(), args.to_owned());
        Running { child, stdout, stderr, args, address, runtime, client }
    }

    /// Starts an exchange whose clock shows this machine's time, as live hosts require. The time that a start takes
    /// is known only afterwards: if the clock is off, the start is repeated with that correction.
    pub fn start_now(environment: &Environment, args: &str) -> Running {
        let mut takes = Span::ZERO;
        for _ in 0..10 {
            let start = Timestamp(now_ns()) + takes;
            let running = Running::start(environment, &format!("{args} --start {start}"));
            let behind = Span(now_ns() - running.now_ns());
            if behind.0.abs() <= OFF.0 {
                return running;
            }
            takes = Span(takes.0 + behind.0);
        }
        panic!("this machine is too busy to start an exchange on time");
    }

    /// The time by its clock, in nanoseconds since 1970.
    pub fn now_ns(&self) -> i64 {
        self.get("/simulation/clock").1["now_ns"].as_i64().expect("a time")
    }

    /// Returns status and JSON of a GET of `path`.
    pub fn get(&self, path: &str) -> (u16, Value) {
        self.ask(self.client.get(self.url(path)))
    }

    /// Returns status and JSON of a PUT of `body` to `path`.
    pub fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(self.client.put(self.url(path)).json(body))
    }

    /// Returns status and JSON of a POST of `body` to `path`.
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(self.client.post(self.url(path)).json(body))
    }

    /// The exchange's books of the first account.
    pub fn ledger(&self) -> Ledger {
        Ledger::of(&self.get("/simulation/ledger").1)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a request, again and again while no connection can be made: a port that a fault has closed is closed to
    /// the test as well.
    fn ask(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = eventually("a connection", || {
            let request = request.try_clone().expect("a request without a stream");
            let answer = self.runtime.block_on(async { request.send().await });
            (!answer.as_ref().is_err_and(reqwest::Error::is_connect)).then_some(answer)
        });
        let answer = answer.expect("an answer");
        (answer.status().as_u16(), self.runtime.block_on(async { answer.json().await }).expect("JSON"))
    }

    /// Sends a signal by its name: `TERM`, `INT`.
    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Waits for the end; returns the exit status and the rest of stdout and stderr.
    pub fn end(mut self) -> (ExitStatus, String, String) {
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).expect("text");
        (self.child.wait().expect("it ends"), stdout, written(&mut self.stderr))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("`host exchange {}` said:\n{}", self.args, written(&mut self.stderr));
        }
    }
}

/// Everything that an ended process wrote to `file`.
fn written(file: &mut File) -> String {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).expect("text");
    text
}

/// A host process; killed when dropped.
pub struct Host {
    child: Child,
    said: PathBuf,
}

impl Host {
    /// Runs the binary with `args`.
    pub fn start(environment: &Environment, args: &str) -> Host {
        let mut command = environment.command(args);
        command.stdout(Stdio::null());
        Host::of(environment, command)
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts `command`, with its stderr in a file of its own.
    pub fn of(environment: &Environment, mut command: Command) -> Host {
        let (said, file) = (0..)
            .map(|number| environment.path(&format!("host-{number}.err")))
            .find_map(|path| File::create_new(&path).ok().map(|file| (path, file)))
            .expect("a new file");
        let child = command.stderr(file).spawn().expect("the binary runs");
        Host { child, said }
    }

    /// Everything that it has written to stderr.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).expect("text")
    }

    /// Waits until it has written `text` to stderr.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        eventually(text, || {
            let ended = self.child.try_wait().expect("a child");
            let said = self.said();
            assert!(ended.is_none() || said.contains(text), "it ended ({ended:?}) without saying `{text}`:\n{said}");
            said.contains(text).then_some(())
        });
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name: `TERM`, `INT`.
    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Kills it with SIGKILL, which it cannot handle.
    pub fn die(mut self) {
        self.child.kill().expect("it runs");
        let _ = self.child.wait();
    }

    /// Waits for its end; returns the exit status.
    #[track_caller]
    pub fn end(&mut self) -> ExitStatus {
        eventually("its end", || self.child.try_wait().expect("a child"))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let said = std::fs::read_to_string(&self.said).unwrap_or_default();
        if std::thread::panicking() {
            println!("a host said:\n{said}");
        } else {
            // A panic in a thread of the host fails the test, whatever the exit code; strategies may.
            let panicked = said.lines().any(|line| line.contains("panicked") && !line.contains("strategy"));
            assert!(!panicked, "{said}");
        }
    }
}

/// Sends a signal by its name: `TERM`, `INT`.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}
