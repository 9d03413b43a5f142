//! Journals of small made-up runs, written as a session writes them: the same prices for all, and trades of their own.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::Path;

use host_core::portfolio::Portfolio;
use host_core::record::{DayClose, Refused, SignalRecord, Verdict};
use host_core::{
    Fill, Intent, Market, MarketId, Order, OrderId, OrderState, Outcome, Price, Qty, Quotes, Record, Side,
    SignalAction, SlotId, Span, Timestamp, Usd,
};
use host_store::journal::events::{EventRef, JournalStep};
use host_store::journal::{Durability, EquityPoints, Journal, Mode, RunInfo, StrategyInfo};

/// 2026-01-05, a Monday.
pub const DAY: i64 = 20_458;

/// Returns the time `minutes` after the start of the runs.
pub fn at(minutes: i64) -> Timestamp {
    Timestamp::start_of_day(DAY) + Span::minutes(minutes)
}

pub fn markets() -> Vec<Market> {
    (0..3).map(|id| Market { category: format!("category {id}"), ..host_testkit::market(id) }).collect()
}

/// Bid and ask of each market in 1/10,000 dollar, at each minute.
pub type Prices = Vec<[(i32, i32); 3]>;

/// Something that a run does in a minute.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    Signal {
        market: u32,
        action: SignalAction,
    },
    Refused {
        market: u32,
        side: Side,
        code: &'static str,
    },
    /// An order of as many contracts, of which `filled` are filled at once, at that price; the rest expires.
    Order {
        market: u32,
        side: Side,
        intent: Intent,
        contracts: i64,
        filled: i64,
        price: i32,
        fee_cents: i64,
    },
    Settle {
        market: u32,
        outcome: Outcome,
    },
}

/// A run that is being made up.
pub struct MadeUp {
    pub portfolio: Portfolio,
    pub records: Vec<Record>,
    orders: u64,
    now: Timestamp,
}

impl MadeUp {
    fn act(&mut self, act: Act, prices: &[(i32, i32); 3]) {
        let (slot, time) = (SlotId(0), self.now);
        match act {
            Act::Signal { market, action } => self.records.push(Record::Signal(SignalRecord {
                slot,
                time,
                market: MarketId(market),
                action,
                confidence: 0.5,
                metadata: Vec::new(),
            })),
            Act::Refused { market, side, code } => {
                let verdict = Verdict { code: code.to_owned(), value: String::new(), limit: String::new() };
                let (market, side, qty) = (MarketId(market), Some(side), Qty::contracts(5));
                let price = Some(Price(5_000));
                self.records.push(Record::Refused(Refused { time, slot, market, side, qty, price, verdict }));
            }
            Act::Order { .. } => self.order(act, prices),
            Act::Settle { market, outcome } => {
                let market = MarketId(market);
                let trades = self.portfolio.on_settled(market, time, outcome);
                self.records.push(Record::Settled { market, time, outcome });
                self.records.extend(trades.into_iter().map(Record::Trade));
            }
        }
    }

    fn order(&mut self, act: Act, prices: &[(i32, i32); 3]) {
        let Act::Order { market, side, intent, contracts, filled, price, fee_cents } = act else { return };
        let time = self.now;
        let (bid, ask) = prices[market as usize];
        self.orders += 1;
        let order = Order {
            market: MarketId(market),
            side,
            qty: Qty::contracts(contracts),
            intent,
            price: Price(price),
            arrival_mid_doubled: bid + ask,
            ..host_testkit::order(self.orders, time)
        };
        let id = order.id;
        self.records.push(Record::Placed { order, verdicts: Vec::new() });
        if filled > 0 {
            self.fill(id, MarketId(market), side, Price(price), Qty::contracts(filled), fee_cents, bid + ask);
        }
        let state = if filled == contracts { OrderState::Filled } else { OrderState::Expired };
        let (filled, reason) = (Qty::contracts(filled), String::new());
        self.records.push(Record::Done { order: id, time, state, filled, reason });
    }

