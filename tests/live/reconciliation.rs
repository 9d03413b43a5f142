//! Somebody else trades on the host's account: the host raises an alert, sends no order that opens a position, and
//! continues once the operator has accepted the difference or it was undone.

use std::path::PathBuf;

use host_core::{Price, Qty, Side, Span, TimeInForce};
use host_venues::clock::Clock;
use host_venues::kalshi::{Kalshi, KalshiSettings};
use host_venues::model::NewOrder;
use serde_json::Value;

use crate::support::process::Host;
use crate::support::rig::Rig;
use crate::support::wait::eventually;

const TICKER: &str = "KXQUIET-1";
/// A price between bid and ask, at which only the two accounts meet.
const PRICE: Price = Price(4_200);

/// A person who trades with the key of an account, beside the host.
struct Person {
    kalshi: Kalshi,
    runtime: tokio::runtime::Runtime,
    orders: std::cell::Cell<usize>,
}

impl Person {
    fn new(rig: &Rig, account: &str) -> Person {
        let accounts: Value = serde_json::from_str(&rig.environment.read("exchange-accounts.json")).expect("JSON");
        let mut accounts = accounts["accounts"].as_array().expect("accounts").iter();
        let known = accounts.find(|known| known["name"] == account).expect("an account");
        let key_file: PathBuf = rig.environment.path(&format!("{account}.key.pem"));
        let settings = KalshiSettings {
            base_url: format!("http://{}/trade-api/v2", rig.exchange.address),
            key_id: known["key_id"].as_str().expect("a key id").to_owned(),
            key_file,
            ..KalshiSettings::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let kalshi = Kalshi::connect(&settings, Clock::wall()).expect("a client");
        Person { kalshi, runtime, orders: std::cell::Cell::new(0) }
    }

    /// Places an order for five contracts, good for an hour.
    fn order(&self, side: Side) {
        self.orders.set(self.orders.get() + 1);
        let order = NewOrder {
            client_order_id: format!("by-hand-{}", self.orders.get()),
            ticker: TICKER.to_owned(),
            side,
            price: PRICE,
            qty: Qty::contracts(5),
            time_in_force: TimeInForce::GoodTill(self.kalshi.clock().now() + Span::hours(1)),
            reduce_only: false,
        };
        self.runtime.block_on(self.kalshi.create(&order)).expect("an order");
    }
}

/// A host that trades on `alex`, a person who trades on the same account, and the counterparty `bert`.
struct Scene {
    host: Host,
    rig: Rig,
    alex: Person,
    bert: Person,
}

impl Scene {
    /// Starts a host and waits until its books agree with the venue and it sends orders.
    fn new() -> Scene {
        let rig = Rig::quiet();
        let mut host = rig.host();
        host.wait_for("trading: the venue agrees again");
        rig.wait_for_orders(0);
        let (alex, bert) = (Person::new(&rig, "alex"), Person::new(&rig, "bert"));
        Scene { host, rig, alex, bert }
    }

    /// The person trades five contracts as the maker, which costs no fee.
    fn trade(&self, side: Side) {
        self.alex.order(side);
        self.bert.order(side.opposite());
    }

    /// Waits for the alert that the venue holds five contracts more; asserts that the host sends no order from then on.
    #[track_caller]
    fn is_told(&mut self) {
        let told = "ALERT the books differ from the venue's: ";
        self.host.wait_for(&format!("{told}position in {TICKER}: 0 contracts here, 5 at the venue; cash: "));
        let status = self.rig.status()["host"]["status"].clone();
        assert_eq!(status["state"], "reduce", "{status}");
        // Once working orders are cancelled, cash differs by the price of five contracts at 0.42.
        self.host.wait_for("cash: $2000.00 here, $1997.90 at the venue; `host resume` accepts that");
        assert_eq!(self.rig.resting(), 0);
        let (accepted, alerts) = (self.rig.host_orders(), self.host.said().matches(told).count());
        self.rig.wait_for_polls(3);
        assert_eq!(self.rig.host_orders(), accepted, "orders left that open a position");
        assert_eq!(self.host.said().matches(told).count(), alerts, "it is told again and again:\n{}", self.host.said());
        let audits = self.audits();
        assert!(audits.iter().any(|audit| audit.starts_with("mismatch: position in KXQUIET-1")), "{audits:?}");
    }

    #[track_caller]
    fn goes_on(&self) {
        let accepted = self.rig.host_orders();
        eventually("orders again", || (self.rig.host_orders() > accepted).then_some(()));
        let found = self.rig.status()["host"]["status"].clone();
        assert_eq!(found["state"], "active", "{found}");
        eventually("a clean comparison", || (self.audits().last()? == "clean").then_some(()));
    }

    /// Results of the comparisons with the venue, oldest first.
    fn audits(&self) -> Vec<String> {
        self.rig.journal("SELECT detail FROM reconciliations ORDER BY number")
    }
}

#[test]
fn trading_continues_after_the_operator_accepts_a_mismatch() {
    let mut scene = Scene::new();
    scene.trade(Side::Buy);
    scene.is_told();
    scene.rig.environment.run("resume --reason mine").success();
    scene.goes_on();
    let audits = scene.audits();
    assert!(audits.iter().any(|audit| audit.starts_with("accepted: position in KXQUIET-1")), "{audits:?}");
    assert_eq!(scene.rig.journal("SELECT what || ': ' || reason FROM operator_log"), ["resume: mine"]);
}

#[test]
fn trading_continues_after_a_mismatch_is_undone() {
    let mut scene = Scene::new();
    scene.trade(Side::Buy);
    scene.is_told();
    scene.trade(Side::Sell);
    scene.host.wait_for("the books agree with the venue's again");
    scene.goes_on();
    let audits = scene.audits();
    assert!(!audits.iter().any(|audit| audit.starts_with("accepted")), "{audits:?}");
}
