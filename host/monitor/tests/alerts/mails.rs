//! Mail: encrypted or not sent, refused, put off, and lost in a server that hangs or is gone.

use std::time::{Duration, Instant};

use host_core::Span;
use host_monitor::alerts::settings::Security;
use host_monitor::alerts::{AlertsSettings, MessageState};

use crate::follower::{Account, by_mail};
use crate::mail::{MailServer, PASSWORD};

#[test]
fn what_is_critical_is_mailed_encrypted_within_five_seconds() {
    for (mode, security) in [("tls", Security::Tls), ("starttls", Security::Starttls)] {
        let Some(server) = MailServer::start(mode) else { return };
        let account = Account::new(by_mail(&server, security));
        let host = account.follow();
        let begun = Instant::now();
        host.critical("orders: the venue does not answer: 503");
        let mail = &server.wait_for_mails(1)[0];
        assert!(begun.elapsed() < Duration::from_secs(5), "{mode}: {:?}", begun.elapsed());
        assert_eq!(mail["encrypted"], true, "{mode}");
        assert_eq!(mail["subject"], "[LIVE alex] CRITICAL venue_down: orders: the venue does not answer: 503");
        let text = mail["text"].as_str().expect("text");
        assert!(text.contains("What to do") && text.contains("host/docs/RUNBOOK.md#venue_down"), "{text}");
        assert_eq!(server.passwords(), [PASSWORD]);
        host.end();
        assert_eq!(account.log()[0].state, MessageState::Sent);
    }
}

#[test]
fn a_server_that_offers_no_encryption_gets_neither_password_nor_mail() {
    let Some(server) = MailServer::start("plain") else { return };
    for security in [Security::Starttls, Security::Tls] {
        let account = Account::new(AlertsSettings { timeout: Span::seconds(2), ..by_mail(&server, security) });
        let host = account.follow();
        host.critical("text");
        let entry = account.wait_for_tries(1);
        assert_eq!(entry.state, MessageState::Waiting, "{entry:?}");
        assert!(server.passwords().is_empty() && server.mails().is_empty(), "{:?}", server.mails());
        host.end();
    }
}

#[test]
fn a_server_with_another_certificate_gets_neither_password_nor_mail() {
    let Some(server) = MailServer::start("tls") else { return };
    let mut settings = by_mail(&server, Security::Tls);
    settings.mail.ca_file = Default::default();
    let account = Account::new(settings);
    let host = account.follow();
    host.critical("text");
    let error = account.wait_for_tries(1).last_error.expect("an error");
    assert!(error.contains("certificate"), "{error}");
    assert!(server.passwords().is_empty() && server.mails().is_empty(), "{:?}", server.mails());
    host.end();
}

#[test]
fn a_refusal_for_good_is_shown_and_not_tried_again() {
    let Some(server) = MailServer::start("starttls") else { return };
    server.answer(&["refuse"]);
    let account = Account::new(by_mail(&server, Security::Starttls));
    let host = account.follow();
    host.critical("text");
    let entry = account.wait_for(MessageState::Failed);
    assert!(entry.tries == 1 && entry.last_error.as_ref().is_some_and(|error| error.contains("550")), "{entry:?}");
    host.end();
    assert_eq!(server.mails(), [] as [serde_json::Value; 0]);
}

#[test]
fn a_wrong_password_is_shown_and_not_tried_again() {
    let Some(server) = MailServer::start("tls") else { return };
    let mut settings = by_mail(&server, Security::Tls);
    settings.mail.password = "wrong-canary".into();
    let account = Account::new(settings);
    let host = account.follow();
    host.critical("text");
    let error = account.wait_for(MessageState::Failed).last_error.expect("an error");
    assert!(error.contains("535") && !error.contains("canary"), "{error}");
    host.end();
}

#[test]
fn greylisted_mail_arrives_once_with_the_id_that_it_had() {
    let Some(server) = MailServer::start("plain") else { return };
    server.answer(&["later", "ok"]);
    let account = Account::new(by_mail(&server, Security::None));
    let host = account.follow();
    host.critical("text");
    let mails = server.wait_for_mails(1);
    let entry = account.wait_for(MessageState::Sent);
    assert!(entry.tries == 2 && entry.last_error.as_ref().is_some_and(|error| error.contains("451")), "{entry:?}");
    host.end();
    assert_eq!((mails.len(), server.mails().len()), (1, 1));
}

#[test]
fn a_server_that_hangs_holds_up_nothing() {
    let Some(server) = MailServer::start("plain") else { return };
    server.answer(&["hang", "ok"]);
    let account = Account::new(AlertsSettings { timeout: Span::seconds(1), ..by_mail(&server, Security::None) });
    let host = account.follow();
    host.critical("text");
    let error = account.wait_for_tries(1).last_error.expect("an error");
    assert!(error.contains("no answer within 1 s") || error.contains("timed out"), "{error}");
    server.wait_for_mails(1);
    let begun = Instant::now();
    host.end();
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
}

#[test]
fn what_waits_for_a_server_that_is_gone_survives_the_host_and_arrives_once() {
    let Some(mut server) = MailServer::start("plain") else { return };
    server.stop();
    let account = Account::new(by_mail(&server, Security::None));
    let host = account.follow();
    host.critical("before the restart");
    account.wait_for_tries(1);
    // The few seconds at the end do not help, and it waits on the disk.
    host.end();
    assert_eq!(account.wait_for(MessageState::Waiting).state, MessageState::Waiting);
    server.resume();
    let host = account.follow();
    let mails = server.wait_for_mails(1);
    account.wait_for(MessageState::Sent);
    host.end();
    account.follow().end();
    assert!(mails[0]["subject"].as_str().is_some_and(|subject| subject.ends_with("before the restart")), "{mails:?}");
    assert_eq!(server.mails().len(), 1);
}
