//! The status as a table.

use std::fmt::Write as _;

use host_core::{Span, TradingState, Usd};
use host_live::control::kill_switch::Killed;
use host_live::control::status::{Ago, Held, LimitLine, SlotLine, Status, StatusView};
use host_live::control::venue_says::VenueSays;
use host_live::disk_use::DiskUse;

use crate::commands::slots::limit_use;
use crate::terminal::mode_mark::LiveMark;
use crate::terminal::output::Rows;
use crate::terminal::text::Text;
use crate::terminal::units;

/// Age above which a status is marked as stale, in seconds.
const STALE_SECONDS: f64 = 10.0;

/// Formats the status of a running host; `colour` is true if the stream is coloured.
pub fn render(view: &StatusView, colour: bool) -> Text {
    let mut rows = Rows::new(&["account", &view.identity.account]);
    let mut fact = |name: &str, value: String| rows.push([name.to_owned(), value]);
    fact("venue", view.identity.venue.clone());
    fact(
        "host",
        format!("pid {}, version {}, up {}", view.identity.pid, view.identity.version, ago(view.uptime_seconds)),
    );
    fact("kill switch", killed(view.killed.as_ref()));
    let mark = LiveMark::new(&view.identity.reference(), colour);
    let Some(status) = &view.status else {
        fact("state", "starting: nothing is known yet".to_owned());
        return mark.above(&rows.table());
    };
    for (name, value) in facts(status, view.status_age_seconds) {
        fact(name, value);
    }
    let mut text = rows.table();
    if status.slots.iter().any(is_told) {
        let _ = write!(text, "\n{}", slots(status).table());
    }
    if !status.positions.is_empty() {
        let _ = write!(text, "\n{}", positions(status).table());
    }
    if !status.orders.is_empty() {
        let _ = write!(text, "\n{}", orders(status).table());
    }
    mark.above(&text)
}

/// Formats the state of the kill switch.
pub fn killed(killed: Option<&Killed>) -> String {
    match killed {
        None => "not engaged".to_owned(),
        Some(Killed { time, by, reason }) => format!("KILLED at {time} by {by}: {reason}"),
    }
}

fn facts(status: &Status, age_seconds: f64) -> Vec<(&'static str, String)> {
    let state = match status.state {
        TradingState::Active => "active",
        TradingState::Reduce => "reduce: only orders that reduce a position are sent",
        TradingState::Halted => "halted: no order is sent",
    };
    let poll = status.last_poll.as_ref().map_or("none yet".to_owned(), when);
    let compared = status.reconciliation.as_ref().map_or("none yet".to_owned(), |found| match &found.mismatches[..] {
        [] => format!("{}: no differences", when(&found.at)),
        mismatches => format!("{}: {}", when(&found.at), mismatches.join("; ")),
    });
    let mut facts = vec![("state", state.to_owned())];
    facts.extend(status.reasons.iter().map(|reason| ("", reason.clone())));
    facts.extend(status.blocked_exits.iter().map(|blocked| ("BLOCKED EXIT", blocked.clone())));
    facts.extend([
        ("equity", money(status.equity)),
        ("day P&L", signed(status.day_profit)),
        ("positions", status.positions.len().to_string()),
        ("open orders", format!("{}, of which {} unknown", status.orders.len(), status.unknown_orders)),
        ("last poll", poll),
        ("venue link", status.venue_link.clone()),
        ("venue says", venue_says(&status.venue_says)),
        ("breaker", status.breaker.clone()),
        ("reconciliation", compared),
    ]);
    let announced = status.venue_says.announcements.iter();
    facts.extend(announced.map(|line| ("announced", format!("{}: {}", line.heading(), line.text))));
    facts.extend(status.next_change.iter().map(|next| ("next change", format!("{}: {}", next.time(), next.what))));
    facts.extend(status.disk.map(|disk| ("disk", self::disk(&disk))));
    let stale = if age_seconds > STALE_SECONDS { ": THE HOST'S LOOP HANGS" } else { "" };
    facts.push(("as of", format!("{} ({} ago{stale})", status.time, ago(age_seconds))));
    facts
}

/// Formats what the venue says of itself, how old that is, and why it was not heard since.
fn venue_says(says: &VenueSays) -> String {
    let at = says.at.as_ref().map(|at| format!(" ({} ago)", ago(at.age_seconds))).unwrap_or_default();
    let back = says.resumes.as_ref().map(|time| format!(", expects to be back at {time}")).unwrap_or_default();
    let problem = says.problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
    format!("{}{back}{at}{problem}", says.in_words())
}

