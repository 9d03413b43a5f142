//! The venue's word about itself: its status, its announcements, its hours.

use host_core::{Span, Timestamp};
use host_exchange::server::accounts::KeyKind;
use host_exchange::venue::{AnnouncementKind, ExchangeStatus, MaintenanceWindow};
use host_venues::clock::Clock;
use host_venues::error::ReadError;
use host_venues::kalshi::{Kalshi, KalshiSettings};
use host_venues::model::{Announcement, Closure, ClosureKind, MarketFilter};
use serde_json::{Value, json};

use crate::exchange::Exchange;
use crate::fake::{Fake, Keys, Reply, START};

/// Returns a client that attempts a read once and gets these replies.
async fn client(replies: impl IntoIterator<Item = Reply>) -> Kalshi {
    let keys = Keys::new(KeyKind::Ed25519);
    let fake = Fake::start(replies).await;
    let clock = Clock::stepped(&fake.url).await.unwrap();
    Kalshi::connect(&KalshiSettings { read_attempts: 1, ..fake.settings(&keys) }, clock).unwrap()
}

fn ok(body: &Value) -> Reply {
    Reply::Http(200, body.to_string())
}

#[tokio::test]
async fn the_embedded_exchange_says_it_as_the_venue_does() {
    let exchange = Exchange::start().await;
    let (kalshi, _) = exchange.clients().await;
    assert_eq!(kalshi.announcements().await, Ok(Vec::new()));
    assert_eq!(kalshi.closures().await, Ok(Vec::new()), "open around the clock");
    let (from, until) = (START + Span::hours(1), START + Span::hours(2));
    exchange.handle.with_venue(|venue, now| {
        venue.announce(AnnouncementKind::Warning, "first".to_owned(), now);
        assert!(venue.plan_maintenance(MaintenanceWindow { from, until }, now));
    });
    kalshi.clock().sleep(Span::minutes(1)).await;
    exchange.handle.with_venue(|venue, now| venue.announce(AnnouncementKind::Info, "<b>second\n".to_owned(), now));
    let announced = |time: Timestamp, kind: &str, text: &str| Announcement {
        time: Some(time),
        kind: kind.to_owned(),
        text: text.to_owned(),
        is_active: true,
    };
    let expect = vec![announced(START + Span::minutes(1), "info", "<b>second"), announced(START, "warning", "first")];
    assert_eq!(kalshi.announcements().await, Ok(expect));
    assert_eq!(kalshi.closures().await, Ok(vec![Closure { kind: ClosureKind::Maintenance, from, until: Some(until) }]));
    kalshi.clock().sleep_until(from).await;
    let status = kalshi.exchange_status().await.unwrap();
    assert_eq!((status.is_active, status.is_trading, status.resumes), (false, false, Some(until)));
    exchange.handle.with_venue(|venue, now| venue.set_status(ExchangeStatus::Paused, now));
    let status = kalshi.exchange_status().await.unwrap();
    assert_eq!((status.is_active, status.is_trading, status.resumes), (true, false, None));
}

