//! Two sessions of June 2026 as they were recorded: the same channels, orders and cancels have the same messages here,
//! but for ids and times.
//!
//! The table holds the facts in our own words; the recording itself carries no licence and is no part of this
//! repository. Where it is present, the messages are compared with it as well.

#[path = "../server_rest/recorded/compare.rs"]
mod compare;

use std::path::Path;

use compare::differences;
use uuid::Uuid;

use super::*;

/// Path of the recording in a development checkout, from this crate's folder.
const RECORDING: &str = "../../../shared/specs/kalshi_recorded_2026-06.json";

/// A change of the size of a side at its one price, in contracts.
type Change = (Side, i64);

/// A recorded session.
struct Recorded {
    name: &'static str,
    use_yes_price: bool,
    /// Contracts offered at 0.52 when the session begins; three contracts are bid for at 0.47.
    offered: i64,
    changes: &'static [Change],
    /// Price at which offers are shown.
    offers_at: &'static str,
}

const SESSIONS: [Recorded; 2] = [
    Recorded {
        name: "ws__orderbook_trade_noleg",
        use_yes_price: false,
        offered: 2,
        changes: &[(Side::Buy, -3), (Side::Sell, -2), (Side::Buy, 3), (Side::Sell, 1)],
        offers_at: "0.4800",
    },
    Recorded {
        name: "ws__orderbook_trade_yes",
        use_yes_price: true,
        offered: 1,
        changes: &[(Side::Sell, -1), (Side::Sell, 2)],
        offers_at: "0.5200",
    },
];

impl Recorded {
    /// Holds the session; returns the messages that the client was sent.
    async fn hold(&self) -> Vec<Value> {
        let exchange = Exchange::quiet().await;
        let place = |side: Side, contracts: i64| -> Uuid {
            let price = if side == Side::Buy { 4_700 } else { 5_200 };
            let order = order("KXCENT", side, price, contracts, "");
            exchange.handle.with_venue(|venue, now| venue.create(BOB, &order, now)).expect("a good order").order_id
        };
        let (mut bid, mut offer) = (Some(place(Side::Buy, 3)), Some(place(Side::Sell, self.offered)));
        let mut client = exchange.connect(ANN).await;
        let mut seen = client
            .subscribe(json!({
                "channels": ["orderbook_delta", "trade"],
                "market_tickers": ["KXCENT"],
                "use_yes_price": self.use_yes_price,
            }))
            .await;
        for &(side, contracts) in self.changes {
            let resting = if side == Side::Buy { &mut bid } else { &mut offer };
            match resting.take() {
                Some(order) => {
                    exchange.handle.with_venue(|venue, now| venue.cancel(BOB, order, now)).expect("it rests");
                }
                None => *resting = Some(place(side, contracts)),
            }
            seen.extend(client.settle().await);
        }
        client.assert_no_gaps();
        seen
    }

    /// Returns the messages that it must be, in our own words.
    fn expected(&self) -> Vec<Value> {
        let id = "a UUID";
        let at = |side: Side| if side == Side::Buy { "0.4700" } else { self.offers_at };
        let mut all = vec![
            json!({ "type": "subscribed", "id": 1, "msg": { "channel": "orderbook_delta", "sid": 1 } }),
            json!({ "type": "subscribed", "id": 1, "msg": { "channel": "trade", "sid": 2 } }),
            json!({ "type": "orderbook_snapshot", "sid": 1, "seq": 1, "msg": {
                "market_ticker": "KXCENT",
                "market_id": id,
                "yes_dollars_fp": [[at(Side::Buy), "3.00"]],
                "no_dollars_fp": [[at(Side::Sell), format!("{}.00", self.offered)]],
            } }),
        ];
        all.extend(self.changes.iter().zip(2..).map(|(&(side, contracts), seq)| {
            json!({ "type": "orderbook_delta", "sid": 1, "seq": seq, "msg": {
                "market_ticker": "KXCENT",
                "market_id": id,
                "price_dollars": at(side),
                "delta_fp": format!("{contracts}.00"),
                "side": if side == Side::Buy { "yes" } else { "no" },
                "ts": "a time",
                "ts_ms": 0,
            } })
        }));
        all
    }
}

/// Asserts that the messages are the same but for ids and times; their numbers are the same too.
#[track_caller]
fn assert_same(name: &str, ours: &[Value], recorded: &[Value]) {
    let numbers = |all: &[Value]| {
        Vec::from_iter(
            all.iter().map(|one| [&one["id"], &one["sid"], &one["seq"], &one["msg"]["sid"]].map(Value::clone)),
        )
    };
    assert_eq!(numbers(ours), numbers(recorded), "{name}");
    assert_eq!(differences(&json!(ours), &json!(recorded)), Vec::<String>::new(), "{name}: {ours:#?}");
}

#[test]
fn recorded_sessions_are_held_as_the_table_says() {
    for session in &SESSIONS {
        let seen = run(session.hold());
        assert_same(session.name, &seen, &session.expected());
    }
}

#[test]
fn recorded_sessions_are_held_as_they_were_recorded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDING);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no recording at {}", path.display());
        return;
    };
    let recording: Value = serde_json::from_str(&text).expect("JSON");
    let sessions = recording["websocket"].as_object().expect("sessions");
    assert_eq!(sessions.len(), SESSIONS.len());
    for session in &SESSIONS {
        let seen = run(session.hold());
        assert_same(session.name, &seen, sessions[session.name].as_array().expect("messages"));
    }
}
