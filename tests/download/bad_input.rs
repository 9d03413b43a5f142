//! Whatever is asked, and whatever the venue answers: a clear message, and nothing lost.

use serde_json::{Value, json};

use super::stand::{PERIOD, SERIES, Stand, report, url};
use crate::support::proxy::Proxy;
use crate::support::small_disk;

#[test]
fn what_cannot_be_downloaded_is_refused_with_the_reason() {
    let stand = Stand::new("");
    stand.environment.run("data generate --markets 1 --for 1d --out generated").success();
    let _ = stand.download(&format!("{SERIES} --from 2026-01-06 --until 2026-01-06T12:00:00Z --out tape")).success();
    let check = |args: &str, code: i32, expect: &[&str]| {
        let said = stand.download(args).failure(code);
        for expect in expect {
            assert!(said.contains(expect), "`{args}` does not say `{expect}`:\n{said}");
        }
    };
    let from = "--from 2026-01-05 --out new";
    check(&format!("--series KXHIGHN {from}"), 1, &["no series `KXHIGHN`; did you mean `KXHIGHNY`?"]);
    check(&format!("--series KXLOW* {from}"), 1, &["no series like `KXLOW*`"]);
    check(&format!("--series ../x {from}"), 1, &["`../x` is no name"]);
    check(&format!("--event KXHIGHNY-26JAN31 {from}"), 1, &["no event `KXHIGHNY-26JAN31`"]);
    check(&format!("--market KXHIGHNY-26JAN05-B32,KXNO {from}"), 1, &["no market `KXNO`"]);
    check(
        &format!("{SERIES} --from 2030-01-01 --out new"),
        1,
        &["2030-01-01", "is in the future: at the venue it is 2026-01-08"],
    );
    check(
        &format!("{SERIES} --from 2020-01-01 --until 2020-02-01 --out new"),
        1,
        &["no market of the selection that is open between 2020-01-01"],
    );
    check(&format!("{SERIES} --from 2026-01-06 --until 2026-01-05 --out new"), 2, &["nothing is between"]);
    check("--from 2026-01-05 --out new", 2, &["nothing is selected", "--series KXHIGHNY"]);
    check(&format!("{SERIES} --out new"), 2, &["a new tape needs a beginning", "--from 2026-03-01"]);
    check(&format!("{SERIES} {PERIOD} --out generated"), 1, &["`generated` is there already", "generated.download"]);
    check("--from 2026-01-07 --out tape", 1, &["would leave a hole in it"]);
    let said = stand
        .download_from(
            "http://127.0.0.1:9/trade-api/v2",
            &format!("{SERIES} {PERIOD} --out new --patience 1s --set venue.read_attempts=1"),
        )
        .failure(3);
    assert!(said.contains("the venue could not be reached"), "{said}");
    assert!(!stand.environment.path("new").exists() && !stand.environment.path("new.download").exists());
    stand.assert_is_ledger("tape", (24 * 3_600, 36 * 3_600), false);
}

#[test]
fn an_end_in_the_future_is_now() {
    let stand = Stand::new("");
    let done =
        report(stand.download(&format!("{SERIES} --from 2026-01-07 --until 2027-01-01 --format json --out tape")));
    assert!(done["until"].as_str().is_some_and(|until| until.starts_with("2026-01-07T23:5")), "{}", done["until"]);
    assert_eq!(done["markets_that_go_on"], 2);
}

