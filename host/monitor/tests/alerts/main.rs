//! Alerts to real servers on loopback: a mail server of somebody else's making, and a web server.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod delivery;
mod follower;
mod grouped;
#[path = "../../../../tests/support/mail.rs"]
mod mail;
mod mails;
#[path = "../../../../tests/support/python.rs"]
mod python;
#[path = "../../../../tests/support/wait.rs"]
#[expect(dead_code, reason = "no test here asks for the machine's time")]
mod wait;
#[path = "../../../../tests/support/webhook.rs"]
mod webhook;
