//! The part of the page about the venue: what the host measures, beside what the venue says of itself.

use askama::Template;
use host_live::control::status::{Status, StatusView};
use host_live::control::venue_says::{AnnouncementLine, NextChange, VenueSays};
use host_pages::numbers::{self, count};

use super::clock::clock;

#[derive(Template)]
#[template(path = "venue.html")]
pub(super) struct VenuePart {
    heading: String,
    rows: Vec<(&'static str, String, String)>,
    /// Texts that need more room than a row has, each with its subject.
    passages: Vec<(String, String)>,
}

impl VenuePart {
    pub(super) fn of(view: &StatusView, status: &Status) -> VenuePart {
        let name = &view.identity.venue;
        let says = &status.venue_says;
        let heading = match status.venue_link.as_str() {
            "up" if says.is_paused() => format!("{name}: {}", says.in_words()),
            "up" => format!("{name}: up"),
            _ => format!("{name}: does not answer"),
        };
        VenuePart { heading, rows: rows(view, status), passages: passages(status) }
    }
}

/// Returns why the venue does not answer, and what it announces.
fn passages(status: &Status) -> Vec<(String, String)> {
    let says = &status.venue_says;
    let link = Some(status.venue_link.clone()).filter(|link| link != "up");
    let link = link.map(|why| ("It does not answer".to_owned(), why));
    let problem = says.problem.clone().map(|why| ("Not heard of itself since".to_owned(), why));
    let announced = |line: &AnnouncementLine| (format!("Announced ({})", line.heading()), line.text.clone());
    link.into_iter().chain(problem).chain(says.announcements.iter().map(announced)).collect()
}

fn rows(view: &StatusView, status: &Status) -> Vec<(&'static str, String, String)> {
    let poll = status.last_poll.as_ref();
    let due = format!("due every {}", numbers::duration(status.poll_seconds));
    let compared = status.reconciliation.as_ref();
    let found = compared.map(|found| match found.mismatches.as_slice() {
        [] => format!("all agrees; {}", ago(found.at.age_seconds)),
        mismatches => mismatches.join("; "),
    });
    let next = status.next_change.as_ref();
    vec![
        ("It says of itself", status.venue_says.in_words().to_owned(), more(&status.venue_says)),
        ("Next change", next.map_or("none".to_owned(), NextChange::time), next.map_or(String::new(), in_words)),
        ("Last poll", poll.map_or("none yet", |poll| clock(&poll.time)).to_owned(), due),
        (
            "Books compared with the venue",
            compared.map_or("not yet", |found| clock(&found.at.time)).to_owned(),
            found.unwrap_or_default(),
        ),
        ("Circuit breaker", breaker(&status.breaker), String::new()),
        ("Orders whose outcome is unknown", count(status.unknown_orders as u64), String::new()),
        ("The host runs since", numbers::duration(view.uptime_seconds), format!("version {}", view.identity.version)),
    ]
}

/// Returns the state of the circuit breaker, with its time as people read it.
fn breaker(state: &str) -> String {
    state.strip_prefix("open until ").map_or_else(|| state.to_owned(), |time| format!("open until {}", clock(time)))
}

/// Returns when the venue expects to be back, and when it said so.
fn more(says: &VenueSays) -> String {
    let heard = says.at.as_ref().map(|at| format!("heard {}", ago(at.age_seconds)));
    let back = says.resumes.as_deref().map(|time| format!("expects to be back {}", numbers::moment(time)));
    [back, heard].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn in_words(next: &NextChange) -> String {
    format!("{}, in {}", next.what, numbers::duration(next.in_seconds))
}

fn ago(seconds: f64) -> String {
    format!("{} ago", numbers::duration(seconds))
}