/// Formats the space that an account's files take.
pub fn disk(disk: &DiskUse) -> String {
    let DiskUse { journal_bytes, recording_bytes, archive_bytes, free_bytes, .. } = *disk;
    let [journal, recording, archive, free] = [journal_bytes, recording_bytes, archive_bytes, free_bytes].map(size);
    let left = disk.days_left().map_or(String::new(), |days| format!(", enough for {days:.0} days"));
    format!("journal {journal}, recording {recording}, archive {archive}; {free} free{left}")
}

fn size(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

fn when(at: &Ago) -> String {
    format!("{} ({} ago)", at.time, ago(at.age_seconds))
}

fn ago(seconds: f64) -> String {
    units::rough_span(Span((seconds * 1e9) as i64))
}

/// Returns true if a slot has limits of its own, or does not simply trade.
fn is_told(line: &SlotLine) -> bool {
    !line.limits.is_empty() || line.standing != "trading"
}

/// Returns the slots: their standing, and the use of their own limits.
fn slots(status: &Status) -> Rows {
    let mut rows = Rows::new(&["slot", "standing", "limits in use"]);
    for line in &status.slots {
        let from = line.trades_from.as_ref().map(|from| format!("warming up: trades from {from}"));
        let standing = line.reasons.first().cloned().or(from).unwrap_or_else(|| line.standing.clone());
        let used = |limit: &LimitLine| format!("{} {}", limit.code, limit_use(limit));
        let limits: Vec<String> = line.limits.iter().map(used).collect();
        rows.push([line.slot.clone(), standing, limits.join("; ")]);
    }
    rows
}

fn positions(status: &Status) -> Rows {
    let mut rows = Rows::new(&["position", "contracts", "at", "mark", "unrealised", "slot", ""]);
    for line in &status.positions {
        let unrealised = line.unrealised.map_or("-".to_owned(), signed);
        let held = line.held();
        let (slot, basis) = (line.slot.clone(), line.mark_basis.clone());
        rows.push([line.ticker.clone(), contracts(held), price(held.entry), price(held.mark), unrealised, slot, basis]);
    }
    rows
}

/// Formats a position by its side, such as `27 NO`.
pub fn contracts(held: Held) -> String {
    format!("{} {}", held.contracts, held.side)
}

/// Formats a price in dollars with two places, or as many more as it has.
pub fn price(dollars: f64) -> String {
    let text = format!("{dollars:.4}");
    text.strip_suffix("00").map_or_else(|| text.trim_end_matches('0').to_owned(), str::to_owned)
}

fn orders(status: &Status) -> Rows {
    let mut rows = Rows::new(&["order", "market", "side", "price", "contracts", "filled", "standing", "slot"]);
    for line in &status.orders {
        rows.push([
            line.order.to_string(),
            line.ticker.clone(),
            line.side.clone(),
            line.price.to_string(),
            line.contracts.to_string(),
            line.filled.to_string(),
            line.standing.clone(),
            line.slot.clone(),
        ]);
    }
    rows
}

/// Formats dollars, such as `$1,234.50`.
fn money(dollars: f64) -> String {
    Usd::from_dollars(dollars).map_or("-".to_owned(), Usd::shown)
}

/// Formats a profit or loss in dollars, such as `+$1.20`.
pub fn signed(dollars: f64) -> String {
    Usd::from_dollars(dollars).map_or("-".to_owned(), Usd::shown_signed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use host_live::control::status::{Identity, OrderLine, PositionLine, Reconciliation};
    use host_live::control::venue_says::{AnnouncementLine, NextChange};

    fn at(time: &str, age_seconds: f64) -> Ago {
        Ago { time: format!("2026-10-01T{time}.000Z"), age_seconds }
    }

    fn says() -> VenueSays {
        VenueSays {
            exchange_active: Some(true),
            trading_active: Some(false),
            resumes: Some("2026-10-01T13:00:00.000Z".into()),
            at: Some(at("12:02:54", 10.0)),
            announcements: vec![AnnouncementLine {
                at: Some(at("12:01:00", 124.0)),
                kind: "warning".into(),
                text: "Trading is paused while we look into delays.".into(),
            }],
            ..VenueSays::default()
        }
    }

    fn position() -> PositionLine {
        PositionLine {
            slot: "reversion".into(),
            ticker: "KXFED-26OCT".into(),
            contracts: -15.0,
            cost: -6.45,
            unrealised: Some(0.15),
            mark: 0.42,
            mark_basis: "a side is missing since 2026-10-01T12:01:00.000Z".into(),
            ..PositionLine::default()
        }
    }

    fn view() -> StatusView {
        let status = Status {
            time: "2026-10-01T12:03:04.000Z".into(),
            state: TradingState::Reduce,
            reasons: vec!["max_daily_loss: -201.50 of 200".into()],
            equity: 1_798.5,
            day_profit: -201.5,
            positions: vec![position()],
            blocked_exits: vec!["15 NO KXFED-26OCT cannot be closed since 2026-10-01T12:01:00.000Z".into()],
            orders: vec![OrderLine {
                slot: "reversion".into(),
                order: 7,
                ticker: "KXFED-26OCT".into(),
                side: "buy".into(),
                price: 0.43,
                contracts: 15.0,
                filled: 0.0,
                standing: "unknown".into(),
                ..OrderLine::default()
            }],
            unknown_orders: 1,
            last_poll: Some(at("12:03:00", 4.0)),
            venue_link: "up".into(),
            breaker: "closed".into(),
            venue_says: says(),
            next_change: Some(NextChange {
                at: "2026-10-01T20:00:00.000Z".into(),
                in_seconds: 28_616.0,
                what: "maintenance until 22:00".into(),
            }),
            reconciliation: Some(Reconciliation { at: at("12:00:00", 184.0), mismatches: Vec::new() }),
            disk: Some(DiskUse {
                journal_bytes: 142_000_000,
                recording_bytes: 2_510_000_000,
                archive_bytes: 0,
                free_bytes: 34_000_000_000,
                growth_bytes_per_day: Some(40_000_000),
            }),
            ..Status::default()
        };
        let (venue, account, version) = ("kalshi".into(), "alex".into(), "0.1.0".into());
        let identity = Identity { paper: false, venue, account, pid: 4_242, version };
        StatusView { identity, uptime_seconds: 9_000.0, killed: None, status: Some(status), status_age_seconds: 0.4 }
    }

    #[test]
    fn a_status_prints_the_mark_first() {
        insta::assert_snapshot!(render(&view(), false), @"
        LIVE alex

        account         alex
        venue           kalshi
        host            pid 4242, version 0.1.0, up 2.5 h
        kill switch     not engaged
        state           reduce: only orders that reduce a position are sent
                        max_daily_loss: -201.50 of 200
        BLOCKED EXIT    15 NO KXFED-26OCT cannot be closed since 2026-10-01T12:01:00.000Z
        equity          $1,798.50
        day P&L         -$201.50
        positions       1
        open orders     1, of which 1 unknown
        last poll       2026-10-01T12:03:00.000Z (4 s ago)
        venue link      up
        venue says      trading is paused, expects to be back at 2026-10-01T13:00:00.000Z (10 s ago)
        breaker         closed
        reconciliation  2026-10-01T12:00:00.000Z (3 min ago): no differences
        announced       warning, 2026-10-01 12:01: Trading is paused while we look into delays.
        next change     2026-10-01 20:00 UTC: maintenance until 22:00
        disk            journal 142.0 MB, recording 2.5 GB, archive 0.0 MB; 34.0 GB free, enough for 850 days
        as of           2026-10-01T12:03:04.000Z (0 s ago)

        position     contracts    at  mark  unrealised  slot
        KXFED-26OCT  15 NO      0.57  0.58      +$0.15  reversion  a side is missing since 2026-10-01T12:01:00.000Z

        order  market       side  price  contracts  filled  standing  slot
            7  KXFED-26OCT  buy    0.43         15       0  unknown   reversion
        ");
    }

    #[test]
    fn problems_stand_out() {
        let killed = Killed { time: "2026-10-01T12:03:04.000Z".into(), by: "alex".into(), reason: "bad day".into() };
        let text = render(&StatusView { killed: Some(killed), status_age_seconds: 11.0, ..view() }, true).to_string();
        assert!(text.starts_with("\x1b[1;7mLIVE alex\x1b[0m\n"), "{text}");
        assert!(text.contains("KILLED at 2026-10-01T12:03:04.000Z by alex: bad day"), "{text}");
        assert!(text.contains("11 s ago: THE HOST'S LOOP HANGS"), "{text}");
        let text = render(&StatusView { status: None, ..view() }, false).to_string();
        assert!(text.contains("starting: nothing is known yet"), "{text}");
    }
}
