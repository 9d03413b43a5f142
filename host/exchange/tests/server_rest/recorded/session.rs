//! The session of June 2026, as it was recorded: the same members, markets and requests in the same order.

use std::collections::BTreeMap;

use host_core::{Price, Qty, Side, Usd};
use host_exchange::venue::{AccountId, MemberId, NewOrder, Resolution, TimeInForce};

use crate::*;

const ANN: MemberId = MemberId(2);
const BOB: MemberId = MemberId(3);
const MATCH: &str = "KXMATCH-26JUN11AB-A";
const GOLF: &str = "KXGOLF-26-A";
const V2: &str = "/trade-api/v2";

/// Kind of signature of a request.
#[derive(Clone, Copy)]
enum Signed {
    Well,
    /// With a clock that is off by these seconds.
    Off(i64),
    Badly,
    ByNobodyKnown,
    WithoutSignature,
    Not,
}

/// Answers by the names of the recorded cases.
pub(super) struct Session {
    server: TestServer,
    pub(super) answers: BTreeMap<&'static str, (u16, Value)>,
}

impl Session {
    pub(super) async fn hold() -> Session {
        let mut session = Session { server: open().await, answers: BTreeMap::new() };
        session.before().await;
        session.authentication().await;
        session.markets().await;
        session.orders().await;
        session.self_trade_and_the_end().await;
        session
    }

    /// Sends a request and keeps the answer under `case`.
    async fn ask(
        &mut self,
        case: &'static str,
        signed: Signed,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let path = format!("{V2}{path}");
        let signed_path = path.split('?').next().unwrap_or_default();
        let now = self.server.now_ms();
        let mut headers = match signed {
            Signed::Not => Vec::new(),
            Signed::Off(seconds) => Ann.headers(now + seconds * 1_000, method, signed_path),
            Signed::Badly => Ann.headers(now, "PUT", signed_path),
            _ => Ann.headers(now, method, signed_path),
        };
        match signed {
            Signed::ByNobodyKnown => headers[0].1 = "00000000-0000-4000-8000-000000000001".to_owned(),
            Signed::WithoutSignature => drop(headers.pop()),
            _ => {}
        }
        let reply = self.server.send(method, &path, &headers, body.map(|body| body.to_string())).await;
        self.answers.insert(case, (reply.status, reply.body.clone()));
        reply.body
    }

    async fn get(&mut self, case: &'static str, path: &str) -> Value {
        self.ask(case, Signed::Well, "GET", path, None).await
    }

    async fn create(&mut self, case: &'static str, order: Value) -> String {
        let made = self.ask(case, Signed::Well, "POST", "/portfolio/events/orders", Some(order)).await;
        made["order_id"].as_str().unwrap_or_default().to_owned()
    }

    async fn cancel(&mut self, case: &'static str, id: &str) {
        self.ask(case, Signed::Well, "DELETE", &format!("/portfolio/events/orders/{id}"), None).await;
    }

    /// Places an order of a member who was not recorded.
    fn place(&self, member: MemberId, ticker: &str, side: Side, cents: i32, hundredths: i64) {
        let order = NewOrder::limit(ticker, side, Price(cents * 100), Qty::hundredths(hundredths));
        self.server.exchange.with_venue(|venue, now| venue.create(member, &order, now)).expect("a good order");
    }

    /// Trades as the account had done a few minutes earlier.
    async fn before(&mut self) {
        let now = |order: NewOrder| NewOrder { time_in_force: TimeInForce::ImmediateOrCancel, ..order };
        let buy = |cents: i32| NewOrder::limit(MATCH, Side::Buy, Price(cents * 100), Qty::ONE);
        let sell = NewOrder::limit(MATCH, Side::Sell, Price(200), Qty::ONE);
        let steps = [
            (false, buy(1)),
            (true, now(buy(99))),
            (false, now(buy(99))),
            (false, buy(2)),
            (false, now(sell)),
            (false, buy(1)),
            (true, now(buy(99))),
        ];
        for (is_met, order) in steps {
            if is_met {
                self.place(BOB, MATCH, Side::Sell, 99, 100);
            }
            self.server.exchange.with_venue(|venue, now| venue.create(ANN, &order, now)).expect("a good order");
            if order.price == Price(100) || order.side == Side::Sell {
                self.server.exchange.with_venue(|venue, now| venue.cancel_all(ANN, None, now)).expect("it is open");
            }
        }
        self.place(BOB, MATCH, Side::Buy, 47, 300);
        self.place(BOB, MATCH, Side::Sell, 52, 300);
        for count in [[1_000].repeat(12), vec![777]].concat() {
            self.place(BOB, GOLF, Side::Sell, 3, count);
            self.place(MemberId(4), GOLF, Side::Buy, 3, count);
        }
    }

