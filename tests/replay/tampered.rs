//! A journal that was changed is found out, and the change is shown.

use rusqlite::Connection;

use crate::ran;
use crate::support::environment::Environment;
use crate::support::strategies::RANGE_BUYER;

fn journal() -> Environment {
    ran(&[RANGE_BUYER], "--for 7d --markets 10")
}

/// Applies `sql` to a copy of the journal and returns the error of its replay.
fn after(environment: &Environment, sql: &str) -> String {
    let original = std::fs::read(environment.path("j")).expect("a journal");
    environment.write("tampered", original);
    let changed = Connection::open(environment.path("tampered")).expect("a database");
    assert!(changed.execute(sql, []).expect("it can be done") > 0, "{sql} changes nothing");
    drop(changed);
    environment.run("replay tampered").failure(1)
}

#[test]
fn a_changed_record_is_shown_as_journaled_and_as_replayed() {
    let environment = journal();
    let check = |sql: &str, expect: &[&str]| {
        let said = after(&environment, sql);
        for words in expect {
            assert!(said.contains(words), "{sql}\n{said}");
        }
    };
    let first = |kind: &str| format!("seq = (SELECT min(seq) FROM records WHERE kind = '{kind}')");
    check(
        &format!("UPDATE records SET body = json_set(body, '$.order.price', 1234) WHERE {}", first("placed")),
        &["replays differently", "journaled: placed.order.price = 1234", "replayed:  placed.order.price = "],
    );
    check(
        &format!("UPDATE records SET body = json_set(body, '$.confidence', 0.123) WHERE {}", first("signal")),
        &["journaled: signal.confidence = 0.123"],
    );
    check("DELETE FROM records WHERE seq = 3", &["record 3 is missing"]);
    check("UPDATE events SET cancels = '[77]' WHERE seq = 30", &["event 30 (", "journaled: cancel order 77"]);
}

#[test]
fn a_changed_event_is_found_by_the_first_record_that_differs() {
    let environment = journal();
    let fill = "seq = (SELECT min(seq) FROM events WHERE kind = 'venue' AND body ->> 'venue' = 'filled')";
    let said = after(&environment, &format!("UPDATE events SET body = json_set(body, '$.fee', 12345678) WHERE {fill}"));
    assert!(said.contains("(venue, 20") && said.contains("filled.fill.fee = 12345678"), "{said}");
    let gone = after(&environment, &format!("DELETE FROM events WHERE {fill}"));
    assert!(gone.contains("is missing"), "{gone}");
    let start = "UPDATE events SET body = json_set(body, '$.limits.max_order_size', 3) WHERE seq = 1";
    let said = after(&environment, start);
    assert!(said.contains("replayed:  placed.order.qty = 300") || said.contains("max_order_size"), "{said}");
    let rows = "UPDATE events SET body = substr(body, 1, length(body) - 1) WHERE kind = 'preview' AND seq > 100";
    assert!(after(&environment, rows).contains("the rows are damaged at byte"), "a row was cut off");
}

#[test]
fn a_damaged_or_missing_strategy_is_not_replayed() {
    let environment = journal();
    let said = after(&environment, "UPDATE components SET bytes = x'0061736D'");
    assert!(said.contains("is damaged"), "{said}");
    let said = after(&environment, "DELETE FROM components");
    assert!(said.contains("the journal keeps no copy of the strategy `range-buyer`"), "{said}");
}

#[test]
fn an_unreplayable_journal_says_why() {
    let environment = journal();
    let said = environment.run("replay nowhere").failure(1);
    assert!(said.contains("there is no journal at `nowhere`"), "{said}");
    let said = after(&environment, "UPDATE events SET kind = 'finish', body = '' WHERE seq = 1");
    assert!(said.contains("it does not begin with a start"), "{said}");
    let warm_up = r#"'{"from":0,"to":1,"rows":1,"checksum":"ab"}'"#;
    let said = after(&environment, &format!("UPDATE events SET kind = 'warm_up', body = {warm_up} WHERE seq = 2"));
    assert!(said.contains("cannot read the recording tape") && said.contains("`tape` folder beside it"), "{said}");
}

#[test]
fn a_replay_of_no_events_is_no_success() {
    let environment = journal();
    for (sql, events) in [("DELETE FROM events", 0), ("DELETE FROM events WHERE kind <> 'start'", 1)] {
        let said = after(&environment, sql);
        assert!(said.contains("nothing was replayed: tampered has no events beyond its start"), "{sql}: {said}");
        let outcome = environment.run("replay tampered --format json");
        assert_eq!(outcome.code, Some(1), "{outcome}");
        let verdict: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        assert_eq!((&verdict["identical"], &verdict["events"]), (&false.into(), &events.into()), "{verdict}");
        let said = environment.run("replay tampered --param buy_below=0.2").failure(1);
        assert!(said.contains("nothing was replayed"), "{said}");
    }
}
