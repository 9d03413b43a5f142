//! The doors: nobody gets in without a code, and whoever may look may not stop.

use std::fs;
use std::io::Read;
use std::time::Duration;

use host_monitor::dashboard::access::Scope;
use host_monitor::dashboard::settings::DashboardSettings;
use host_monitor::dashboard::{DashboardError, DashboardServer};

use crate::rig::{Rig, form_token, now, settings, status, terms};

#[test]
fn strangers_see_the_page_to_sign_in_and_nothing_else() {
    let rig = Rig::new();
    for path in ["/", "/stop", "/events", "/market/KX-1"] {
        for cookie in ["", "host-session=", "host-session=00", "__Host-host-session=x", "other=1"] {
            let answer = rig.get(path, cookie);
            assert!(status(&answer) == "303" && answer.contains("location: /login"), "{path} {cookie}: {answer}");
        }
    }
    for path in ["/stop", "/note", "/logout"] {
        assert_eq!(status(&rig.post(path, "", "token=x&sure=yes&text=x")), "303", "{path}");
    }
    let page = rig.get("/login", "");
    assert_eq!(status(&page), "200");
    assert!(!page.contains("alex"), "a stranger learns whose account it is:\n{page}");
    for path in ["/../etc/passwd", "/host.toml", "/dashboard.json", "/%2e%2e/keys"] {
        assert_eq!(status(&rig.get(path, "")), "404", "{path}");
    }
    assert!(!rig.is_stopped());
}

#[test]
fn every_answer_has_the_strict_headers() {
    let rig = Rig::new();
    for path in ["/", "/login", "/pages.css", "/pages.js", "/icon.svg", "/nothing"] {
        let answer = rig.get(path, "");
        for header in [
            "content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
            "x-frame-options: DENY",
        ] {
            assert!(answer.contains(header), "{path} without {header}:\n{answer}");
        }
    }
    let login = rig.get("/login", "");
    let is_handler = |word: &str| word.starts_with("on") && word.contains('=');
    let inline = login.contains("style=") || login.contains("<script>") || login.split_whitespace().any(is_handler);
    assert!(!inline, "{login}");
    assert!(rig.get("/pages.js", "").len() < 4_800 && rig.get("/pages.css", "").contains("0s 90s forwards"));
}

#[test]
fn requests_for_another_name_or_from_another_page_are_refused() {
    let rig = Rig::new();
    let cookie = rig.sign_in(Scope::Kill);
    let token = form_token(&rig.get("/stop", &cookie));
    let address = rig.host();
    let foreign = format!("GET / HTTP/1.1\r\nHost: evil.example\r\nCookie: {cookie}\r\n");
    assert_eq!(status(&rig.ask(&foreign, "")), "421");
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let head = format!("POST /stop HTTP/1.1\r\nHost: {address}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\n");
        assert_eq!(status(&rig.ask(&head, &format!("token={token}&sure=yes"))), "421", "{origin}");
    }
    for body in ["", "sure=yes", "token=&sure=yes", "token=00&sure=yes"] {
        let answer = rig.post("/stop", &cookie, body);
        assert!(["403", "422"].contains(&status(&answer)), "{body}: {answer}");
    }
    assert!(!rig.is_stopped(), "it was stopped without a person's word");
}

#[test]
fn whoever_may_look_may_not_stop() {
    let rig = Rig::new();
    let cookie = rig.sign_in(Scope::View);
    let page = rig.get("/", &cookie);
    assert!(status(&page) == "200" && page.contains("You may look.") && !page.contains("Hold to stop"), "{page}");
    assert!(page.contains("No host runs"), "{page}");
    let token = form_token(&page);
    assert_eq!(status(&rig.post("/stop", &cookie, &format!("token={token}&sure=yes"))), "403");
    assert_eq!(status(&rig.post("/note", &cookie, &format!("token={token}&text=x"))), "403");
    assert!(!rig.is_stopped());
    assert_eq!(status(&rig.post("/logout", &cookie, &format!("token={token}"))), "303");
    assert_eq!(status(&rig.get("/", &cookie)), "303", "signed out");
}

#[test]
fn a_browser_that_is_signed_out_gets_no_more_updates() {
    let rig = Rig::new();
    let cookie = rig.sign_in(Scope::View);
    let mut stream = rig.follow(&cookie);
    let mut seen = String::new();
    while !seen.contains("data: {") {
        let mut part = [0; 4_096];
        let length = stream.read(&mut part).unwrap();
        assert!(length > 0, "it ends at once: {seen}");
        seen += &String::from_utf8_lossy(&part[..length]);
    }
    rig.access.revoke("phone", now()).unwrap();
    // To its end, or the time-out fails it.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
}

#[test]
fn a_stop_latches_without_a_host_and_says_what_is_not_certain() {
    let rig = Rig::new();
    let cookie = rig.sign_in(Scope::Kill);
    let asked = rig.get("/stop", &cookie);
    assert!(asked.contains("Stop trading?") && asked.contains("type=\"checkbox\""), "{asked}");
    let token = form_token(&asked);
    for _ in 0..3 {
        assert_eq!(status(&rig.post("/stop", &cookie, &format!("token={token}&sure=held"))), "303");
    }
    let shown = (0..200).find_map(|_| {
        std::thread::sleep(Duration::from_millis(100));
        let shown = rig.get("/stop", &cookie);
        shown.contains("Not verified").then_some(shown)
    });
    let shown = shown.expect("the venue is out of reach");
    assert!(shown.contains("no order leaves this host") && shown.contains("cancel all orders on kalshi"), "{shown}");
    let page = rig.get("/", &cookie);
    assert!(page.contains("Stopped by phone (dashboard)") && !page.contains("Hold to stop"), "{page}");
    let killed = fs::read_to_string(rig.folder.path().join("KILLED")).unwrap();
    assert!(killed.contains("phone (dashboard)"), "{killed}");
}

#[test]
fn attempts_to_sign_in_are_few() {
    let rig = Rig::new();
    let tries: Vec<String> = (0..7).map(|_| status(&rig.post("/login", "", "code=guess")).to_owned()).collect();
    assert_eq!(tries[..5], ["403"; 5]);
    assert_eq!(tries[6], "429", "{tries:?}");
    let code = rig.access.make_code(Scope::Kill, "phone", now()).unwrap();
    assert_eq!(status(&rig.post("/login", "", &format!("code={code}"))), "429", "whoever guesses is not let in");
}

#[test]
fn an_open_address_and_a_taken_port_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let open = DashboardSettings { listen: "0.0.0.0:0".parse().unwrap(), ..settings() };
    let refused = DashboardServer::start(open, "alex", terms(&folder)).unwrap_err();
    assert!(matches!(refused, DashboardError::Settings(_)), "{refused}");
    let rig = Rig::new();
    let taken = DashboardSettings { listen: rig.server.address(), ..settings() };
    let refused = DashboardServer::start(taken, "alex", terms(&folder)).unwrap_err();
    assert!(refused.to_string().contains("set dashboard.listen to a free port"), "{refused}");
}

#[test]
fn programs_elsewhere_get_no_figures() {
    let rig = Rig::new();
    let address = rig.host();
    for path in ["/metrics", "/healthz", "/readyz"] {
        assert_eq!(status(&rig.get(path, "")), "503", "no host runs: {path}");
        let passed_on = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nX-Forwarded-For: 8.8.8.8\r\n");
        assert_eq!(status(&rig.ask(&passed_on, "")), "403", "{path}");
    }
}
