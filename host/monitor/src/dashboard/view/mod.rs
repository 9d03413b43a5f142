//! The parts of the page that follow the host: each is a finished piece of HTML with a fixed place, so that a page
//! which is loaded and one that is kept up to date cannot disagree.

mod clock;
mod limits;
mod slots;
mod venue;

use askama::Template;
use host_core::risk::RefusalCode;
use host_core::{TradingState, Usd};
use host_live::control::status::{Held, OrderLine, PositionLine, RefusalLine, Status, StatusView};
use host_pages::numbers::{self, change, count, escaped, tone, trimmed};
use host_report::Money;

pub use self::clock::clock;
use self::limits::{dollars, gauge, limits, whole};
use self::slots::slots;
use self::venue::VenuePart;
use super::standing::RunStanding;

/// Most reasons that are shown.
const MOST_REASONS: usize = 3;
/// Age at which a status tells that the loop hangs, in seconds.
const HANGS_SECONDS: f64 = 10.0;

/// A part of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The `id` of the element that it fills.
    pub id: &'static str,
    pub html: String,
}

/// The page's parts at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    pub fragments: Vec<Fragment>,
    /// Age of what they show, in seconds; `None` before the first poll.
    pub age_seconds: Option<f64>,
    /// Ages from which the page is late and stale.
    pub late_seconds: f64,
    pub stale_seconds: f64,
}

#[derive(Template)]
#[template(path = "now.html")]
struct Now {
    mark: &'static str,
    state: String,
    clock: String,
    equity: String,
    day: String,
    day_tone: &'static str,
    gauge: String,
    lost: String,
    reasons: Vec<String>,
}

#[derive(Template)]
#[template(path = "positions.html")]
struct Positions {
    heading: String,
    rows: Vec<PositionRow>,
}

struct PositionRow {
    title: String,
    ticker: String,
    held: String,
    closes: String,
    at_risk: String,
    profit: String,
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "orders.html")]
struct Orders {
    heading: String,
    said: String,
    rows: Vec<OrderRow>,
}

struct OrderRow {
    title: String,
    what: String,
    filled: String,
    age: String,
    left: String,
}

#[derive(Template)]
#[template(path = "refusals.html")]
struct Refusals {
    heading: String,
    since: String,
    rows: Vec<(String, String, String, String)>,
}

