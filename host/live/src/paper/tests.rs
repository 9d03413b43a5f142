//! The rules of a pretend account, whatever comes: its books add up, and a restart at any point changes nothing.

use std::path::PathBuf;

use host_core::{OrderId, Outcome, Price, Qty, Side, Span, Ticks, TimeInForce, Timestamp, Usd};
use host_sim::fill::{ExchangeSettings, FillModel};
use host_store::paper::{LedgerOwner, PaperLedger};
use host_venues::model::{MarketPhase, MarketResult, MarketRow, NewOrder};
use host_venues::past::VenueTrade;
use proptest::prelude::*;

use super::account::{PaperAccount, PaperTerms};
use super::convert::order_id;

const START: Timestamp = Timestamp(1_767_225_600_000_000_000);
const TICKERS: [&str; 2] = ["KXA-1", "KXB-1"];

/// One thing that happens, ten seconds after the one before.
#[derive(Clone, Debug)]
enum Happening {
    /// All markets are polled: bid, size and volume of each.
    Polled([(i32, i64, i64); 2]),
    /// A trade at a price of a market.
    Traded(usize, i32, i64),
    /// An order: market, side, price, contracts, seconds that it is good for, if it rests.
    Placed(usize, Side, i32, i64, Option<i64>),
    /// A cancel of the order with this number, from the last one back.
    Cancelled(u64),
    /// A market pays.
    Paid(usize, bool),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let cents = || (20..70_i32).prop_map(|cents| cents * 100);
    let row = (cents(), 1..40_i64, 0..50_i64);
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let happening = prop_oneof![
        6 => [row.clone(), row].prop_map(Happening::Polled),
        4 => (0..2_usize, cents(), 1..30_i64).prop_map(|(market, price, qty)| Happening::Traded(market, price, qty)),
        6 => (0..2_usize, side, cents(), 1..20_i64, proptest::option::of(15..600_i64))
            .prop_map(|(market, side, price, qty, good)| Happening::Placed(market, side, price, qty, good)),
        2 => (0..4_u64).prop_map(Happening::Cancelled),
        1 => (0..2_usize, any::<bool>()).prop_map(|(market, yes)| Happening::Paid(market, yes)),
    ];
    proptest::collection::vec(happening, 1..60)
}

fn row(market: usize, (bid, size, volume): (i32, i64, i64), phase: MarketPhase, result: MarketResult) -> MarketRow {
    MarketRow {
        ticker: TICKERS[market].into(),
        event: "E".into(),
        title: String::new(),
        yes_title: String::new(),
        phase,
        result,
        opens: START,
        closes: START + Span::days(30),
        occurs: None,
        expected_expiration: None,
        settled: None,
        settlement_value: None,
        ticks: Ticks::CENT,
        bid: Some(Price(bid)),
        ask: Some(Price(bid + 200)),
        bid_size: Some(Qty::contracts(size)),
        ask_size: Some(Qty::contracts(size)),
        last: Some(Price(bid)),
        volume: Some(Qty::contracts(volume)),
    }
}

/// A pretend account in a folder of its own.
struct Book {
    _folder: tempfile::TempDir,
    path: PathBuf,
    terms: PaperTerms,
    account: Option<PaperAccount>,
    now: Timestamp,
    placed: u64,
    /// Markets that have paid: nothing is quoted, traded or ordered there any more.
    paid: [bool; 2],
}

fn owner() -> LedgerOwner {
    LedgerOwner { venue: "kalshi".into(), environment: "loopback".into(), account: "alex".into() }
}

impl Book {
    fn new(fill_model: FillModel) -> Book {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paper.ledger");
        let exchange = ExchangeSettings { fill_model, latency_mean_ms: 4_000.0, ..ExchangeSettings::default() };
        let terms = PaperTerms { exchange, deposit: Usd::dollars(1_000) };
        PaperAccount::create(&path, &owner(), &terms, START).unwrap();
        let mut book = Book { _folder: folder, path, terms, account: None, now: START, placed: 0, paid: [false; 2] };
        assert_eq!(book.restart(), 0);
        book
    }

