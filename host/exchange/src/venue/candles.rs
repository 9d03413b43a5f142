//! Candlesticks of 1, 60 and 1,440 minutes in bounded memory. As at the venue, they are sparse: a period in which
//! neither best price changed and nothing traded has none. The latest ones are kept.

use std::collections::VecDeque;

use host_core::{Price, Qty, Span, Timestamp, Usd};

use super::book::TopOfBook;
use super::trades::Trade;

/// Length of a candlestick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Minute,
    Hour,
    /// 1,440 minutes, aligned to UTC days.
    Day,
}

impl Period {
    /// Returns the period for the wire's `period_interval`.
    pub const fn from_minutes(minutes: i64) -> Option<Period> {
        match minutes {
            1 => Some(Period::Minute),
            60 => Some(Period::Hour),
            1_440 => Some(Period::Day),
            _ => None,
        }
    }

    pub const fn span(self) -> Span {
        match self {
            Period::Minute => Span::minutes(1),
            Period::Hour => Span::hours(1),
            Period::Day => Span::DAY,
        }
    }

    /// Returns the end of the period that contains `time`.
    pub(super) fn end(self, time: Timestamp) -> Timestamp {
        Timestamp((time.0.div_euclid(self.span().0) + 1).saturating_mul(self.span().0))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ohlc {
    pub open: Price,
    pub high: Price,
    pub low: Price,
    pub close: Price,
}

impl Ohlc {
    const fn at(price: Price) -> Ohlc {
        Ohlc { open: price, high: price, low: price, close: price }
    }

    fn note(&mut self, price: Price) {
        (self.high, self.low, self.close) = (self.high.max(price), self.low.min(price), price);
    }
}

/// One period of one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candle {
    pub end: Timestamp,
    /// Best bid for YES; 0 if there was none.
    pub bid: Ohlc,
    /// Best offer of YES; 1 if there was none.
    pub ask: Ohlc,
    /// Trade prices; `None` if nothing traded.
    pub price: Option<Ohlc>,
    /// Last trade before the period.
    pub previous: Option<Price>,
    /// Contracts traded.
    pub volume: Qty,
    /// Value of the trades, in YES terms.
    pub value: Usd,
    /// At the end of the period.
    pub open_interest: Qty,
}

impl Candle {
    /// Returns the volume-weighted average trade price, rounded to the nearest.
    pub fn mean(&self) -> Option<Price> {
        (self.volume.0 > 0).then(|| Price(((self.value.0 + self.volume.0 / 2) / self.volume.0) as i32))
    }

    /// Returns a period that follows this one and in which nothing has happened.
    fn quiet(&self, end: Timestamp) -> Candle {
        Candle {
            end,
            bid: Ohlc::at(self.bid.close),
            ask: Ohlc::at(self.ask.close),
            price: None,
            previous: self.price.map(|price| price.close).or(self.previous),
            volume: Qty::ZERO,
            value: Usd::ZERO,
            open_interest: self.open_interest,
        }
    }
}

/// Candlesticks of one market.
#[derive(Clone, Debug)]
pub(super) struct Candles {
    /// Indexed like [`Candles::PERIODS`]; oldest first.
    kept: [VecDeque<Candle>; 3],
    /// Number kept for each period.
    keep: usize,
}

impl Candles {
    const PERIODS: [Period; 3] = [Period::Minute, Period::Hour, Period::Day];

    pub(super) fn new(keep: usize) -> Candles {
        Candles { kept: Default::default(), keep: keep.max(1) }
    }

    /// Records the top of the book at `now`. A book that shows what it showed before begins no candle.
    pub(super) fn note(&mut self, top: TopOfBook, open_interest: Qty, now: Timestamp) {
        let (bid, ask) = best(top);
        let shown = self.kept[0].back().map(|last| (last.bid.close, last.ask.close));
        if shown == Some((bid, ask)) {
            for (kept, period) in self.kept.iter_mut().zip(Candles::PERIODS) {
                if let Some(current) = kept.back_mut().filter(|last| last.end == period.end(now)) {
                    current.open_interest = open_interest;
                }
            }
            return;
        }
        self.update(now, (bid, ask), |candle| {
            candle.bid.note(bid);
            candle.ask.note(ask);
            candle.open_interest = open_interest;
        });
    }

    /// Records a trade, in a book that showed `top`.
    pub(super) fn traded(&mut self, trade: &Trade, top: TopOfBook) {
        self.update(trade.time, best(top), |candle| {
            match &mut candle.price {
                Some(price) => price.note(trade.price),
                None => candle.price = Some(Ohlc::at(trade.price)),
            }
            candle.volume += trade.qty;
            candle.value += trade.price * trade.qty;
        });
    }

    /// Changes the current candles, opening them where they are missing.
    fn update(&mut self, now: Timestamp, (bid, ask): (Price, Price), mut change: impl FnMut(&mut Candle)) {
        for (kept, period) in self.kept.iter_mut().zip(Candles::PERIODS) {
            let end = period.end(now);
            if kept.back().is_none_or(|last| last.end < end) {
                let first = Candle {
                    end,
                    bid: Ohlc::at(bid),
                    ask: Ohlc::at(ask),
                    price: None,
                    previous: None,
                    volume: Qty::ZERO,
                    value: Usd::ZERO,
                    open_interest: Qty::ZERO,
                };
                let candle = kept.back().map_or(first, |last| last.quiet(end));
                kept.push_back(candle);
                if kept.len() > self.keep {
                    kept.pop_front();
                }
            }
            kept.back_mut().into_iter().for_each(&mut change);
        }
    }

    /// Returns the candles that end within `from..=to`, oldest first. With `latest_before`, the last state before
    /// `from`, if any, is projected onto the first period end after it, unless a candle ends there.
    pub(super) fn query(&self, period: Period, (from, to): (Timestamp, Timestamp), latest_before: bool) -> Vec<Candle> {
        let kept = &self.kept[period as usize];
        let first = kept.partition_point(|candle| candle.end < from);
        let mut candles: Vec<Candle> = kept.iter().skip(first).take_while(|candle| candle.end <= to).copied().collect();
        let end = period.end(from);
        let is_free = candles.first().is_none_or(|candle| candle.end > end);
        if let Some(before) = first.checked_sub(1).and_then(|index| kept.get(index))
            && latest_before
            && is_free
            && end <= to
        {
            candles.insert(0, before.quiet(end));
        }
        candles
    }
}

/// Returns best bid and ask; like at the venue, an empty side shows as the end of the price range.
fn best(top: TopOfBook) -> (Price, Price) {
    (top.bid.map_or(Price::ZERO, |(price, _)| price), top.ask.map_or(Price::ONE, |(price, _)| price))
}