    async fn authentication(&mut self) {
        let cases = [
            ("auth__balance_ok", Signed::Well),
            ("auth__balance_alt_host", Signed::Well),
            ("auth__bad_signature", Signed::Badly),
            ("auth__unknown_key_id", Signed::ByNobodyKnown),
            ("auth__missing_signature_header", Signed::WithoutSignature),
            ("auth__skew_minus5s", Signed::Off(-5)),
            ("auth__skew_plus5s", Signed::Off(5)),
            ("auth__skew_minus30s", Signed::Off(-30)),
            ("auth__skew_minus5min", Signed::Off(-300)),
            ("auth__skew_plus5min", Signed::Off(300)),
        ];
        for (case, signed) in cases {
            self.ask(case, signed, "GET", "/portfolio/balance", None).await;
        }
        self.get("exchange__status", "/exchange/status").await;
        self.get("account__limits", "/account/limits").await;
        self.get("account__endpoint_costs", "/account/endpoint_costs").await;
        self.get("series__fee_changes", "/series/fee_changes").await;
        self.get("settlements__page", "/portfolio/settlements?limit=10").await;
    }

    async fn markets(&mut self) {
        let mut page = self.get("markets__page1", "/markets?limit=5").await;
        for case in ["markets__page2", "markets__page3"] {
            let cursor = page["cursor"].as_str().expect("a cursor").to_owned();
            page = self.get(case, &format!("/markets?limit=5&cursor={cursor}")).await;
        }
        let one = format!("/markets/{MATCH}");
        self.get("markets__garbage_cursor", "/markets?limit=5&cursor=garbage-cursor-fixture").await;
        self.get("markets__limit_over_max", "/markets?limit=1001").await;
        self.get("markets__single", &one).await;
        self.get("markets__single_filter_lastpage", &format!("/markets?tickers={MATCH}")).await;
        self.get("markets__status_closed", "/markets?status=closed&limit=5").await;
        self.get("markets__status_open", "/markets?status=open&limit=200").await;
        self.get("markets__status_settled", "/markets?status=settled&limit=5").await;
        self.ask("markets__unauth_list", Signed::Not, "GET", "/markets?limit=2", None).await;
        self.ask("markets__unauth_single", Signed::Not, "GET", &one, None).await;
        let trades = format!("/markets/trades?ticker={GOLF}&limit=12");
        self.ask("trades__public_recorded", Signed::Not, "GET", &trades, None).await;
        self.get("orderbook__base", &format!("{one}/orderbook")).await;
    }

    async fn orders(&mut self) {
        let named = |id: &str| json!({ "client_order_id": id });
        let cents = |price: &str, id: &str| limit(MATCH, "bid", price, "1.00", named(id));
        let maker = self.create("orders__create_v2_maker", cents("0.0100", "maker")).await;
        let read = format!("/portfolio/orders/{maker}");
        self.get("orders__get_after_create", &read).await;
        self.create("orders__duplicate_client_order_id", cents("0.0100", "maker")).await;
        self.server.step(Span::millis(3_246));
        self.cancel("orders__cancel_v2", &maker).await;
        // This read lags: see the plan of faults.
        self.get("orders__get_after_cancel", &read).await;
        self.server.step(Span::seconds(2));
        self.cancel("orders__cancel_already_canceled", &maker).await;
        self.cancel("orders__cancel_unknown_id", "00000000-0000-0000-0000-000000000000").await;
        self.create("orders__reuse_canceled_client_id", cents("0.0100", "maker")).await;
        let mut taker = cents("0.9900", "taker");
        taker["time_in_force"] = "immediate_or_cancel".into();
        let taker = self.create("orders__create_v2_taker_ioc", taker).await;
        self.get("fills__after_taker", "/portfolio/fills?limit=10").await;
        self.get("portfolio__orders_list", "/portfolio/orders?limit=10").await;
        self.get("portfolio__positions", "/portfolio/positions").await;
        self.cancel("orders__cancel_executed", &taker).await;
        self.cancel("cleanup__leftover_0", &taker).await;
        let mut numbers = cents("0.0100", "numbers");
        (numbers["count"], numbers["price"]) = (json!(1), json!(0.01));
        self.create("orders__numeric_field_types", numbers).await;
        let post_only = |price: &str, id: &str| {
            let mut order = cents(price, id);
            order["post_only"] = true.into();
            order
        };
        self.create("orders__post_only_cross", post_only("0.9900", "crosses")).await;
        self.create("orders__invalid_price_structure", post_only("0.5150", "between")).await;
        let poor = limit(MATCH, "bid", "0.9900", "10099.00", named("poor"));
        self.create("orders__insufficient_balance", poor).await;
    }

