//! A mail server of somebody else's making: aiosmtpd, from the Python package index. `HOST_SKIP_AIOSMTPD` goes without
//! the tests that need it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::python::python_with;
use super::wait::eventually;

const PACKAGES: [&str; 2] = ["aiosmtpd==1.4.6", "trustme==1.2.1"];
const SCRIPT: &str = "../../tests/support/mail_server.py";

/// The password that the server takes from its user `alex`.
pub const PASSWORD: &str = "hunter2";

/// A mail server on loopback; killed when dropped.
pub struct MailServer {
    child: Option<Child>,
    folder: tempfile::TempDir,
    mode: &'static str,
    pub port: u16,
}

impl MailServer {
    /// Starts a server with the encryption `mode`: `tls`, `starttls` or `plain`. None if such tests are to be skipped.
    pub fn start(mode: &'static str) -> Option<MailServer> {
        if std::env::var_os("HOST_SKIP_AIOSMTPD").is_some() {
            println!("skipped: HOST_SKIP_AIOSMTPD is set");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut server = MailServer { child: None, folder, mode, port: 0 };
        server.resume();
        Some(server)
    }

    /// Starts it again, at the port that it had.
    pub fn resume(&mut self) {
        let python = python_with("aiosmtpd.smtp, trustme", &PACKAGES, &[])
            .unwrap_or_else(|why| panic!("aiosmtpd cannot be had (`HOST_SKIP_AIOSMTPD=1` goes without it): {why}"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT);
        let mut command = Command::new(python);
        command.arg(script).arg(self.folder.path()).arg(self.mode).arg(self.port.to_string());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("python runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its stdout")).read_line(&mut line).expect("a line");
        self.child = Some(child);
        self.port = line.trim().parse().expect("a port");
    }

    /// Ends it, as a crash would.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The certificates to trust.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Answers the next mails so: `ok`, `refuse`, `later`, `hang`.
    pub fn answer(&self, orders: &[&str]) {
        std::fs::write(self.folder.path().join("orders"), orders.join("\n")).expect("a file");
    }

    /// The mails that it has taken.
    pub fn mails(&self) -> Vec<Value> {
        self.lines("mails").iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The passwords that it was given, over whatever connection.
    pub fn passwords(&self) -> Vec<String> {
        self.lines("passwords")
    }

    /// Waits until it has taken `count` mails; returns them.
    #[track_caller]
    pub fn wait_for_mails(&self, count: usize) -> Vec<Value> {
        eventually(&format!("{count} mails"), || Some(self.mails()).filter(|mails| mails.len() >= count))
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        // The last line may be half written.
        text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(|line| line.trim().to_owned()).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop();
    }
}
