//! People are told of a live host: the case study's fifth day, what is critical, the daily summary, and no secret in
//! anything that is told.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::files;
use crate::support::mail::{MailServer, PASSWORD};
use crate::support::rig::Rig;
use crate::support::wait::eventually;
use crate::support::webhook::WebServer;

/// Parts of addresses that are secrets.
const TOPIC: &str = "topic-canary";
const PING: &str = "ping-canary";

/// A rig whose host tells people by `mail` and of itself to `elsewhere`. Warnings wait a second for each other.
fn rig(mail: &MailServer, elsewhere: &WebServer) -> Rig {
    let rig = Rig::quiet();
    let (port, ca) = (mail.port, mail.ca_file());
    let (hook, ping) = (elsewhere.url(&format!("/{TOPIC}")), elsewhere.url(&format!("/{PING}")));
    let password = rig.environment.write("password", PASSWORD);
    private(&password);
    let alerts = format!(
        "[alerts]\ngroup = \"1s\"\nsummary = \"07:00\"\nheartbeat_url = \"{ping}\"\n\
         [alerts.mail]\nserver = \"localhost\"\nport = {port}\nsecurity = \"starttls\"\nuser = \"alex\"\n\
         password_file = \"password\"\nca_file = {ca:?}\nfrom = \"host@example.com\"\nto = [\"alex@example.com\"]\n\
         [[alerts.webhook]]\nkind = \"json\"\nurl = \"{hook}\"\nmin_severity = \"critical\"\n"
    );
    let text = rig.environment.read("host.toml");
    rig.environment.write("host.toml", format!("{text}{alerts}"));
    rig
}

fn private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its owner");
}

/// The subject of a mail.
fn subject(mail: &Value) -> &str {
    mail["subject"].as_str().expect("a subject")
}

/// Waits for a mail whose subject holds `text`; returns it.
#[track_caller]
fn wait_for_mail(server: &MailServer, text: &str) -> Value {
    eventually(text, || server.mails().into_iter().find(|mail| subject(mail).contains(text)))
}

#[test]
fn day_five_one_500_is_repeated_trips_nothing_and_is_mailed_alone() {
    let Some(server) = MailServer::start("starttls") else { return };
    let rig = rig(&server, &WebServer::start(&[]));
    let mut host = rig.host();
    host.wait_for("trading: the venue agrees again");
    rig.wait_for_polls(1);
    let begun = Instant::now();
    let fault = json!({ "kind": "status", "status": 500, "body": true });
    rig.faults(&json!({ "rules": [{ "endpoint": "market-data", "chance": 1.0, "times": 1, "fault": fault }] }));
    host.wait_for("a request succeeded only when it was repeated");
    assert_eq!(rig.status()["host"]["status"]["breaker"], "closed");
    let mail = wait_for_mail(&server, "reads_repeated");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert!(subject(&mail).starts_with("[LIVE alex] WARNING reads_repeated: a request succeeded"), "{mail}");
    assert!(!subject(&mail).contains("more)") && mail["encrypted"] == true, "{mail}");
    let text = mail["text"].as_str().expect("text");
    assert!(text.contains("500") && text.contains("host/docs/RUNBOOK.md#reads_repeated"), "{text}");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());

    // The summary of a day on which no host ran comes when one runs again.
    let queue = rusqlite::Connection::open(rig.account("alerts.db")).expect("a queue");
    queue.execute("INSERT OR REPLACE INTO last_messages VALUES ('summary', 0)", []).expect("a row");
    drop(queue);
    let mut host = rig.host();
    let mail = wait_for_mail(&server, "daily summary: equity $");
    let text = mail["text"].as_str().expect("text");
    for line in ["state ", "equity ", "day P&L ", "positions ", "open orders ", "trades ", "told of "] {
        assert!(text.contains(&format!("\n{line}")) || text.starts_with(line), "no {line}in\n{text}");
    }
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    assert_eq!(server.mails().iter().filter(|mail| subject(mail).contains("daily summary")).count(), 1);
}

