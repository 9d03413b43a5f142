//! The part of the page about the venue: what the host measures, beside what the venue says of itself.

use askama::Template;
use host_live::control::status::{Status, StatusView};
use host_live::control::venue_says::{AnnouncementLine, NextChange, VenueSays};
use host_pages::numbers::{self, count};

use super::clock;

#[derive(Template)]
#[template(path = "venue.html")]
pub(super) struct Venue {
    heading: String,
    rows: Vec<(&'static str, String, String)>,
    /// The heading and the text of each.
    announcements: Vec<(String, String)>,
}

impl Venue {
    pub(super) fn of(view: &StatusView, status: &Status) -> Venue {
        let name = &view.identity.venue;
        let says = &status.venue_says;
        let heading = match status.venue_link.as_str() {
            "up" if says.is_paused() => format!("{name}: {}", says.in_words()),
            "up" => format!("{name}: up"),
            why => format!("{name}: does not answer: {why}"),
        };
        let line = |line: &AnnouncementLine| (line.heading(), line.text.clone());
        Venue { heading, rows: rows(view, status), announcements: says.announcements.iter().map(line).collect() }
    }
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
        ("Circuit breaker", status.breaker.clone(), String::new()),
        ("Orders whose outcome is unknown", count(status.unknown_orders as u64), String::new()),
        ("The host runs since", numbers::duration(view.uptime_seconds), format!("version {}", view.identity.version)),
    ]
}

/// Returns when the venue said so, when it expects to be back, and why it was not heard since.
fn more(says: &VenueSays) -> String {
    let heard = says.at.as_ref().map(|at| format!("heard {}", ago(at.age_seconds)));
    let back = says.resumes.as_deref().map(|time| format!("expects to be back {}", numbers::moment(time)));
    let facts = [back, heard, says.problem.clone()].into_iter().flatten();
    facts.collect::<Vec<_>>().join("; ")
}

fn in_words(next: &NextChange) -> String {
    format!("{}, in {}", next.what, numbers::duration(next.in_seconds))
}

fn ago(seconds: f64) -> String {
    format!("{} ago", numbers::duration(seconds))
}
