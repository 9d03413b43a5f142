//! The venue's past: both tiers' shapes, and what they must never become.

use host_core::{Price, Qty, Timestamp};
use host_venues::kalshi::history::{CandleRange, Tier, candles_of_many, candles_of_one, cutoff, trades};
use host_venues::past::Candlestick;
use serde_json::{Value, json};

const RANGE: CandleRange = CandleRange { first_s: 60, last_s: 600, period_s: 60 };

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Returns a candlestick of the live tier with these closes.
fn candle(bid: &str, ask: &str, price: Value) -> Value {
    let side = |open: &str, close: &str| {
        let (low, high) = ("0.0100", "0.9900");
        json!({ "open_dollars": open, "low_dollars": low, "high_dollars": high, "close_dollars": close })
    };
    json!({
        "end_period_ts": 120,
        "yes_bid": side("0.4000", bid),
        // Seen in a market's first candle.
        "yes_ask": side("0.0000", ask),
        "price": price,
        "volume_fp": "12.50",
        "open_interest_fp": "3.00",
    })
}

/// Returns the same under the names of the historical tier.
fn historical(candle: &Value) -> Value {
    serde_json::from_str(&candle.to_string().replace("_dollars", "").replace("_fp", "")).expect("JSON")
}

#[test]
fn both_tiers_say_the_same_and_an_empty_side_is_no_price() {
    let check = |bid: &str, ask: &str, price: Value, expect: [Option<i32>; 3]| {
        let live = candle(bid, ask, price);
        let [bid, ask, last] = expect.map(|price| price.map(Price));
        let end = Timestamp(120_000_000_000);
        let expect = vec![Candlestick { end, bid, ask, last, volume: Qty::hundredths(1_250) }];
        let many = json!({ "markets": [{ "market_ticker": "KX-1", "candlesticks": [live] }] });
        let found = candles_of_many(&[], RANGE, false).decode(&bytes(&many)).expect("it decodes");
        assert_eq!((found[0].ticker.as_str(), &found[0].candles), ("KX-1", &expect), "{live}");
        for (tier, candle) in [(Tier::Live, live.clone()), (Tier::Historical, historical(&live))] {
            let one = json!({ "ticker": "KX-1", "candlesticks": [candle] });
            let request = candles_of_one(tier, "KX", "KX-1", RANGE, true).expect("good names");
            assert_eq!(request.decode(&bytes(&one)).expect("it decodes")[0].candles, expect, "{tier:?} {candle}");
        }
    };
    let traded = json!({ "close_dollars": "0.4200", "previous_dollars": "0.4100", "mean_dollars": "0.4150" });
    check("0.4000", "0.4400", traded.clone(), [Some(4_000), Some(4_400), Some(4_200)]);
    check("0.0000", "1.0000", traded, [None, None, Some(4_200)]);
    check(
        "0.4000",
        "1.0000",
        json!({ "close_dollars": null, "previous_dollars": "0.4100" }),
        [Some(4_000), None, Some(4_100)],
    );
    check(
        "0.4000",
        "0.4400",
        json!({ "close_dollars": null, "previous_dollars": null }),
        [Some(4_000), Some(4_400), None],
    );
    check("0.4000", "0.4400", Value::Null, [Some(4_000), Some(4_400), None]);
    check("0.4000", "0.4400", json!({}), [Some(4_000), Some(4_400), None]);
}

#[test]
fn a_candle_that_cannot_be_read_costs_itself_alone() {
    let good = candle("0.4000", "0.4400", json!({}));
    for (field, value) in [
        ("volume_fp", json!("-1.00")),
        ("yes_bid", json!({ "close_dollars": "1.5000" })),
        ("yes_ask", json!(null)),
        ("end_period_ts", json!(-5)),
        ("end_period_ts", json!(i64::MAX)),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let body = json!({ "ticker": "KX-1", "candlesticks": [bad, good] });
        let request = candles_of_one(Tier::Live, "KX", "KX-1", RANGE, false).expect("good names");
        let found = request.decode(&bytes(&body)).expect("the others decode");
        assert_eq!((found[0].candles.len(), found[0].unreadable.len()), (1, 1), "{bad}");
    }
    for body in [json!({}), json!({ "ticker": "KX-1" }), json!([]), json!({ "ticker": "KX-1", "candlesticks": null })] {
        let request = candles_of_one(Tier::Live, "KX", "KX-1", RANGE, false).expect("good names");
        assert!(request.decode(&bytes(&body)).is_err(), "{body} is no answer");
    }
}

#[test]
fn trades_keep_the_side_that_came_and_whether_it_was_on_the_book() {
    let trade = |id: &str, more: Value| {
        let mut trade = json!({
            "trade_id": id, "ticker": "KX-1", "count_fp": "2.00", "yes_price_dollars": "0.4200",
            "created_time": "2026-01-05T00:00:01.5Z",
        });
        trade.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        trade
    };
    let body = json!({ "cursor": "next", "trades": [
        trade("a", json!({ "taker_outcome_side": "yes", "is_block_trade": false })),
        trade("b", json!({ "taker_side": "no", "is_block_trade": true })),
        trade("c", json!({})),
        trade("d", json!({ "count_fp": "many" })),
    ]});
    let page = trades(Tier::Live, "KX-1", (0, 9), "").decode(&bytes(&body)).expect("it decodes");
    let seen: Vec<String> =
        page.rows.iter().map(|trade| format!("{} {:?} {}", trade.id, trade.taker, trade.is_block)).collect();
    assert_eq!(seen, ["a Some(Buy) false", "b Some(Sell) true", "c None false"]);
    assert_eq!((page.unreadable.len(), page.cursor.as_str()), (1, "next"));
}

#[test]
fn requests_are_named_by_all_that_they_ask() {
    let many = candles_of_many(&["KX-1".to_owned(), "KX-2".to_owned()], RANGE, true).name();
    let range = "start_ts=60&end_ts=600&period_interval=1";
    assert_eq!(
        many,
        format!("/markets/candlesticks?market_tickers=KX-1,KX-2&{range}&include_latest_before_start=true")
    );
    let one = |tier| candles_of_one(tier, "KX", "KX-1", RANGE, true).expect("good names").name();
    let latest = "&include_latest_before_start=true";
    assert_eq!(one(Tier::Live), format!("/series/KX/markets/KX-1/candlesticks?{range}{latest}"));
    assert_eq!(one(Tier::Historical), format!("/historical/markets/KX-1/candlesticks?{range}"));
    for bad in ["", "..", "a/b", "a?b", "ä"] {
        assert!(candles_of_one(Tier::Live, "KX", bad, RANGE, false).is_err(), "{bad}");
    }
    assert!(cutoff().decode(b"{\"market_settled_ts\":\"soon\",\"trades_created_ts\":\"now\"}").is_err());
}