#[test]
fn what_is_critical_is_told_within_five_seconds_and_the_switch_elsewhere_hears_of_it() {
    let Some(server) = MailServer::start("starttls") else { return };
    let elsewhere = WebServer::start(&[]);
    let rig = rig(&server, &elsewhere);
    let mut host = rig.host_with("-vv");
    host.wait_for("trading: the venue agrees again");
    let calls = |line: &str| elsewhere.received().iter().any(|request| request.line == line);
    let (well, fail) = (format!("GET /{PING} HTTP/1.1"), format!("GET /{PING}/fail HTTP/1.1"));
    eventually("a sign that all is well", || calls(&well).then_some(()));
    assert!(!calls(&fail), "{:?}", elsewhere.received());
    let begun = Instant::now();
    rig.environment.run("kill --reason drill").success();
    let mail = wait_for_mail(&server, "CRITICAL trading: HALTED: alex (host kill): drill");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(mail["text"].as_str().is_some_and(|text| text.contains("Command: host resume")), "{mail}");
    eventually("a sign that not all is well", || calls(&fail).then_some(()));
    let hook = format!("POST /{TOPIC} HTTP/1.1");
    let told = eventually("the webhook", || elsewhere.received().into_iter().find(|request| request.line == hook));
    assert_eq!(told.json()["notices"][0]["code"], "trading");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());

    let log = rig.environment.run("notify log --format json").success();
    let entries: Vec<Value> = serde_json::from_str(&log).expect("JSON");
    assert!(entries.iter().all(|entry| entry["state"] == "sent"), "{log}");
    let shown = ["config show", "config show --format json", "notify log", "notify test", "status --format json"];
    let mut texts: Vec<String> = shown.iter().map(|args| rig.environment.run(args).to_string()).collect();
    texts.extend([host.said(), log]);
    let files = files::below(&rig.environment.path("live"));
    texts.extend(files.iter().map(|path| String::from_utf8_lossy(&fs::read(path).expect("a file")).into_owned()));
    for secret in [PASSWORD, TOPIC, PING] {
        let found = texts.iter().find(|text| text.contains(secret));
        assert!(found.is_none(), "{secret} is in {found:?}");
    }
    assert!(texts[0].contains("(a secret: not shown)"), "{}", texts[0]);
}

#[test]
fn what_a_killed_process_had_not_delivered_arrives_once_from_the_next_one() {
    let Some(mut server) = MailServer::start("starttls") else { return };
    let rig = rig(&server, &WebServer::start(&[]));
    let mut host = rig.host();
    host.wait_for("trading: the venue agrees again");
    server.stop();
    rig.environment.run("kill --reason drill").success();
    eventually("a try", || rig.environment.run("notify log").success().contains("refused").then_some(()));
    host.die();
    server.resume();
    let mut host = rig.host();
    let first = wait_for_mail(&server, "HALTED: alex (host kill): drill");
    host.wait_for("HALTED");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let mails = server.mails();
    assert_eq!(mails.iter().filter(|mail| mail["id"] == first["id"]).count(), 1, "{mails:?}");
    let log = rig.environment.run("notify log --format csv").success();
    assert!(log.lines().count() > 1 && !log.contains(",waits"), "{log}");
}

#[test]
fn a_test_goes_through_every_channel_and_says_how_each_went() {
    let (gone, works) = (WebServer::start(&["403 Forbidden"]), WebServer::start(&[]));
    let rig = crate::support::environment::Environment::new();
    rig.write(
        "host.toml",
        format!(
            "[live]\naccount = \"alex\"\n[[alerts.webhook]]\nkind = \"slack\"\nurl = \"{}\"\n\
             [[alerts.webhook]]\nkind = \"ntfy\"\nurl_file = \"topic\"\n",
            gone.url("/a")
        ),
    );
    private(&rig.write("topic", works.url("/b")));
    let outcome = rig.run("notify test --format csv");
    assert_eq!(outcome.stdout, "channel,outcome\nslack,403 Forbidden\nntfy,delivered\n", "{outcome}");
    assert!(outcome.code == Some(3) && outcome.stderr.contains("1 of 2 channels do not deliver"), "{outcome}");
    assert_eq!(works.received()[0].header("title"), Some("[LIVE alex] TEST of the alerts"));
    let said = rig.run("notify test").success();
    assert!(said.contains("slack") && said.contains("ntfy") && said.matches("delivered").count() == 2, "{said}");
    rig.write("topic", "http://example.com/open");
    assert!(rig.run("notify test").failure(1).contains("`http` is not encrypted"));
    fs::remove_file(rig.path("topic")).expect("a file");
    assert!(rig.run("notify test").failure(1).contains("[FOLDER]/topic of a secret cannot be used"));
    assert_eq!(rig.run("notify log --format csv").success().lines().count(), 1);
}
