//! Webhooks: shapes on the wire, repetition, refusals, and how one channel tells of another.

use std::time::{Duration, Instant};

use host_core::Span;
use host_monitor::alerts::settings::{MinSeverity, WebhookKind};
use host_monitor::alerts::{AlertsSettings, MessageState};

use crate::follower::{Account, by_webhook, hook};
use crate::wait::eventually;
use crate::webhook::WebServer;

#[test]
fn ntfy_gets_title_and_priority_and_the_text_as_its_body() {
    let server = WebServer::start(&[]);
    let mut ntfy = hook(WebhookKind::Ntfy, &server);
    ntfy.token = "tk_canary".into();
    let host = Account::new(by_webhook(vec![ntfy])).follow();
    host.critical("orders: 503 from the venue — überlastet");
    let request = &server.wait_for(1)[0];
    assert_eq!(request.line, "POST /secret-topic HTTP/1.1");
    assert_eq!(request.header("priority"), Some("5"));
    assert_eq!(request.header("authorization"), Some("Bearer tk_canary"));
    let title = request.header("title").expect("a title");
    assert!(title.starts_with("[LIVE alex] CRITICAL venue_down: orders: 503"), "{title}");
    assert!(request.body.contains("überlastet") && request.body.contains("Runbook: "), "{}", request.body);
    host.end();
}

#[test]
fn json_has_each_notice_with_its_code_and_what_to_do() {
    let server = WebServer::start(&[]);
    let host = Account::new(by_webhook(vec![hook(WebhookKind::Json, &server)])).follow();
    host.critical("orders: 503");
    let body = server.wait_for(1)[0].json();
    assert_eq!((&body["severity"], &body["account"]), (&"critical".into(), &"alex".into()));
    let notice = &body["notices"][0];
    assert_eq!((&notice["code"], &notice["text"]), (&"venue_down".into(), &"orders: 503".into()));
    assert_eq!(notice["runbook"], "host/docs/RUNBOOK.md#venue_down");
    assert!(notice["what_to_do"].as_str().is_some_and(|text| text.contains("status page")), "{body}");
    host.end();
}

#[test]
fn failures_that_pass_are_tried_again_when_the_server_asks() {
    let server = WebServer::start(&["500 Oh No", "429 Slow Down\r\nRetry-After: 5", "200 OK"]);
    let account = Account::new(by_webhook(vec![hook(WebhookKind::Slack, &server)]));
    let host = account.follow();
    host.critical("text");
    let requests = server.wait_for(3);
    let waited = requests[2].at - requests[1].at;
    assert!(waited >= Duration::from_secs(5), "{waited:?}");
    let entry = account.wait_for(MessageState::Sent);
    assert_eq!((entry.tries, entry.last_error.as_deref()), (3, Some("429 Too Many Requests")));
    host.end();
}

#[test]
fn a_channel_that_refuses_for_good_is_told_of_on_another() {
    let (gone, works) = (WebServer::start(&["404 Not Found"]), WebServer::start(&[]));
    let hooks = vec![hook(WebhookKind::Discord, &gone), hook(WebhookKind::Json, &works)];
    let account = Account::new(by_webhook(hooks));
    let host = account.follow();
    host.critical("text");
    let told = works.wait_for(2)[1].json();
    assert_eq!(told["notices"][0]["code"], "alerts_undelivered");
    assert!(told["text"].as_str().is_some_and(|text| text.contains("discord does not deliver: 404")), "{told}");
    let entry = account.wait_for(MessageState::Failed);
    assert_eq!((entry.channel.as_str(), entry.tries), ("discord", 1));
    // The warning went to the channel that works again, too, and that was the end of it.
    eventually("peace", || (gone.received().len() == 2).then_some(()));
    host.end();
    assert_eq!((gone.received().len(), works.received().len()), (2, 2));
}

#[test]
fn no_redirection_is_followed_and_no_address_shown() {
    let (elsewhere, server) = (WebServer::start(&[]), WebServer::start(&["307 Moved\r\nLocation: /elsewhere"]));
    drop(elsewhere);
    let account = Account::new(by_webhook(vec![hook(WebhookKind::Json, &server)]));
    let host = account.follow();
    host.critical("text");
    let error = account.wait_for(MessageState::Failed).last_error.expect("an error");
    assert!(error.starts_with("307") && !error.contains("secret-topic"), "{error}");
    host.end();
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_server_that_is_gone_is_given_up_after_the_time_that_is_set_and_its_address_not_shown() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = server.local_addr().expect("an address").port();
    drop(server);
    let mut json = hook(WebhookKind::Json, &WebServer::start(&[]));
    json.url = format!("http://127.0.0.1:{port}/secret-topic").as_str().into();
    let account = Account::new(AlertsSettings { give_up: Span::seconds(3), ..by_webhook(vec![json]) });
    let host = account.follow();
    host.critical("text");
    let entry = account.wait_for(MessageState::Failed);
    let error = entry.last_error.expect("an error");
    assert!(entry.tries >= 2 && error.contains("refused") && !error.contains("secret-topic"), "{error}");
    host.end();
}

#[test]
fn a_channel_hears_only_what_it_asked_for_and_a_hanging_one_holds_up_no_other() {
    let (all, critical) = (WebServer::start(&[]), WebServer::start(&[]));
    // It takes connections and never answers.
    let hangs = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut stuck = hook(WebhookKind::Slack, &all);
    stuck.url = format!("http://{}/", hangs.local_addr().expect("an address")).as_str().into();
    let mut urgent = hook(WebhookKind::Telegram, &critical);
    urgent.min_severity = MinSeverity::Critical;
    let hooks = vec![stuck, hook(WebhookKind::Json, &all), urgent];
    let host = Account::new(by_webhook(hooks)).follow();
    let begun = Instant::now();
    host.warning("a warning");
    host.critical("something critical");
    assert_eq!(critical.wait_for(1)[0].json()["chat_id"], "42");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    all.wait_for(2);
    host.end();
    assert_eq!(critical.received().len(), 1);
}
