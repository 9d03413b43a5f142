//! Concise constructors of records as an engine would emit them.

#![allow(dead_code, reason = "each test file uses its own part")]

use host_core::record::{DayClose, Record, Refused, SignalRecord, Trade, TradingState, Verdict};
use host_core::{
    Fill, Market, MarketId, Order, OrderId, OrderState, Outcome, Price, Qty, Quote, Quotes, Side, SignalAction, SlotId,
    Span, TimeInForce, Timestamp, Usd,
};
use host_report::{Recorder, RecorderSettings, Report, RunFigures, Window};

/// 2026-01-01, day number 20,454.
pub const FIRST_DAY: i64 = 20_454;

/// Returns the time `seconds` after the start of 2026.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::start_of_day(FIRST_DAY) + Span::seconds(seconds)
}

/// Returns a recorder of the first `days` days of 2026 that starts with 1,000 dollars.
pub fn recorder(days: i64) -> Recorder {
    Recorder::new(RecorderSettings { start_equity: Usd::dollars(1_000), window: window(0, days * 86_400) })
}

/// Returns the window between two times in seconds after the start of 2026.
pub fn window(from: i64, until: i64) -> Window {
    Window::new(at(from), at(until)).expect("it is not empty")
}

/// Returns the report on `records` of a run that ends, flat, after `days` days at 1,000 dollars.
pub fn report(records: &[Record], days: i64) -> Report {
    let mut recorder = recorder(days);
    records.iter().for_each(|record| recorder.record(record));
    recorder.finish(&run(Usd::dollars(1_000)), &[])
}

/// Returns the figures of a run that ends flat and as it should.
pub fn run(final_equity: Usd) -> RunFigures {
    RunFigures { final_equity, ..RunFigures::default() }
}

pub fn market(id: u32, ticker: &str, category: &str) -> Market {
    Market {
        ticker: ticker.into(),
        event: ticker.into(),
        series: "S".into(),
        category: category.into(),
        title: ticker.into(),
        ..host_testkit::market(id)
    }
}

/// Returns an order of whole contracts at 42 cents, decided at a mid of 43 cents.
pub fn placed(id: u64, market: u32, side: Side, contracts: i64, seconds: i64) -> Record {
    let order = Order {
        market: MarketId(market),
        side,
        qty: Qty::contracts(contracts),
        time_in_force: TimeInForce::GoodTill(at(seconds + 600)),
        arrival_mid_doubled: 8_600,
        ..host_testkit::order(id, at(seconds))
    };
    Record::Placed { order, verdicts: Vec::new() }
}

/// Returns a fill as maker against a mid of 43 cents at decision, without a fee.
pub fn filled(order: u64, market: u32, side: Side, cents: i32, contracts: i64, seconds: i64) -> Record {
    filled_as(order, market, side, Price(cents * 100), Qty::contracts(contracts), seconds, false, Usd::ZERO)
}

#[expect(clippy::too_many_arguments, reason = "a fill has that many parts")]
pub fn filled_as(
    order: u64,
    market: u32,
    side: Side,
    price: Price,
    qty: Qty,
    seconds: i64,
    taker: bool,
    fee: Usd,
) -> Record {
    let fill = Fill { order: OrderId(order), time: at(seconds), price, qty, cost: price * qty, fee, taker };
    let (slot, market) = (SlotId(0), MarketId(market));
    Record::Filled { slot, market, side, fill, arrival_mid_doubled: 8_600, position: side.signed(qty) }
}

/// Returns the same fill with another position afterwards.
pub fn leaving(record: Record, contracts: i64) -> Record {
    match record {
        Record::Filled { slot, market, side, fill, arrival_mid_doubled, .. } => {
            Record::Filled { slot, market, side, fill, arrival_mid_doubled, position: Qty::contracts(contracts) }
        }
        other => other,
    }
}

pub fn done(order: u64, state: OrderState, filled: i64, seconds: i64) -> Record {
    let filled = Qty::contracts(filled);
    Record::Done { order: OrderId(order), time: at(seconds), state, filled, reason: String::new() }
}

/// Returns a trade with the net profit `net`, held from `opened` to `closed`.
pub fn trade(market: u32, net: Usd, opened: i64, closed: i64) -> Record {
    Record::Trade(Trade {
        slot: SlotId(0),
        market: MarketId(market),
        side: Side::Buy,
        qty: Qty::contracts(10),
        opened: at(opened),
        closed: at(closed),
        entry_price: Price(4_200),
        exit_price: Price(4_400),
        fees: Usd::ZERO,
        net,
        settled: false,
    })
}

pub fn settled(market: u32, outcome: Outcome, seconds: i64) -> Record {
    Record::Settled { market: MarketId(market), time: at(seconds), outcome }
}

/// Returns the close of day `day` of the run, counted from 0, without a fall on ticks.
pub fn day_close(day: i64, equity: Usd) -> Record {
    fallen(day, equity, Usd::ZERO, Usd::ZERO)
}

pub fn fallen(day: i64, equity: Usd, max_drawdown: Usd, max_drawdown_peak: Usd) -> Record {
    let day = FIRST_DAY + day;
    Record::DayClose(DayClose { day, equity, realised: Usd::ZERO, max_drawdown, max_drawdown_peak })
}

pub fn refused(code: &str, seconds: i64) -> Record {
    Record::Refused(Refused {
        time: at(seconds),
        slot: SlotId(0),
        market: MarketId(0),
        side: Some(Side::Buy),
        qty: Qty::contracts(1),
        price: None,
        verdict: Verdict { code: code.into(), value: "1".into(), limit: "0".into() },
    })
}

pub fn signal(market: u32, probability: Option<f64>, seconds: i64) -> Record {
    let metadata = probability.map(|value| ("probability".to_owned(), value)).into_iter().collect();
    let (slot, market) = (SlotId(0), MarketId(market));
    Record::Signal(SignalRecord {
        slot,
        time: at(seconds),
        market,
        action: SignalAction::Buy,
        confidence: 0.5,
        metadata,
    })
}

pub fn halted(seconds: i64) -> Record {
    Record::Trading { time: at(seconds), state: TradingState::Halted, reason: "kill".into() }
}

/// Returns rows of `(seconds, market, twice the mid in 1/10,000 dollar)` with a spread of two cents.
pub fn quotes(rows: &[(i64, u32, i32)]) -> Quotes {
    let mut quotes = Quotes::default();
    for &(seconds, market, mid_doubled) in rows {
        quotes.push(&Quote {
            market: MarketId(market),
            time: at(seconds),
            bid: Some(Price(mid_doubled / 2 - 100)),
            ask: Some(Price(mid_doubled - mid_doubled / 2 + 100)),
            bid_size: None,
            ask_size: None,
            last: None,
            volume: None,
        });
    }
    quotes
}