    #[expect(clippy::too_many_arguments, reason = "a fill has that many parts")]
    fn fill(&mut self, order: OrderId, market: MarketId, side: Side, price: Price, qty: Qty, fee: i64, mid: i32) {
        let (slot, time) = (SlotId(0), self.now);
        let fee = Usd(Usd::CENT.0 * fee);
        let fill = Fill { order, time, price, qty, cost: price * qty, fee, taker: fee > Usd::ZERO };
        let trade = self.portfolio.on_fill(slot, market, side, &fill);
        let position = self.portfolio.held(slot, market);
        self.records.push(Record::Filled { slot, market, side, fill, arrival_mid_doubled: mid, position });
        self.records.extend(trade.map(Record::Trade));
    }
}

/// Writes the journal of a run over `prices` to `path`. `acts` are what it does, by minute.
pub fn write(path: &Path, prices: &Prices, acts: &[(usize, Act)]) -> Portfolio {
    write_at(path, prices, acts, |minute| minute)
}

/// The same, with the minutes of the prices as `time` gives them.
pub fn write_at(path: &Path, prices: &Prices, acts: &[(usize, Act)], time: impl Fn(i64) -> i64) -> Portfolio {
    let strategy = StrategyInfo {
        slot: SlotId(0),
        name: "s".to_owned(),
        version: "1".to_owned(),
        sha256: "0".repeat(64),
        parameters: Default::default(),
    };
    let info = RunInfo {
        mode: Mode::Paper,
        engine_version: "0".to_owned(),
        started: at(0),
        ended: None,
        seed: 0,
        data: "made up".to_owned(),
        data_digest: "d".to_owned(),
        config: String::new(),
        strategies: vec![strategy],
        markets: markets(),
    };
    let mut writer = Journal::create(path, &info, Durability::Process).expect("a journal");
    let portfolio = Portfolio::new(Usd::dollars(1_000));
    let mut run = MadeUp { portfolio, records: Vec::new(), orders: 0, now: at(0) };
    let (mut polls, mut equity) = (Vec::new(), EquityPoints::default());
    for (minute, quotes) in prices.iter().enumerate() {
        let before = run.now;
        run.now = at(time(minute as i64));
        if run.now.day() > before.day() {
            close_day(&mut run, before.day());
        }
        let mut rows = Quotes::default();
        for (market, (bid, ask)) in (0..).zip(quotes) {
            rows.push(&host_testkit::quote(market, run.now, *bid, *ask));
        }
        // Fills come before the poll of their time, whose rows mark what they opened.
        acts.iter().filter(|(when, _)| *when == minute).for_each(|(_, act)| run.act(*act, quotes));
        (0..).zip(quotes).for_each(|(market, (bid, ask))| run.portfolio.mark(MarketId(market), bid + ask));
        run.portfolio.tick(run.now);
        equity.note(run.now, run.portfolio.equity());
        polls.push((rows, std::mem::take(&mut run.records)));
    }
    let last = run.now.day();
    close_day(&mut run, last);
    let records = std::mem::take(&mut run.records);
    let steps = polls.iter().map(|(rows, records)| (EventRef::Poll(rows.all()), records));
    let steps = steps.chain([(EventRef::Finish, &records)]);
    let steps = steps.map(|(event, records)| JournalStep { event, records, cancels: &[] });
    writer.append_with_equity(steps, equity.as_slice()).expect("room");
    run.portfolio
}

fn close_day(run: &mut MadeUp, day: i64) {
    let drawdown = run.portfolio.drawdown();
    run.records.push(Record::DayClose(DayClose {
        day,
        equity: run.portfolio.equity(),
        realised: run.portfolio.realised(),
        max_drawdown: drawdown.max,
        max_drawdown_peak: drawdown.max_peak,
    }));
}