/// A part, and what its template made of it.
type Rendered = (&'static str, askama::Result<String>);

impl Frame {
    /// Returns the frame of what the host says; `None` if it says nothing.
    pub fn of(view: Option<&StatusView>) -> Frame {
        let Some((view, status)) = view.and_then(|view| Some((view, view.status.as_ref()?))) else {
            return Frame { late_seconds: 45.0, stale_seconds: 90.0, ..Frame::default() };
        };
        let own = [("now", now(view, status).render()), ("venue", VenuePart::of(view, status).render())];
        Frame {
            fragments: Frame::fragments(own, status),
            age_seconds: status.last_poll.as_ref().map(|poll| poll.age_seconds + view.status_age_seconds),
            late_seconds: status.poll_seconds * 1.5,
            stale_seconds: status.max_quote_age_seconds,
        }
    }

    /// Returns the frame of a run, whose time is not that of the reader: it has no age, and no venue.
    pub fn of_run(status: &Status, standing: &RunStanding) -> Frame {
        let own = [("now", now_of_run(status, standing).render())];
        Frame { fragments: Frame::fragments(own, status), ..Frame::of(None) }
    }

    /// Returns the parts of `own` and those that an account and a run have alike.
    fn fragments(own: impl IntoIterator<Item = Rendered>, status: &Status) -> Vec<Fragment> {
        let parts = [
            ("positions", positions(status).render()),
            ("limits", limits(status).render()),
            ("orders", orders(status).render()),
            ("refusals", refusals(status).render()),
            ("slots", slots(status).render()),
        ];
        // A template that fails says so in its place: the others stay.
        let html = |rendered: askama::Result<String>| {
            rendered
                .unwrap_or_else(|error| format!("<p>This part cannot be shown: {}</p>", escaped(&error.to_string())))
        };
        own.into_iter().chain(parts).map(|(id, rendered)| Fragment { id, html: html(rendered) }).collect()
    }

    /// Returns true if the host has told how it stands.
    pub fn has_parts(&self) -> bool {
        !self.fragments.is_empty()
    }

    /// Returns the part that fills the element `id`.
    pub fn part(&self, id: &str) -> &str {
        self.fragments.iter().find(|fragment| fragment.id == id).map_or("", |fragment| fragment.html.as_str())
    }
}

fn signed(amount: f64) -> (String, &'static str) {
    match Usd::from_dollars(amount) {
        Some(amount) => (change(Money(amount)), tone(amount)),
        None => (numbers::UNDEFINED.to_owned(), ""),
    }
}

/// Formats a price in dollars as cents: `44.5¢`.
pub fn cents(price: f64) -> String {
    format!("{}¢", trimmed(price * 100.0, 2))
}

fn now(view: &StatusView, status: &Status) -> Now {
    let (mark, state) = match (&view.killed, status.state) {
        _ if view.status_age_seconds > HANGS_SECONDS => ("bad", "The host hangs: its figures are old".to_owned()),
        (Some(_), _) => ("stopped", "Stopped".to_owned()),
        (None, TradingState::Active | TradingState::Reduce) if is_old(view, status) => {
            ("warned", "Prices are old: no order".to_owned())
        }
        (None, TradingState::Active) => ("good", "Trading".to_owned()),
        (None, TradingState::Reduce) => ("warned", "Only exits".to_owned()),
        (None, TradingState::Halted) if status.venue_says.is_paused() => ("warned", "Venue paused".to_owned()),
        (None, TradingState::Halted) => ("stopped", "Halted".to_owned()),
    };
    let time = status.last_poll.as_ref().map_or("no poll yet", |poll| clock(&poll.time)).to_owned();
    now_with((mark, state), time, reasons(view.killed.is_some(), status), status)
}

fn now_of_run(status: &Status, standing: &RunStanding) -> Now {
    let RunStanding { mark, words, .. } = standing;
    now_with((mark, words.clone()), numbers::moment(&status.time), reasons(false, status), status)
}

fn now_with((mark, state): (&'static str, String), clock: String, reasons: Vec<String>, status: &Status) -> Now {
    let (day, day_tone) = signed(status.day_profit);
    let loss = status.limits.iter().find(|line| line.code == "max_daily_loss");
    let lost = loss.map(|line| format!("Lost today {} of {}", dollars(line.used), whole(line.limit)));
    Now {
        mark,
        state,
        clock,
        equity: dollars(status.equity),
        day,
        day_tone,
        gauge: loss.map(gauge).unwrap_or_default(),
        lost: lost.unwrap_or_default(),
        reasons,
    }
}

/// Returns true if prices are too old to trade on.
fn is_old(view: &StatusView, status: &Status) -> bool {
    let age = status.last_poll.as_ref().map(|poll| poll.age_seconds + view.status_age_seconds);
    age.is_some_and(|age| age > status.max_quote_age_seconds)
}

/// Returns the reasons why not every order leaves, the most important first; few, because the page has more to show.
fn reasons(is_killed: bool, status: &Status) -> Vec<String> {
    let held = status.blocked_exits.len();
    if is_killed {
        // The page says who has stopped it; no exit leaves either.
        return match held {
            0 => Vec::new(),
            1 => vec!["1 position that should be closed stays open".to_owned()],
            several => vec![format!("{several} positions that should be closed stay open")],
        };
    }
    let all = status.reasons.iter().chain(&status.blocked_exits);
    let more = (status.reasons.len() + held).saturating_sub(MOST_REASONS);
    let more = (more > 0).then(|| format!("and {more} more: `host status` lists them"));
    all.take(MOST_REASONS).cloned().chain(more).collect()
}

fn positions(status: &Status) -> Positions {
    let limit = status.limits.iter().find(|line| line.code == "max_open_positions");
    let of = limit.map(|line| format!(" of {}", count(line.limit as u64))).unwrap_or_default();
    let open: f64 = status.positions.iter().filter_map(|line| line.unrealised).sum();
    let heading = match status.positions.len() {
        0 => "No open position".to_owned(),
        1 => format!("1{of} positions, {} open", signed(open).0),
        several => format!("{several}{of} positions, {} open", signed(open).0),
    };
    Positions { heading, rows: status.positions.iter().map(position).collect() }
}

fn position(line: &PositionLine) -> PositionRow {
    let Held { contracts, side, entry, mark } = line.held();
    let (profit, tone) = line.unrealised.map_or_else(|| (numbers::UNDEFINED.to_owned(), ""), signed);
    let basis = if line.mark_basis.is_empty() { String::new() } else { format!("; {}", line.mark_basis) };
    PositionRow {
        title: line.title.clone(),
        ticker: line.ticker.clone(),
        held: format!("{} {side} at {}, now {}{basis}", trimmed(contracts, 2), cents(entry), cents(mark)),
        closes: line.closes.as_deref().map(|time| format!("closes {}", numbers::moment(time))).unwrap_or_default(),
        at_risk: dollars(line.at_risk),
        profit,
        tone,
    }
}

fn orders(status: &Status) -> Orders {
    let heading = match status.orders.len() {
        0 => "No working order".to_owned(),
        1 => "1 working order".to_owned(),
        several => format!("{several} working orders"),
    };
    let placed = count(status.today.orders);
    let said = format!("{placed} placed and {} filled since {} UTC.", count(status.today.fills), since(status));
    Orders { heading, said, rows: status.orders.iter().map(order).collect() }
}

fn since(status: &Status) -> String {
    status.today.since.get(11..16).unwrap_or("the start").to_owned()
}

fn order(line: &OrderLine) -> OrderRow {
    let OrderLine { contracts, filled, price, .. } = *line;
    // Selling YES is buying NO, at the price of NO.
    let (side, price) = if line.side == "buy" { ("YES", price) } else { ("NO", 1.0 - price) };
    let purpose = if line.is_exit { "exit" } else { "entry" };
    let standing = if line.standing == "resting" { String::new() } else { format!("; {}", line.standing) };
    let minutes = |seconds: f64| numbers::duration(seconds.max(0.0));
    OrderRow {
        title: line.title.clone(),
        what: format!("Buy {} {side} at {}; {purpose}{standing}", trimmed(contracts, 2), cents(price)),
        filled: format!("{} of {}", trimmed(filled, 2), trimmed(contracts, 2)),
        age: minutes(line.age_seconds),
        left: line.left_seconds.map(|left| format!("{} left", minutes(left))).unwrap_or_default(),
    }
}

fn refusals(status: &Status) -> Refusals {
    let words = |line: &RefusalLine| {
        let code = RefusalCode::ALL.iter().find(|code| code.as_str() == line.code);
        let words = code.map_or_else(String::new, |code| code.doc().to_owned());
        (words, line.code.clone(), count(line.times), line.last.get(11..16).unwrap_or_default().to_owned())
    };
    let times: u64 = status.today.refusals.iter().map(|line| line.times).sum();
    let heading = match times {
        0 => "No refusal".to_owned(),
        1 => "1 refusal".to_owned(),
        several => format!("{} refusals", count(several)),
    };
    Refusals { heading, since: since(status), rows: status.today.refusals.iter().map(words).collect() }
}

#[cfg(test)]
mod tests;
