//! Tests of the risk manager through its public interface.

mod breaches;
mod cash;
mod config;
mod decimal;
mod exits;
mod latches;
mod netting;
mod outcomes;
mod properties;
mod quote_guard;
mod scheduled;
mod slots;

use super::*;
use crate::entry_cost::EntryCost;
use crate::event::{Command, Disputed};
use crate::fixtures;
use crate::market::{Market, MarketId};
use crate::money::{Price, Qty, Usd};
use crate::order::{Fill, Intent, Order, OrderId, Side, TimeInForce};
use crate::order_state::OrderState;
use crate::quote::Quote;
use crate::record::{Refused, Trade, Verdict};
use crate::strategy::SlotId;
use crate::time::{Span, Timestamp};

/// The code; a function that sets up an order that breaches the check (`true`) or just passes it (`false`); the value
/// and the limit of the refusal.
type Case = (RefusalCode, fn(bool) -> Setup, &'static str, &'static str);

/// Noon of some UTC day.
const NOON: Timestamp = Timestamp(20_000 * Span::DAY.0 + Span::hours(12).0);
const CAPITAL: Usd = Usd::dollars(2_000);
/// More money than any order of these tests needs, without fees.
const RICH: Funds = Funds { available: Usd::dollars(1_000_000), cost: EntryCost::NONE };

/// A risk manager with seven markets, each with a bid of 0.42 and an ask of 0.44, and an order that passes: buy 10 of
/// market 0 at 0.43.
struct Setup {
    risk: RiskManager,
    now: Timestamp,
    markets: Vec<Market>,
    quote: Quote,
    order: Order,
    funds: Funds,
}

/// Returns an entry of the schedule, as `change` makes it of one that changes nothing.
fn scheduled(change: impl FnOnce(&mut ScheduledLimits)) -> ScheduledLimits {
    let (limits, note) = (RiskLimits::default(), "thinner markets".to_owned());
    let mut scheduled = ScheduledLimits { name: "weekend".to_owned(), note, entries_paused: false, limits };
    change(&mut scheduled);
    scheduled
}

/// Markets 0 and 1 share an event and markets 0 to 2 a category; markets 3 to 6 share nothing.
fn market(id: u32) -> Market {
    let (event, category) = match id {
        0 | 1 => ("RAIN".to_owned(), "weather".to_owned()),
        2 => ("SNOW".to_owned(), "weather".to_owned()),
        _ => (format!("EVENT{id}"), format!("category {id}")),
    };
    let closes = Some(NOON + Span::days(10));
    Market { ticker: format!("{event}-{id}"), event, category, closes, ..fixtures::market(id) }
}

fn quote(id: u32, now: Timestamp) -> Quote {
    let (size, volume) = (Some(Qty::contracts(500)), Some(Qty::contracts(10_000)));
    Quote { bid_size: size, ask_size: size, volume, ..fixtures::quote(id, now, 4_200, 4_400) }
}

