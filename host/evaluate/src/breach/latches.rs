//! Checks without a limit of their own: what people, the venue and the books say, and what no order may be.

use host_core::risk::{RefusalCode as Code, RiskLimits, ScheduledLimits};
use host_core::{Command, Disputed, Intent, MarketId, Price, Qty, Side, SlotId, Ticks, Usd};

use super::bench::{BID, Bench, COST, NOON, PRICE};
use super::case::{Case, Put, Reach};

const fn case(limit: &'static str, code: Code, put: fn(&mut Bench, &RiskLimits, Reach) -> Put) -> Case {
    Case { limit, code, keep: |_, _| {}, put }
}

/// Puts the bench beyond the check by `command`.
fn told(bench: &mut Bench, side: Reach, command: &Command) -> Put {
    if side == Reach::Beyond {
        bench.command(command);
    }
    Put::Done
}

fn reason() -> String {
    "drill".to_owned()
}

pub(super) const CASES: &[Case] = &[
    case("the kill switch", Code::Halted, |bench, _, side| {
        told(bench, side, &Command::Kill { time: NOON, reason: reason() })
    }),
    case("orders that only reduce", Code::ReduceOnly, |bench, _, side| {
        told(bench, side, &Command::Reduce { time: NOON, reason: reason() })
    }),
    case("books that differ", Code::Mismatch, |bench, _, side| {
        told(bench, side, &Command::Mismatch { time: NOON, reason: reason(), disputed: Disputed::default() })
    }),
    case("a position in doubt", Code::PositionDisputed, |bench, _, side| {
        let disputed = Disputed::Markets([MarketId(0)].into());
        told(bench, side, &Command::Mismatch { time: NOON, reason: reason(), disputed })
    }),
    case("an account that is not seen", Code::AccountUnseen, |bench, _, side| {
        told(bench, side, &Command::Unseen { time: NOON, reason: reason() })
    }),
    case("a venue that is paused", Code::VenuePaused, |bench, _, side| {
        told(bench, side, &Command::VenuePaused { time: NOON, reason: reason() })
    }),
    case("a schedule that pauses entries", Code::SchedulePaused, |bench, _, side| {
        let limits = bench.risk.limits().clone();
        let entries_paused = side == Reach::Beyond;
        let scheduled = ScheduledLimits { name: reason(), note: String::new(), entries_paused, limits };
        bench.risk.set_schedule(Some(scheduled));
        Put::Done
    }),
    case("equity that is not known", Code::EquityUnknown, |_, _, _| Put::Done),
    case("cash", Code::InsufficientCash, |bench, _, side| {
        bench.cash = COST - side.pick(Usd::MICRO, Usd::ZERO);
        Put::Done
    }),
    case("a market that was never listed", Code::UnknownMarket, |bench, _, side| {
        bench.order.market = MarketId(side.pick(99, 0));
        Put::Done
    }),
    case("a market that has settled", Code::MarketClosed, |bench, _, side| {
        bench.risk.on_settled(MarketId(side.pick(0, 1)));
        Put::Done
    }),
    case("a quantity of nothing", Code::InvalidQuantity, |bench, _, side| {
        bench.order.qty = side.pick(Qty::ZERO, Qty::ONE);
        Put::Done
    }),
    case("a price of a dollar", Code::InvalidPrice, |bench, _, side| {
        bench.order.price = side.pick(Price::ONE, PRICE);
        Put::Done
    }),
    case("a price off the grid", Code::OffTick, |bench, _, side| {
        bench.order.price = PRICE + side.pick(Price(50), Price::ZERO);
        Put::Done
    }),
    case("a quote without a bid", Code::NoPrice, |bench, _, side| {
        bench.see(|quote| quote.bid = side.pick(None, Some(BID)));
        Put::Done
    }),
    case("a crossed book", Code::CrossedBook, |bench, _, side| {
        bench.see(|quote| quote.bid = side.pick(quote.ask, Some(BID)));
        Put::Done
    }),
    case("a quote off the grid", Code::QuoteOffTick, |bench, _, side| {
        bench.relist(|market| market.ticks = Ticks::CENT);
        bench.see(|quote| quote.bid = Some(BID + side.pick(Price(50), Price::ZERO)));
        Put::Done
    }),
    case("an order against one's own", Code::SelfMatch, |bench, _, side| {
        let ask = BID + Price(200);
        (bench.order.slot, bench.order.side, bench.order.price) = (SlotId(1), Side::Sell, ask);
        let _ = bench.check();
        (bench.order.slot, bench.order.side) = (SlotId(0), Side::Buy);
        bench.order.price = side.pick(ask, PRICE);
        Put::Done
    }),
    case("an exit beyond flat", Code::ExceedsPosition, |bench, _, side| {
        bench.adopt(0, Qty::ONE, COST);
        (bench.order.side, bench.order.intent) = (Side::Sell, Intent::Exit);
        bench.order.qty = Qty::ONE + side.pick(Qty::HUNDREDTH, Qty::ZERO);
        Put::Done
    }),
    case("an entry against the position", Code::EntryAgainstPosition, |bench, _, side| {
        let qty = Qty::contracts(side.pick(-10, 10));
        bench.adopt(0, qty, Usd::dollars(5));
        Put::Done
    }),
];
