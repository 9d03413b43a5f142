//! A dashboard that tests ask as browsers and strangers do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use host_core::{Span, Timestamp};
use host_live::account_dir::AccountDir;
use host_live::control::stop::StopTerms;
use host_live::settings::LiveSettings;
use host_monitor::dashboard::DashboardServer;
use host_monitor::dashboard::access::{Access, Scope};
use host_monitor::dashboard::settings::DashboardSettings;
use host_venues::kalshi::KalshiSettings;

/// A dashboard of an account without a host, at a port of the system's choice.
pub struct Rig {
    pub server: DashboardServer,
    pub access: Access,
    pub folder: tempfile::TempDir,
}

pub fn settings() -> DashboardSettings {
    DashboardSettings { listen: "127.0.0.1:0".parse().unwrap(), ..DashboardSettings::default() }
}

pub fn terms(folder: &tempfile::TempDir) -> StopTerms {
    let venue = KalshiSettings { base_url: "http://127.0.0.1:1/trade-api/v2".into(), ..KalshiSettings::default() };
    let live = LiveSettings { cancel_timeout: Span::seconds(1), ..LiveSettings::default() };
    StopTerms::new(AccountDir::at(folder.path().to_owned()), &venue, &live, Span::seconds(1))
}

impl Rig {
    pub fn new() -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let server = DashboardServer::start(settings(), "alex", terms(&folder)).unwrap();
        Rig { server, access: Access::of(folder.path()), folder }
    }

    /// Signs a browser in and returns its cookie.
    pub fn sign_in(&self, scope: Scope) -> String {
        let code = self.access.make_code(scope, "phone", now()).unwrap();
        let answer = self.post("/login", "", &format!("code={code}"));
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Sends a request as a browser does that has `cookie`; returns the whole answer.
    pub fn get(&self, path: &str, cookie: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n", self.host()), "")
    }

    /// Sends `body` as a form of the dashboard's own pages.
    pub fn post(&self, path: &str, cookie: &str, body: &str) -> String {
        let host = self.host();
        let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n");
        self.ask(&head, body)
    }

    /// The name by which browsers ask.
    pub fn host(&self) -> String {
        self.server.address().to_string()
    }

    /// Sends `head`, to which type and length of `body` are added, and `body`; returns the whole answer.
    pub fn ask(&self, head: &str, body: &str) -> String {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        self.send(&format!("{head}{kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()))
    }

    /// Sends `request` as it is; returns the whole answer.
    pub fn send(&self, request: &str) -> String {
        let mut stream = self.connect();
        // A server that refuses what is too long need not read it.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A connection on which nothing was sent yet.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// A browser with `cookie` that follows the updates.
    pub fn follow(&self, cookie: &str) -> TcpStream {
        let mut stream = self.connect();
        write!(stream, "GET /events HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", self.host()).unwrap();
        stream
    }

    /// True if trading was stopped.
    pub fn is_stopped(&self) -> bool {
        self.folder.path().join("KILLED").exists()
    }
}

pub fn now() -> Timestamp {
    Timestamp(host_system::clock::unix_nanos())
}

pub fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or(answer)
}

/// The token of the forms on a page.
pub fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"token\" value=\"").expect("a form");
    rest.split('"').next().unwrap().to_owned()
}
