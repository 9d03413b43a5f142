//! Tapes of former releases: described and back tested as before.

use std::path::Path;

use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, REPOSITORY, environment};
use crate::support::tapes::without_clock;

fn former(name: &str) -> String {
    Path::new(REPOSITORY).join("tests/compat/tapes").join(name).display().to_string()
}

/// Writes the rows that the former tapes have as CSV, with the markets' facts.
fn write_rows(environment: &Environment) {
    let mut rows = String::from("time,market,bid,ask\n");
    for n in 0..576_i64 {
        for (market, name) in (0..).zip(["FED-26JAN-CUT", "FED-26JAN-HOLD", "NYC-26JAN-RAIN"]) {
            let cents = 20 + 15 * market + (n * (7 + market)) % 23;
            let ask = if (n + market) % 11 == 0 { String::new() } else { format!("0.{}", cents + 2 + n % 3) };
            rows.push_str(&format!("{},{name},0.{cents},{ask}\n", 1_767_571_200 + 300 * n));
        }
    }
    environment.write("quotes.csv", rows);
    let facts = "ticker,title,event,series,category,close_time,result,settle_time\n\
                 FED-26JAN-CUT,The Fed cuts,FED-26JAN,FED,economics,2026-01-06T20:00:00Z,yes,2026-01-07T00:00:00Z\n\
                 FED-26JAN-HOLD,The Fed holds,FED-26JAN,FED,economics,2026-01-06T20:00:00Z,no,2026-01-07T00:00:00Z\n\
                 NYC-26JAN-RAIN,Rain in New York,NYC-26JAN,NYC,weather,,,\n";
    environment.write("facts.csv", facts);
}

#[test]
fn a_former_tape_is_described_and_back_tested_as_one_of_today() {
    let environment = environment();
    write_rows(&environment);
    environment.run("data import quotes.csv --markets facts.csv --out tape").success();
    let info = |tape: &str| {
        let json = environment.run(&format!("data info {tape} --format json")).success();
        let mut json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        json.as_object_mut().expect("an object").remove("bytes");
        // Former tapes do not know how they were made.
        json["source"].as_object_mut().expect("an object").remove("made");
        json
    };
    assert_eq!(info("tape"), info(&former("imported")));
    let report = |tape: &str| {
        let args = format!("backtest --strategy {RANGE_BUYER} --tape {tape} --format json");
        let json = without_clock(&environment.run(&args).success());
        let mut json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        json.as_object_mut().expect("an object").remove("data_digest");
        json
    };
    let former = report(&former("imported"));
    assert_eq!(former["trades"], 1, "{former}");
    assert_eq!(report("tape"), former);
}
