use host_core::{Qty, Span};

use super::*;

/// Reads the entries of a configuration.
fn read(text: &str) -> Result<Schedule, Vec<ScheduleError>> {
    #[derive(serde::Deserialize)]
    struct File {
        schedule: Vec<ScheduleEntry>,
    }
    let file: File = toml::from_str(text).unwrap();
    Schedule::of(&file.schedule, &RiskLimits::default())
}

fn time(text: &str) -> Timestamp {
    Timestamp(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_nanos_opt().unwrap())
}

#[test]
fn an_entry_is_in_force_by_the_clocks_of_its_zone() {
    let check = |hours: &str, inside: &[&str], outside: &[&str]| {
        let mut schedule = read(&format!("[[schedule]]\nname = \"a\"\nscale = 0.5\n{hours}")).unwrap();
        for (moments, expect) in [(inside, true), (outside, false)] {
            for moment in moments {
                assert_eq!(schedule.in_force(time(moment)).is_some(), expect, "{hours} {moment}");
            }
        }
    };
    // 2026-11-28 is a Saturday.
    let weekend = "days = [\"sat\", \"Sunday\"]";
    check(
        weekend,
        &["2026-11-28T00:00:00Z", "2026-11-29T23:59:59.9Z"],
        &["2026-11-27T23:59:59.9Z", "2026-11-30T00:00:00Z"],
    );
    let new_york = "days = [\"sat\", \"sun\"]\nzone = \"America/New_York\"";
    check(
        new_york,
        &["2026-11-28T05:00:00Z", "2026-11-30T04:59:59Z"],
        &["2026-11-28T04:59:59Z", "2026-11-30T05:00:00Z"],
    );
    // On 8 March 2026 the clocks of New York skip the hour from 2, and on 1 November they show that from 1 twice.
    check(
        new_york,
        &["2026-03-09T03:59:59Z", "2026-11-02T04:59:59Z"],
        &["2026-03-09T04:00:00Z", "2026-11-02T05:00:00Z"],
    );
    let skipped = "hours = \"02:15-03:30\"\nzone = \"America/New_York\"";
    check(
        skipped,
        &["2026-03-08T07:00:00Z", "2026-03-08T07:29:00Z"],
        &["2026-03-08T06:59:59Z", "2026-03-08T07:30:00Z"],
    );
    let twice = "hours = \"01:15-01:30\"\nzone = \"America/New_York\"";
    check(twice, &["2026-11-01T05:15:00Z", "2026-11-01T06:15:00Z"], &["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"]);
    // Hours over midnight belong to the day on which they begin.
    let night = "days = [\"fri\"]\nhours = \"22:00-06:00\"";
    check(night, &["2026-11-27T22:00:00Z", "2026-11-28T05:59:59Z"], &["2026-11-27T05:00:00Z", "2026-11-28T22:00:00Z"]);
    check("hours = \"22:00-24:00\"", &["2026-11-27T23:59:59Z"], &["2026-11-28T00:00:00Z"]);
    // A zone that is not a whole number of hours away.
    check(
        "hours = \"06:00-07:00\"\nzone = \"Asia/Kathmandu\"",
        &["2026-11-28T00:15:00Z"],
        &["2026-11-28T00:14:59Z", "2026-11-28T01:15:00Z"],
    );
}

#[test]
fn an_answer_holds_no_longer_than_it_is_right() {
    let text = "[[schedule]]\nname = \"a\"\nscale = 0.5\nhours = \"01:07-02:59\"\nzone = \"Europe/Berlin\"\n\
                [[schedule]]\nname = \"b\"\npause_entries = true\ndays = [\"sun\"]\nhours = \"03:00-03:01\"\n\
                zone = \"Australia/Lord_Howe\"";
    // Each minute of the weeks in which clocks are set, asked one after the other and each for itself.
    let mut running = read(text).unwrap();
    for start in ["2026-03-25T00:00:00Z", "2026-04-01T00:00:00Z", "2026-10-01T00:00:00Z", "2026-10-22T00:00:00Z"] {
        for seconds in (0..7 * 86_400).step_by(30) {
            let moment = time(start) + Span::seconds(seconds);
            let fresh = read(text).unwrap().in_force(moment).cloned();
            assert_eq!(running.in_force(moment).cloned(), fresh, "{moment}");
        }
    }
}