    /// Drops the account as a kill does, and opens it again. Returns the number of orders that were ended.
    fn restart(&mut self) -> usize {
        self.account = None;
        let (account, ended) = PaperAccount::open(&self.path, &owner(), &self.terms).unwrap();
        self.account = Some(account);
        ended
    }

    fn happen(&mut self, number: usize, happening: &Happening) {
        self.now = self.now + Span::seconds(10);
        let now = self.now;
        let account = self.account.as_mut().unwrap();
        match *happening {
            Happening::Polled(rows) => {
                let rows = open_rows(rows, self.paid);
                account.on_market_data((&[], &rows), now, true).unwrap();
            }
            Happening::Traded(market, ..) if self.paid[market] => {}
            Happening::Traded(market, price, qty) => {
                let trade = VenueTrade {
                    id: format!("t{number}"),
                    ticker: TICKERS[market].into(),
                    time: now - Span::seconds(3),
                    price: Price(price),
                    qty: Qty::contracts(qty),
                    taker: [Some(Side::Buy), Some(Side::Sell), None][number % 3],
                    is_block: false,
                };
                account.on_market_data((&[trade.clone(), trade], &[]), now, false).unwrap();
            }
            Happening::Placed(market, ..) if self.paid[market] => {}
            Happening::Placed(market, side, price, qty, good) => {
                let time_in_force = match good {
                    Some(seconds) => TimeInForce::GoodTill(now + Span::seconds(seconds)),
                    None => TimeInForce::ImmediateOrCancel,
                };
                let (client_order_id, ticker) = (format!("c{number}"), TICKERS[market].to_owned());
                let (price, qty) = (Price(price), Qty::contracts(qty));
                let order = NewOrder { client_order_id, ticker, side, price, qty, time_in_force, reduce_only: false };
                self.placed += u64::from(account.place(&order, now).is_ok());
            }
            Happening::Cancelled(back) => {
                let _ = account.cancel(&order_id(OrderId(self.placed.saturating_sub(back))), now);
            }
            Happening::Paid(market, yes) => {
                self.paid[market] = true;
                let outcome = if yes { Outcome::Yes } else { Outcome::No };
                let paid = row(market, (5_000, 1, 0), MarketPhase::Settled, MarketResult::Resolved(outcome));
                account.on_market_data((&[], &[paid]), now, false).unwrap();
            }
        }
    }