#[tokio::test]
async fn announcements_are_read_row_by_row() {
    let row = |message: &str| {
        let time = "2026-09-21T08:00:00Z";
        json!({ "type": "info", "message": message, "delivery_time": time, "status": "active" })
    };
    let changed = |field: &str, value: Value| {
        let mut row = row("changed");
        match value == json!("(removed)") {
            true => drop(row.as_object_mut().unwrap().remove(field)),
            false => row[field] = value,
        }
        row
    };
    let read = async |rows: Value| client([ok(&json!({ "announcements": rows }))]).await.announcements().await;
    let shown = |found: &Announcement| {
        let time = found.time.map_or("-".to_owned(), |time| time.to_string());
        format!("{time} {} {} {}", found.kind, found.text, found.is_active)
    };
    let check = async |row: Value, expect: &str| {
        let found = read(json!([self::sample(), row])).await.unwrap();
        let others: Vec<String> = found.iter().filter(|one| one.text != "sample").map(shown).collect();
        assert_eq!(others.join("; "), expect, "{row}");
        assert_eq!(found.len(), others.len() + 1, "the other row stays");
    };
    check(row("as recorded"), "2026-09-21T08:00:00.000Z info as recorded true").await;
    check(changed("status", json!("inactive")), "2026-09-21T08:00:00.000Z info changed false").await;
    check(changed("status", json!(null)), "2026-09-21T08:00:00.000Z info changed true").await;
    check(changed("type", json!("(removed)")), "2026-09-21T08:00:00.000Z  changed true").await;
    check(changed("delivery_time", json!(null)), "- info changed true").await;
    check(changed("delivery_time", json!("")), "- info changed true").await;
    check(row("\u{1b}[2J\u{202e}two\nlines"), "2026-09-21T08:00:00.000Z info \\u{1b}[2J\\u{202e}two lines true").await;
    for bad in [
        changed("delivery_time", json!("soon")),
        changed("message", json!("(removed)")),
        changed("message", json!(7)),
        changed("message", json!(" \n")),
        json!("text"),
    ] {
        check(bad, "").await;
    }
    let weekly = [row("changed"), changed("status", json!("inactive")), changed("delivery_time", json!(null))];
    let all = read(json!([weekly[1], weekly[0], weekly[2], weekly[0]])).await.unwrap();
    let all: Vec<String> = all.iter().map(shown).collect();
    let at_eight = "2026-09-21T08:00:00.000Z info changed";
    assert_eq!(all, [format!("{at_eight} false"), format!("{at_eight} true"), "- info changed true".to_owned()]);
    let long = read(json!([row(&"ä".repeat(10_000))])).await.unwrap();
    assert_eq!(long[0].text.chars().count(), 300);
    assert_eq!(read(json!([])).await, Ok(Vec::new()));
    for bad in [json!(null), json!({}), json!("none")] {
        assert!(matches!(read(bad.clone()).await, Err(ReadError::Malformed(_))), "{bad}");
    }
}

fn sample() -> Value {
    json!({ "type": "error", "message": "sample", "delivery_time": "2026-09-20T08:00:00Z", "status": "active" })
}

/// The schedule as it was recorded in January 2026: the exchange rests on Thursdays from three to five in New York.
fn recorded() -> Value {
    let all_day = json!([{ "open_time": "00:00", "close_time": "00:00" }]);
    let mut week = json!({ "start_time": "2024-12-01T00:00:00Z", "end_time": "2200-12-01T00:00:00Z" });
    for day in ["monday", "tuesday", "wednesday", "friday", "saturday", "sunday"] {
        week[day] = all_day.clone();
    }
    week["thursday"] =
        json!([{ "open_time": "00:00", "close_time": "03:00" }, { "open_time": "05:00", "close_time": "00:00" }]);
    json!({ "standard_hours": [week], "maintenance_windows": [] })
}

/// Reads `schedule` at `now`; returns the closures, one a word.
async fn closures(schedule: &Value, now: &str) -> Result<String, ReadError> {
    let kalshi = client([ok(&json!({ "schedule": schedule }))]).await;
    let now = chrono::DateTime::parse_from_rfc3339(now).unwrap().timestamp_nanos_opt().unwrap();
    kalshi.clock().sleep_until(Timestamp(now)).await;
    let shown = |time: Timestamp| time.to_string()[5..16].to_owned();
    let word = |closure: &Closure| {
        let kind = match closure.kind {
            ClosureKind::Maintenance => "maintenance",
            ClosureKind::OutsideHours => "outside",
        };
        format!("{kind} {}/{}", shown(closure.from), closure.until.map_or("-".to_owned(), shown))
    };
    kalshi.closures().await.map(|closures| closures.iter().map(word).collect::<Vec<_>>().join(", "))
}

