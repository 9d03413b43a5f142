//! Warnings in groups, through the whole way.

use host_core::{Span, Timestamp};
use host_live::notice::{Notice, NoticeCode, Severity};
use host_monitor::alerts::settings::WebhookKind;
use host_monitor::alerts::{AlertsSettings, MessageState};

use crate::follower::{Account, by_webhook, hook, time};
use crate::webhook::WebServer;

#[test]
fn the_first_warning_comes_alone_and_the_next_ones_together() {
    let server = WebServer::start(&[]);
    let settings = AlertsSettings { group: Span::seconds(2), ..by_webhook(vec![hook(WebhookKind::Json, &server)]) };
    let host = Account::new(settings).follow();
    host.notices.info(time(), NoticeCode::Started, "not told");
    host.warning("one");
    server.wait_for(1);
    host.warning("two");
    host.notices.publish(Notice::new(Severity::Warning, time(), NoticeCode::Throttled, "three").of_times(3));
    let requests = server.wait_for(2);
    let waited = requests[1].at - requests[0].at;
    assert!(waited.as_secs_f64() > 1.5, "{waited:?}");
    let texts = |at: usize| {
        let body = requests[at].json();
        let notices = body["notices"].as_array().expect("notices").clone();
        notices.iter().map(|notice| notice["text"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((texts(0), texts(1)), (vec!["one".to_owned()], vec!["two".to_owned(), "three".to_owned()]));
    assert!(requests[1].json()["text"].as_str().is_some_and(|text| text.contains("three (3 times)")));
    host.end();
    assert_eq!(server.received().len(), 2);
}

/// Quiet hours that began an hour ago and end in an hour.
fn quiet_now() -> String {
    let now = Timestamp(i64::try_from(std::time::UNIX_EPOCH.elapsed().expect("a clock").as_nanos()).expect("a time"));
    let clock = |time: Timestamp| time.to_string()[11..16].to_owned();
    format!("{}-{}", clock(now - Span::hours(1)), clock(now + Span::hours(1)))
}

#[test]
fn quiet_hours_hold_warnings_across_a_restart_and_nothing_critical() {
    let server = WebServer::start(&[]);
    let quiet = AlertsSettings { quiet: quiet_now(), ..by_webhook(vec![hook(WebhookKind::Json, &server)]) };
    let account = Account::new(quiet);
    let host = account.follow();
    host.warning("in the night");
    host.critical("in the night too");
    assert_eq!(server.wait_for(1)[0].json()["severity"], "critical");
    host.end();
    assert_eq!(server.received().len(), 1);
    // Once they are over, the warning comes.
    let account = account.without_quiet_hours();
    let host = account.follow();
    assert_eq!(server.wait_for(2)[1].json()["notices"][0]["text"], "in the night");
    account.wait_for(MessageState::Sent);
    host.end();
}