/// Faults that do not end, with the message that they lead to.
#[test]
fn a_venue_that_never_answers_well_is_given_up_and_nothing_is_lost() {
    let stand = Stand::new("");
    let candles = ["GET /markets/candlesticks", "GET /historical/markets/{t}/candlesticks"];
    let check = |fault: Value, expect: &str| {
        let rules: Vec<Value> =
            candles.iter().map(|endpoint| json!({ "endpoint": endpoint, "fault": fault })).collect();
        assert_eq!(stand.exchange.put("/simulation/faults", &json!({ "rules": rules })).0, 200);
        let impatient = "--patience 1s --set venue.read_attempts=1";
        let said = stand.download(&format!("{SERIES} {PERIOD} {impatient} --out tape")).failure(3);
        assert!(said.contains(expect) && said.contains("the same command goes on from there"), "{expect}:\n{said}");
        assert!(!stand.environment.path("tape").exists(), "{expect}");
    };
    check(json!({ "kind": "status", "status": 429, "body": true }), "429 too_many_requests");
    check(json!({ "kind": "status", "status": 400 }), "the venue refused GET /");
    check(json!({ "kind": "truncated" }), "the venue could not be reached");
    check(json!({ "kind": "invalid_json" }), "makes no sense");
    assert_eq!(stand.exchange.put("/simulation/faults", &json!({ "rules": [] })).0, 200);
    let _ = stand.download(&format!("{SERIES} {PERIOD} --out tape")).success();
    stand.assert_is_ledger("tape", (0, 86_400 + 18 * 3_600), false);
}

#[test]
fn trades_without_quotes_are_no_tape() {
    let stand = Stand::new("");
    let proxy = Proxy::to(&stand.exchange.address);
    proxy.change(|request, status, mut body| {
        if request.contains("candlesticks") {
            match body.get_mut("markets").and_then(Value::as_array_mut) {
                Some(markets) => markets.iter_mut().for_each(|market| market["candlesticks"] = json!([])),
                None => body["candlesticks"] = json!([]),
            }
        }
        (status, body)
    });
    let args = format!("{SERIES} {PERIOD} --out tape");
    let said = stand.download_from(&url(&proxy.address), &args).failure(3);
    assert!(said.contains("the venue has not one candlestick of the 4 markets"), "{said}");
    let said = stand.download_from(&url(&proxy.address), &format!("{args} --trades")).failure(3);
    assert!(said.contains("the venue has trades of these markets and not one candlestick"), "{said}");
}

#[test]
fn what_the_venue_lacks_or_garbles_is_told_and_the_rest_is_kept() {
    let stand = Stand::new("");
    let proxy = Proxy::to(&stand.exchange.address);
    proxy.change(|request, status, mut body| {
        if request.contains("/historical/markets/KXHIGHNY-26JAN05-T35/candlesticks") {
            return (404, json!({ "error": { "code": "not_found", "message": "market not found" } }));
        }
        if request.contains("/historical/markets/KXHIGHNY-26JAN05-B32/candlesticks") {
            body["candlesticks"][0]["yes_bid"]["close"] = json!("1.5000");
        }
        (status, body)
    });
    let done =
        report(stand.download_from(&url(&proxy.address), &format!("{SERIES} {PERIOD} --format json --out tape")));
    assert_eq!(done["markets_without_candles"], json!(["KXHIGHNY-26JAN05-T35"]));
    let notes = done["notes"].to_string();
    for said in ["neither tier has candles of them: `KXHIGHNY-26JAN05-T35`", "left out: 1, the first of", "1.5000"] {
        assert!(notes.contains(said), "{notes}");
    }
}

#[test]
fn a_disk_that_fills_loses_nothing() {
    let stand = Stand::new("");
    let args = format!("data download --url {} --rate 500 {SERIES} {PERIOD} --trades --out full/tape", stand.url());
    let Some(filled) = small_disk::fill(&stand.environment, "120k", &args) else { return };
    assert!(filled.stderr.contains("the disk is full; free some space"), "{}", filled.stderr);
    assert!(filled.stderr.contains("the same command goes on from there"), "{}", filled.stderr);
    assert!(!filled.left.contains(&"tape".to_owned()), "{:?}", filled.left);
    let kept = std::fs::read_dir(stand.environment.path("kept/tape.download/answers")).expect("answers").count();
    assert!(kept > 2, "{kept}");
    let _ = stand.download_from(&stand.url(), &format!("{SERIES} {PERIOD} --trades --out kept/tape")).success();
    stand.assert_is_ledger("kept/tape", (0, 86_400 + 18 * 3_600), true);
}