    /// Everything that the account holds, as text, once all orders have ended.
    fn result(mut self) -> String {
        let end = self.now + Span::hours(1);
        self.account.as_mut().unwrap().books(end).unwrap();
        let ledger = PaperLedger::open(&self.path).unwrap();
        let (_, deposited, cash, _) = ledger.account().unwrap();
        let (orders, fills) = (ledger.orders_since(START).unwrap(), ledger.fills_since(Timestamp(0)).unwrap());
        let positions = ledger.positions().unwrap();
        assert!(ledger.working().unwrap().is_empty(), "an order is left");
        for order in &orders {
            let own = fills.iter().filter(|fill| fill.order.id == order.order.id);
            let filled: Qty = own.fold(Qty::ZERO, |sum, fill| sum + fill.fill.qty);
            assert!(filled == order.filled && filled <= order.order.qty, "{order:?}");
        }
        let text = format!("{deposited:?} {cash:?}\n{orders:#?}\n{fills:#?}\n{positions:#?}");
        // Nothing is kept for the fill model of markets that are over: a ledger does not grow with history.
        drop(ledger);
        (0..2).for_each(|market| self.happen(market, &Happening::Paid(market, true)));
        drop(self.account.take());
        assert!(PaperLedger::open(&self.path).unwrap().inputs().unwrap().is_empty(), "something is left");
        text
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn restarts_at_any_point_change_nothing(
        happenings in happenings(),
        kills in proptest::collection::vec(any::<bool>(), 60),
        model in prop_oneof![Just(FillModel::Queue), Just(FillModel::Touch), Just(FillModel::Coin)],
    ) {
        let (mut whole, mut killed) = (Book::new(model), Book::new(model));
        for (number, happening) in happenings.iter().enumerate() {
            whole.happen(number, happening);
            if kills[number] {
                prop_assert_eq!(killed.restart(), 0, "before {} {:?}", number, happening);
                // As the host does: no order before a poll, and what happened meanwhile is asked for again.
                if let Some(Happening::Polled(rows)) = last_poll(&happenings[..number]) {
                    let (rows, now) = (open_rows(*rows, killed.paid), killed.now);
                    killed.account.as_mut().unwrap().on_market_data((&[], &rows), now, true).unwrap();
                }
            }
            killed.happen(number, happening);
        }
        prop_assert_eq!(whole.result(), killed.result());
    }
}

/// Returns the rows of the markets that have not paid: a venue lists no others as open.
fn open_rows(rows: [(i32, i64, i64); 2], paid: [bool; 2]) -> Vec<MarketRow> {
    let open = |market: usize| row(market, rows[market], MarketPhase::Open, MarketResult::Open);
    (0..2).filter(|&market| !paid[market]).map(open).collect()
}

fn last_poll(happenings: &[Happening]) -> Option<&Happening> {
    happenings.iter().rev().find(|happening| matches!(happening, Happening::Polled(_)))
}

#[test]
fn orders_that_the_fill_model_cannot_go_on_with_are_ended_and_money_is_added() {
    let mut book = Book::new(FillModel::Touch);
    book.happen(0, &Happening::Polled([(4_000, 10, 0), (5_000, 10, 0)]));
    book.happen(1, &Happening::Placed(0, Side::Buy, 3_500, 5, Some(600)));
    assert_eq!(book.restart(), 0);
    book.terms.exchange.fill_model = FillModel::Queue;
    book.terms.deposit = Usd::dollars(1_500);
    assert_eq!(book.restart(), 1);
    let result = book.result();
    assert!(
        result.contains("state: Cancelled") && result.starts_with(&format!("{:?}", Usd::dollars(1_500))),
        "{result}"
    );
}

#[test]
fn another_process_may_cancel_what_this_one_has_open() {
    let mut book = Book::new(FillModel::Touch);
    book.happen(0, &Happening::Polled([(4_000, 10, 0), (5_000, 10, 0)]));
    book.happen(1, &Happening::Placed(0, Side::Buy, 3_500, 5, Some(600)));
    let mut other = PaperAccount::reach(&book.path).unwrap();
    let cancelled = other.cancel("paper-1", book.now).unwrap();
    assert_eq!(cancelled.map(|cancelled| cancelled.reduced_by), Some(Qty::contracts(5)));
    // It would be filled here, if this one did not look.
    book.happen(2, &Happening::Polled([(3_000, 10, 0), (5_000, 10, 0)]));
    let result = book.result();
    assert!(result.contains("state: Cancelled") && !result.contains("LedgerFill {"), "{result}");
}

#[test]
fn what_a_person_says_that_a_market_has_paid_is_booked_once() {
    let mut book = Book::new(FillModel::Touch);
    book.happen(0, &Happening::Polled([(4_000, 10, 0), (5_000, 10, 0)]));
    book.happen(1, &Happening::Placed(0, Side::Buy, 4_200, 5, None));
    book.happen(2, &Happening::Polled([(4_000, 10, 0), (5_000, 10, 0)]));
    let (now, price) = (book.now, Price(5_000));
    let account = book.account.as_mut().unwrap();
    assert_eq!(account.books(now).unwrap().positions().unwrap().len(), 1, "nothing was bought");
    let cash = |account: &mut PaperAccount| account.books(now).unwrap().account().unwrap().2;
    let before = cash(account);
    for (ticker, paid) in [(TICKERS[0], 250), (TICKERS[0], 250), (TICKERS[1], 250), ("KXNOBODY", 250)] {
        account.settle_by_hand(ticker, price, now).unwrap();
        assert_eq!(cash(account) - before, Usd::micros(paid * 10_000), "{ticker}");
        assert!(account.books(now).unwrap().positions().unwrap().is_empty());
    }
    assert_eq!(book.restart(), 0);
}