    async fn self_trade_and_the_end(&mut self) {
        let named = |id: &str| json!({ "client_order_id": id, "post_only": true });
        let resting = self.create("orders__stp_setup", limit(MATCH, "bid", "0.4800", "1.00", named("rests"))).await;
        let at_once = |id: &str| json!({ "client_order_id": id, "time_in_force": "immediate_or_cancel" });
        let crossing = limit(MATCH, "ask", "0.4800", "1.00", at_once("crosses-own"));
        let crossing = self.create("orders__stp_self_cross", crossing).await;
        self.get("orders__stp_resting_after", &format!("/portfolio/orders/{resting}")).await;
        self.cancel("cleanup__stp_resting", &resting).await;
        let seed = self.create("orders__settlement_seed", limit(MATCH, "bid", "0.9900", "1.00", at_once("seed"))).await;
        self.cancel("cleanup__leftover_1", &crossing).await;
        self.cancel("cleanup__leftover_2", &seed).await;
        self.get("settlements__end_of_session", "/portfolio/settlements?limit=10").await;
        let body = json!({
            "ticker": MATCH, "action": "buy", "side": "yes", "count": 1, "yes_price": 1, "client_order_id": "old",
        });
        let made = self.ask("orders__legacy_create", Signed::Well, "POST", "/portfolio/orders", Some(body)).await;
        let path = format!("/portfolio/orders/{}", made["order"]["order_id"].as_str().unwrap_or_default());
        self.ask("orders__legacy_cancel", Signed::Well, "DELETE", &path, None).await;
    }
}

/// Opens the exchange with the recorded markets, and the account with a hundred dollars.
async fn open() -> TestServer {
    let mut venue = Venue::new(VenueSettings::default(), START);
    venue.add_series(Series { fees: FeeModel::Kalshi, ..series("S") });
    venue.add_event(event("E", "S"));
    let opens_later = (0..15).map(|number| (format!("KXHITS-26JUN11-{number}"), 1, 300, PriceStructure::LinearCent));
    let open = [
        ("KXCOMBO-26JUN11-A", 0, 5, PriceStructure::DeciCent),
        ("KXOTHER-26JUN11-A", 0, 60, PriceStructure::LinearCent),
        (MATCH, 0, 60, PriceStructure::LinearCent),
        (GOLF, 0, 60, PriceStructure::LinearCent),
        ("KXSUM-26JUN11-3", 0, 1_800, PriceStructure::LinearCent),
        ("KXSUM-26JUN11-2", 0, 1_800, PriceStructure::LinearCent),
        ("KXPAID-26JUN11-A", 0, 5, PriceStructure::DeciCent),
        ("KXPAID-26JUN11-3", 0, 1_800, PriceStructure::LinearCent),
    ];
    let open = open.into_iter().map(|(ticker, hours, timer, structure)| (ticker.to_owned(), hours, timer, structure));
    for (ticker, hours, timer_seconds, structure) in opens_later.chain(open) {
        let opens = START + Span::hours(hours);
        let settlement_timer = Span::seconds(timer_seconds);
        let listing = Listing { structure, opens, settlement_timer, ..listing(&ticker, "E", START) };
        venue.list_market(listing, START).expect("a new ticker");
    }
    // Of the member's reads of single orders, the second lags, as it was recorded.
    let fault = json!({ "kind": "lagging_reads", "lag": "1s" });
    let plan = json!({ "rules": [{ "endpoint": "GET /portfolio/orders/{id}", "fault": fault, "at": [2] }] });
    let faults = serde_json::from_value(plan).expect("a plan");
    // The clock stands still between most requests.
    let options = ServerOptions { faults, rate_limits: false, legacy_orders: true, ..ServerOptions::default() };
    let server = TestServer::of(venue, ExchangeClock::stepped(START), Tier::Basic, options).await;
    server.exchange.with_venue(|venue, now| {
        venue.withdraw(AccountId::primary(ANN), Usd::dollars(900), now).expect("it is there");
        let other = venue.add_member("other");
        venue.deposit(AccountId::primary(other), Usd::dollars(1_000), now).expect("a fair deposit");
        let id = |venue: &Venue, ticker: &str| venue.market_by_ticker(ticker).expect("it is listed").id;
        let order =
            |side, cents: i32, count| NewOrder::limit("KXSUM-26JUN11-2", side, Price(cents), Qty::contracts(count));
        venue.create(BOB, &order(Side::Sell, 9_900, 2), now).expect("a good order");
        venue.create(other, &order(Side::Buy, 9_900, 2), now).expect("a good order");
        let combo = NewOrder::limit("KXCOMBO-26JUN11-A", Side::Buy, Price(5_100), Qty::contracts(8));
        venue.create(BOB, &combo, now).expect("a good order");
        for ticker in ["KXPAID-26JUN11-A", "KXPAID-26JUN11-3"] {
            venue.determine(id(venue, ticker), Resolution::No, now).expect("it is open");
        }
    });
    // They pay out, and others wait for it.
    server.step(Span::minutes(30));
    server.exchange.with_venue(|venue, now| {
        for (ticker, result) in [("KXSUM-26JUN11-3", Resolution::No), ("KXSUM-26JUN11-2", Resolution::Yes)] {
            let id = venue.market_by_ticker(ticker).expect("it is listed").id;
            venue.determine(id, result, now).expect("it is open");
        }
    });
    server
}