#[test]
fn limits_are_replaced_scaled_and_fitted_to_the_stage() {
    let text = "[[schedule]]\nname = \"weekend\"\nscale = 0.5\nlimits = { max_position_size = 80, max_spread = 0.05 }";
    let mut schedule = read(text).unwrap();
    let now = time("2026-11-28T12:00:00Z");
    let limits = |schedule: &mut Schedule| schedule.in_force(now).unwrap().limits.clone();
    let usual = RiskLimits::default();
    let full = limits(&mut schedule);
    assert_eq!((full.max_position_size, full.max_order_size), (Qty::contracts(40), usual.max_order_size));
    assert_eq!(full.max_portfolio_exposure.0 * 2, usual.max_portfolio_exposure.0);
    assert_eq!(full.max_spread.0, 500);
    assert_eq!(limits(&mut schedule.at_stage(25)).max_position_size, Qty::contracts(10));
}

#[test]
fn a_command_comes_once_with_each_change() {
    let mut schedule = read("[[schedule]]\nname = \"a\"\npause_entries = true\nhours = \"10:00-11:00\"").unwrap();
    let mut in_force: Option<ScheduledLimits> = None;
    let mut told = Vec::new();
    for minute in 0..48 * 60 {
        let now = time("2026-11-28T00:00:00Z") + Span::minutes(minute);
        if let Some(Command::Schedule { time, in_force: next }) = schedule.command(now, in_force.as_ref()) {
            told.push(format!("{} {}", &time.to_string()[8..16], next.as_ref().map_or("-", |entry| &entry.name)));
            in_force = next.map(|entry| *entry);
        }
    }
    assert_eq!(told, ["28T10:00 a", "28T11:00 -", "29T10:00 a", "29T11:00 -"]);
}

#[test]
fn an_entry_that_cannot_be_used_is_told_with_its_cure() {
    let check = |text: &str, expect: &str| {
        let wrong = read(text).map(drop).expect_err(text);
        let said: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert!(said.join("\n").contains(expect), "{said:?} lacks {expect}");
    };
    let with = |rest: &str| format!("[[schedule]]\nname = \"a\"\npause_entries = true\n{rest}");
    check(&with("zone = \"Europe/Berln\""), "did you mean `Europe/Berlin`?");
    check(&with("zone = \"Mars\""), "`Mars` is no time zone");
    check(&with("days = [\"sut\"]"), "`sut` is no day");
    check(&with("days = []"), "names no day");
    for hours in ["25:00-26:00", "10-12", "10:00", "9:00-10:00", "10:60-11:00", "10:00-24:01", "-", "+1:00-02:00"] {
        check(&with(&format!("hours = \"{hours}\"")), "are no hours");
    }
    check(&with("hours = \"10:00-10:00\""), "ends when it begins");
    check(&with("hours = \"24:00-06:00\""), "ends when it begins");
    check(&with("scale = 0"), "must lie above 0");
    check(&with("scale = nan"), "must lie above 0");
    check(&with("limits = { max_ordr_size = 5 }"), "did you mean `max_order_size`?");
    check(&with("limits = { max_order_size = \"5\" }"), "`limits.max_order_size = \"5\"`");
    check(&with("limits = { max_order_size = 0 }"), "risk.max_order_size must be");
    check(&with("limits = { allowed_markets = [\"A*\"] }"), "set it in [risk]");
    check("[[schedule]]\nname = \"a\"", "changes nothing");
    check("[[schedule]]\nname = \" \"\npause_entries = true", "`name` must be");
    check("[[schedule]]\nname = \"a\\nLIVE\"\npause_entries = true", "`name` must be");
    check(&format!("{}\n{}", with(""), with("")), "two entries have this name");
    let other = |rest: &str| {
        format!("{}\n[[schedule]]\nname = \"b\"\npause_entries = true\n{rest}", with("hours = \"09:00-10:00\""))
    };
    check(&other("hours = \"09:30-09:45\""), "is in force together with `a`, such as at 2024-01-01T09:30:00");
    // Ten in Berlin is nine in London, and eight in UTC in summer only.
    check(&other("hours = \"11:30-12:00\"\nzone = \"Europe/Berlin\""), "2024-03-31T09:30:00");
    assert!(read(&other("hours = \"10:00-09:00\"")).is_ok(), "one begins when the other ends");
}
