//! The dashboard of a paper run whose journal is not there, damaged, or of another host.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use host_core::Timestamp;
use host_monitor::dashboard::access::{Access, Scope};
use host_monitor::dashboard::settings::DashboardSettings;
use host_monitor::dashboard::{DashboardError, DashboardServer};
use host_sandbox::{Cache, SandboxLimits};
use host_store::journal::events::{EventRef, JournalStep};
use host_store::journal::{Durability, Journal, Mode, RunInfo};
use host_store::runs::{JOURNAL_FILE, KeptRun, RunFacts, RunFolder};
use serde_json::json;

/// A run that was broken off after its start.
struct Run {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Run {
    fn of(mode: Mode, engine: &str) -> Run {
        let folder = tempfile::tempdir().unwrap();
        let (run, id) = RunFolder::create(folder.path(), mode, now()).unwrap();
        let info = RunInfo {
            mode,
            engine_version: "0.2.0".into(),
            started: now(),
            ended: None,
            seed: 0,
            data: "made up".into(),
            data_digest: String::new(),
            config: String::new(),
            strategies: Vec::new(),
            markets: Vec::new(),
        };
        let mut writer = Journal::create(run.path().join(JOURNAL_FILE), &info, Durability::Process).unwrap();
        let start = json!({ "engine_version": engine });
        writer.append_steps([JournalStep { event: EventRef::Start(&start), records: &[], cancels: &[] }]).unwrap();
        drop(writer);
        let facts = RunFacts {
            id,
            mode,
            command: vec!["run".to_owned()],
            engine_version: "0.2.0".to_owned(),
            started: now().to_string(),
            ended: None,
            repeats: None,
            data: String::new(),
            data_digest: String::new(),
            tape: None,
            config_digest: String::new(),
            seed: 0,
            proof_seed: None,
            strategies: Vec::new(),
            journal: JOURNAL_FILE.into(),
        };
        run.write_facts(&facts).unwrap();
        let path = run.path().to_owned();
        Run { folder, path }
    }

    fn journal(&self) -> PathBuf {
        self.path.join(JOURNAL_FILE)
    }

    fn access(&self) -> Access {
        Access::of(self.folder.path())
    }

    fn serve(&self) -> Result<DashboardServer, DashboardError> {
        let settings = DashboardSettings { listen: "127.0.0.1:0".parse().unwrap(), ..DashboardSettings::default() };
        let cache = Cache::at(self.folder.path().join("cache"));
        DashboardServer::start_run(
            settings,
            KeptRun::open(&self.path).unwrap(),
            self.access(),
            (cache, SandboxLimits::default()),
        )
    }

    #[track_caller]
    fn refused(&self, expect: &str) {
        let error = self.serve().expect_err("it is served").to_string();
        assert!(error.contains(expect), "{error}");
    }
}

fn now() -> Timestamp {
    Timestamp(host_system::clock::unix_nanos())
}

fn ask(server: &DashboardServer, head: &str, cookie: &str) -> String {
    let host = server.address();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let body = if head.starts_with("POST") { "token=none&sure=ticked" } else { "" };
    let kind = "Content-Type: application/x-www-form-urlencoded\r\nConnection: close";
    let length = body.len();
    let lines = format!("{head} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n{kind}\r\nContent-Length: {length}");
    write!(stream, "{lines}\r\n\r\n{body}").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_journal_that_cannot_be_read_is_named_and_nothing_is_served() {
    let run = Run::of(Mode::Paper, "0.0.1");
    let mut file = File::options().write(true).open(run.journal()).unwrap();
    // The version of the tables, in the header of every SQLite file.
    file.seek(SeekFrom::Start(60)).and_then(|_| file.write_all(&99_u32.to_be_bytes())).unwrap();
    drop(file);
    run.refused("99");
    fs::write(run.journal(), "no journal").unwrap();
    run.refused("run.journal");
    fs::remove_file(run.journal()).unwrap();
    run.refused("run.journal");
    Run::of(Mode::Backtest, "0.0.1").refused("only paper runs and live accounts have a dashboard");
}

#[test]
fn a_run_of_another_engine_is_shown_as_far_as_its_journal_tells() {
    let run = Run::of(Mode::Paper, "0.0.1");
    let server = run.serve().unwrap();
    assert!(ask(&server, "GET /", "").starts_with("HTTP/1.1 303"), "nobody is signed in");
    let code = run.access().make_code(Scope::Kill, "phone", now()).unwrap();
    let cookie = format!("host-session={}", run.access().sign_in(&code, now()).unwrap().unwrap());
    let page = (0..100).map(|_| ask(&server, "GET /", &cookie)).find(|page| {
        std::thread::sleep(Duration::from_millis(50));
        !page.contains("is being read")
    });
    let page = page.expect("it is read within seconds");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("PAPER") && !page.contains("LIVE"), "{page}");
    assert!(page.contains("are not known: it was run by a host with the engine 0.0.1"), "{page}");
    assert!(page.contains("No equity is known yet") && page.contains("Its process was killed"), "{page}");
    for (head, status) in [("POST /stop", "403"), ("POST /close", "403"), ("GET /stop", "403"), ("GET /metrics", "404")]
    {
        let answer = ask(&server, head, &cookie);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {answer}");
    }
    assert!(ask(&server, "GET /icon.svg", "").contains("stroke-dasharray"), "its icon is not hatched");
}