#[tokio::test]
async fn hours_are_those_of_new_york_and_closures_what_they_leave() {
    let check = async |schedule: &Value, now: &str, expect: &str| {
        assert_eq!(closures(schedule, now).await.as_deref(), Ok(expect), "{now}");
    };
    let plain = recorded();
    // Summer time ends on 2026-11-01.
    check(&plain, "2026-10-23T00:00:00Z", "outside 10-29T07:00/10-29T09:00").await;
    check(&plain, "2026-10-30T00:00:00Z", "outside 11-05T08:00/11-05T10:00").await;
    check(&plain, "2026-11-05T09:00:00Z", "outside 11-05T09:00/11-05T10:00, outside 11-12T08:00/11-12T10:00").await;
    check(&plain, "2026-11-05T10:00:00Z", "outside 11-12T08:00/11-12T10:00").await;
    let mut planned = recorded();
    planned["maintenance_windows"] = json!([
        { "start_datetime": "2026-11-12T08:00:00Z", "end_datetime": "2026-11-12T10:30:00Z" },
        { "start_datetime": "2026-11-06T01:00:00-05:00", "end_datetime": "2026-11-06T02:00:00-05:00" },
        { "start_datetime": "2026-11-01T00:00:00Z", "end_datetime": "2026-11-02T00:00:00Z" },
        { "start_datetime": "2026-11-08T00:00:00Z", "end_datetime": "2026-11-07T00:00:00Z" },
    ]);
    let expect = "maintenance 11-06T06:00/11-06T07:00, outside 11-12T08:00/11-12T10:00, \
                  maintenance 11-12T08:00/11-12T10:30";
    check(&planned, "2026-11-05T10:00:00Z", expect).await;
    // One week's hours follow another's, which end on Sunday the 8th; on Mondays nothing is open.
    let mut second = recorded();
    second["standard_hours"][0]["monday"] = json!([]);
    second["standard_hours"][0]["start_time"] = "2026-11-08T05:00:00Z".into();
    let mut both = recorded();
    both["standard_hours"][0]["end_time"] = "2026-11-08T05:00:00Z".into();
    both["standard_hours"].as_array_mut().unwrap().push(second["standard_hours"][0].clone());
    check(&both, "2026-11-05T10:00:00Z", "outside 11-09T05:00/11-10T05:00, outside 11-12T08:00/11-12T10:00").await;
    let mut over = recorded();
    over["standard_hours"][0]["end_time"] = "2026-11-06T00:00:00Z".into();
    check(&over, "2026-11-05T10:00:00Z", "outside 11-06T00:00/-").await;
    // Where no hours are stated, none are concluded.
    check(&json!({ "standard_hours": [], "maintenance_windows": [] }), "2026-11-05T10:00:00Z", "").await;
    // A session may go on past midnight, or end at the day's end.
    let mut night = recorded();
    for day in ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] {
        night["standard_hours"][0][day] = json!([{ "open_time": "08:00", "close_time": "03:00" }]);
    }
    let found = closures(&night, "2026-11-05T14:00:00Z").await.unwrap();
    assert!(found.starts_with("outside 11-06T08:00/11-06T13:00, outside 11-07T08:00/"), "{found}");
}

#[tokio::test]
async fn a_schedule_that_makes_no_sense_is_an_error() {
    let session = |opens: Value| json!([{ "open_time": opens, "close_time": "00:00" }]);
    let mut table: Vec<Value> =
        [json!("24:01"), json!("3:00"), json!("03:60"), json!("03"), json!(""), json!(3), json!(null)]
            .into_iter()
            .map(|opens| {
                let mut schedule = recorded();
                schedule["standard_hours"][0]["friday"] = session(opens);
                schedule
            })
            .collect();
    let mut lacking = recorded();
    lacking["standard_hours"][0].as_object_mut().unwrap().remove("sunday");
    table.push(lacking);
    let mut odd = recorded();
    odd["maintenance_windows"] = json!([{ "start_datetime": "tomorrow", "end_datetime": "2026-11-06T02:00:00Z" }]);
    table.extend([odd, json!({ "standard_hours": [] }), json!({}), json!(null)]);
    for schedule in table {
        let found = closures(&schedule, "2026-11-05T10:00:00Z").await;
        assert!(matches!(found, Err(ReadError::Malformed(_))), "{schedule}: {found:?}");
    }
}

#[tokio::test]
async fn its_failures_say_nothing_of_markets_and_its_answers_do_not_heal_them() {
    let markets = json!({ "markets": [], "cursor": "" });
    let status = json!({ "exchange_active": true, "trading_active": true });
    let failing = |times: usize| vec![Reply::Http(500, String::new()); times];
    let kalshi = client([failing(6), vec![ok(&markets)]].concat()).await;
    for _ in 0..6 {
        kalshi.urgent().exchange_status().await.unwrap_err();
    }
    assert_eq!(kalshi.reads_resume(), None);
    assert_eq!(kalshi.quotes(&MarketFilter::Open(Vec::new())).await, Ok(Vec::new()));
    let kalshi = client([failing(5), vec![ok(&status)]].concat()).await;
    for _ in 0..5 {
        kalshi.quotes(&MarketFilter::Open(Vec::new())).await.unwrap_err();
    }
    assert!(kalshi.reads_resume().is_some());
    kalshi.exchange_status().await.unwrap();
    assert!(kalshi.reads_resume().is_some(), "the markets' breaker stays open");
}
