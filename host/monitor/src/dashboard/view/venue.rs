//! The venue as the host sees it: the link, the last poll, the comparison of the books.

use askama::Template;
use host_live::control::status::{Status, StatusView};
use host_pages::numbers::{self, count};

use super::clock::clock;

#[derive(Template)]
#[template(path = "venue.html")]
pub struct Venue {
    heading: String,
    rows: Vec<(&'static str, String, String)>,
}

/// Returns the part about the venue.
pub fn venue(view: &StatusView, status: &Status) -> Venue {
    let ago = |seconds: f64| format!("{} ago", numbers::duration(seconds));
    let heading = match status.venue_link.as_str() {
        "up" => format!("{}: up", view.identity.venue),
        why => format!("{}: does not answer: {why}", view.identity.venue),
    };
    let poll = status.last_poll.as_ref();
    let due = format!("due every {}", numbers::duration(status.poll_seconds));
    let compared = status.reconciliation.as_ref();
    let found = compared.map(|found| match found.mismatches.as_slice() {
        [] => format!("all agrees; {}", ago(found.at.age_seconds)),
        mismatches => mismatches.join("; "),
    });
    let rows = vec![
        ("Last poll", poll.map_or("none yet", |poll| clock(&poll.time)).to_owned(), due),
        (
            "Books compared with the venue",
            compared.map_or("not yet", |found| clock(&found.at.time)).to_owned(),
            found.unwrap_or_default(),
        ),
        ("Circuit breaker", status.breaker.clone(), String::new()),
        ("Orders whose outcome is unknown", count(status.unknown_orders as u64), String::new()),
        ("The host runs since", numbers::duration(view.uptime_seconds), format!("version {}", view.identity.version)),
    ];
    Venue { heading, rows }
}