impl Setup {
    fn new() -> Setup {
        Setup::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut RiskLimits)) -> Setup {
        let mut setup = Setup::without_equity(change);
        assert_eq!(setup.risk.on_equity(NOON, CAPITAL), None);
        setup
    }

    fn without_equity(change: impl FnOnce(&mut RiskLimits)) -> Setup {
        let mut limits = RiskLimits::default();
        change(&mut limits);
        let mut setup = Setup {
            risk: RiskManager::new(limits).unwrap(),
            now: NOON,
            markets: (0..7).map(market).collect(),
            quote: quote(0, NOON),
            order: Order {
                id: OrderId(100),
                slot: SlotId(0),
                market: MarketId(0),
                side: Side::Buy,
                price: Price(4_300),
                qty: Qty::contracts(10),
                time_in_force: TimeInForce::GoodTill(NOON + Span::minutes(10)),
                intent: Intent::Entry,
                created: NOON,
                arrival_mid_doubled: 8_600,
            },
            funds: RICH,
        };
        setup.list_all();
        setup
    }

    fn list_all(&mut self) {
        for market in &self.markets {
            self.risk.list(market);
            self.risk.on_quote(&quote(market.id.0, NOON));
        }
    }

    /// Changes the order to be checked.
    fn order(mut self, change: impl FnOnce(&mut Order)) -> Setup {
        change(&mut self.order);
        self
    }

    /// Changes the latest quote and shows it to the manager.
    fn see(mut self, change: impl FnOnce(&mut Quote)) -> Setup {
        change(&mut self.quote);
        self.risk.on_quote(&self.quote);
        self
    }

    /// Changes the order's market and lists it again.
    fn market(mut self, change: impl FnOnce(&mut Market)) -> Setup {
        change(&mut self.markets[0]);
        self.risk.list(&self.markets[0]);
        self
    }

    /// Does whatever has to happen before the check.
    fn after(mut self, change: impl FnOnce(&mut Setup)) -> Setup {
        change(&mut self);
        self
    }

    /// Lets time pass; the quote is observed again at the new time.
    fn wait(&mut self, span: Span) {
        self.now = self.now + span;
        self.quote.time = self.now;
    }

    /// Adopts a position of `qty` contracts in market `id`, bought for `cost`.
    fn hold(&mut self, id: u32, qty: i64, cost: Usd) {
        assert!(self.risk.adopt_position(SlotId(0), MarketId(id), Qty::contracts(qty), cost));
    }

    /// Checks the order. The next order gets the next number.
    fn check(&mut self) -> Result<Vec<Verdict>, Refused> {
        let order = self.order.clone();
        self.order.id = OrderId(order.id.0 + 1);
        // An order in a market that does not exist still needs the context of some market.
        let market = self.markets.get(order.market.index()).unwrap_or(&self.markets[0]);
        let context = CheckContext { now: self.now, market, quote: &self.quote, funds: self.funds };
        self.risk.check(order, &context).map(|(approved, verdicts)| {
            assert_eq!(approved.into_inner().id, OrderId(self.order.id.0 - 1));
            verdicts
        })
    }

    /// Returns the order that was checked last.
    fn last(&self) -> Order {
        Order { id: OrderId(self.order.id.0 - 1), ..self.order.clone() }
    }

    /// Checks the order and fills it at its limit price.
    fn trade(&mut self) {
        self.check().unwrap();
        let order = self.last();
        self.risk.on_fill(&order, &fill(&order, order.price, order.qty, self.now));
    }

    /// Checks the order and returns the code of the refusal, empty if it passes.
    fn code(&mut self) -> String {
        self.check().err().map(|refused| refused.verdict.code).unwrap_or_default()
    }
}

fn fill(order: &Order, price: Price, qty: Qty, time: Timestamp) -> Fill {
    Fill::at_price(order.id, time, price, qty, Usd::ZERO, false)
}

/// Returns a round trip with this profit.
fn trade(net: Usd) -> Trade {
    Trade {
        slot: SlotId(0),
        market: MarketId(0),
        side: Side::Buy,
        qty: Qty::ONE,
        opened: NOON,
        closed: NOON,
        entry_price: Price(4_300),
        exit_price: Price(4_300),
        fees: Usd::ZERO,
        net,
        settled: false,
    }
}

fn kill() -> Command {
    Command::Kill { time: NOON, reason: "drill".to_owned() }
}

fn mismatch() -> Command {
    Command::Mismatch { time: NOON, reason: "3 more".to_owned(), disputed: Disputed::default() }
}

/// Returns a mismatch that puts the positions in `markets` in doubt.
fn dispute(markets: &[u32]) -> Command {
    let disputed = Disputed::Markets(markets.iter().copied().map(MarketId).collect());
    Command::Mismatch { time: NOON, reason: "3 more".to_owned(), disputed }
}

fn unseen() -> Command {
    Command::Unseen { time: NOON, reason: "no answer since noon".to_owned() }
}

fn venue_paused() -> Command {
    Command::VenuePaused { time: NOON, reason: "maintenance".to_owned() }
}

fn resume() -> Command {
    Command::Resume { time: NOON, reason: "checked".to_owned() }
}

/// Returns a setup after `command`, or after a resume if it is not `over`.
fn commanded(over: bool, command: Command) -> Setup {
    Setup::new().after(|setup| drop(setup.risk.command(&pick(over, command, resume()))))
}

fn pick<T>(over: bool, breach: T, inside: T) -> T {
    if over { breach } else { inside }
}

#[test]
fn the_first_order_of_the_case_study_passes() {
    // Day 1: bought 15 at 0.43 with a bid of 0.42 and an ask of 0.44; here at full capital.
    let mut setup = Setup::new().order(|order| order.qty = Qty::contracts(15));
    assert!(setup.check().is_ok());
    assert_eq!(setup.risk.usage().exposure, Usd::micros(6_450_000));
}
