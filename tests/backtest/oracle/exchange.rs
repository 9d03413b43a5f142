//! The simulated exchange, literally as the module docs of `host/sim/src/fill` describe it. It goes through all resting
//! orders again and again, and keeps the last row of every market.

use super::chance::{Outcome, outcome};
use super::settings::{BALANCE_UNIT, Fees, FillModel, Settings};
use super::words::{DOLLAR, End, MICRO, News, Order, Row, Side};

/// An order that can still fill.
struct Resting {
    order: Order,
    left: i128,
    /// True if it crossed the book when it arrived.
    takes: bool,
    /// Rounding costs paid and not yet paid back.
    rounding: i128,
    /// The draw of chance, until it comes true.
    outcome: Option<Outcome>,
}

pub struct Exchange {
    model: FillModel,
    fees: Fees,
    seed: u64,
    closes: Vec<Option<i128>>,
    last: Vec<Option<Row>>,
    /// The markets in the order of their first rows, by which the host numbers them.
    seen: Vec<usize>,
    /// Displayed size taken by our buyers from the ask, and by our sellers from the bid.
    taken: Vec<[i128; 2]>,
    /// In the order of arrival.
    resting: Vec<Resting>,
}

/// Returns true if an order of `side` at `limit` takes what the other side displays in `row`.
fn crosses(row: &Row, side: Side, limit: i128) -> bool {
    row.own(side.other()).is_some_and(|price| side.sign() * (limit - price) >= 0)
}

fn displayed(row: &Row, side: Side) -> Option<i128> {
    if side == Side::Buy { row.ask_size } else { row.bid_size }
}

impl Resting {
    /// Fills `qty` at `price`.
    fn fill(&mut self, fees: Fees, time: i128, price: i128, qty: i128, takes: bool) -> News {
        self.left -= qty;
        let rate = fees.0.map(|(taker, maker)| if takes { taker } else { maker });
        let fee = rate.map_or(0, |rate| self.fee(rate, price, qty));
        News::Filled { order: self.order.id, time, price, qty, fee }
    }

    /// Charges a fill: the trade fee, rounded up to a millionth of a dollar; then the change of the balance is rounded
    /// down to its unit; what an order paid for rounding is paid back in whole units.
    fn fee(&mut self, rate: i128, price: i128, qty: i128) -> i128 {
        let exact = rate * qty * price * (DOLLAR - price);
        // `exact` is in 1e-4 × 1e-6 × 1e-8 dollar.
        let micros = -(-exact).div_euclid(1_000_000_000_000);
        let trade_fee = micros * MICRO;
        let revenue = -self.order.side.sign() * price * qty;
        let rounding = (revenue - trade_fee).rem_euclid(BALANCE_UNIT);
        self.rounding += rounding;
        let back = self.rounding.min(trade_fee + rounding) / BALANCE_UNIT * BALANCE_UNIT;
        self.rounding -= back;
        trade_fee + rounding - back
    }
}

impl Exchange {
    pub fn new(settings: &Settings, closes: Vec<Option<i128>>) -> Exchange {
        let Settings { fill_model: model, fees, seed, .. } = *settings;
        let markets = closes.len();
        let (last, taken) = (vec![None; markets], vec![[0, 0]; markets]);
        Exchange { model, fees, seed, closes, last, seen: Vec::new(), taken, resting: Vec::new() }
    }

    /// Takes a new order.
    pub fn place(&mut self, order: &Order, news: &mut Vec<News>) {
        let Some(row) = self.last[order.market] else { panic!("an order before the first row: {order:?}") };
        let takes = crosses(&row, order.side, order.price);
        let mut resting = Resting { order: order.clone(), left: order.qty, takes, rounding: 0, outcome: None };
        match self.model {
            FillModel::Instant => {
                news.push(resting.fill(self.fees, order.created, order.price, order.qty, takes));
            }
            FillModel::Touch => {
                let qty = self.take_displayed(&row, order.side, order.price, order.qty);
                if let Some(price) = row.own(order.side.other()).filter(|_| qty > 0) {
                    news.push(resting.fill(self.fees, order.created, price, qty, true));
                }
            }
            FillModel::Coin => {
                let number = self.seen.iter().position(|market| *market == order.market).unwrap_or_default();
                resting.outcome = Some(outcome(self.seed, order, number));
            }
        }
        if resting.left > 0 && order.expires.is_none() && resting.outcome.is_none() {
            news.push(News::Ended { order: order.id, time: order.created, end: End::Cancelled });
        } else if resting.left > 0 {
            self.resting.push(resting);
        }
    }

    /// Takes up to `want` of what the other side displays at `limit` or better.
    fn take_displayed(&mut self, row: &Row, side: Side, limit: i128, want: i128) -> i128 {
        if !crosses(row, side, limit) {
            return 0;
        }
        let taken = &mut self.taken[row.market][side as usize];
        let qty = displayed(row, side).map_or(want, |size| want.min(size - *taken));
        if displayed(row, side).is_some() {
            *taken += qty;
        }
        qty
    }

    pub fn cancel(&mut self, id: u64, now: i128, news: &mut Vec<News>) {
        self.pass_time(now, news);
        let before = self.resting.len();
        self.resting.retain(|resting| resting.order.id != id);
        if self.resting.len() < before {
            news.push(News::Ended { order: id, time: now, end: End::Cancelled });
        }
    }

    /// Lets time pass: orders expire, markets close, and chances come true. At one time ends come first.
    pub fn pass_time(&mut self, now: i128, news: &mut Vec<News>) {
        loop {
            let due = self.resting.iter().flat_map(|resting| {
                let order = &resting.order;
                let ends = self.closes[order.market].into_iter().chain(order.expires).min();
                let comes = resting.outcome.map(|outcome| (outcome.time, 1, order.id));
                [ends.map(|time| (time, 0, order.id)), comes].into_iter().flatten()
            });
            let Some((time, kind, id)) = due.min().filter(|(time, ..)| *time <= now) else { return };
            let Some(at) = self.resting.iter().position(|resting| resting.order.id == id) else { return };
            if kind == 0 {
                let expired = self.resting[at].order.expires.is_some_and(|expires| expires <= time);
                let end = if expired { End::Expired } else { End::Cancelled };
                self.resting.remove(at);
                news.push(News::Ended { order: id, time, end });
            } else {
                let (fees, resting) = (self.fees, &mut self.resting[at]);
                let takes = resting.takes;
                if let Some((price, qty)) = resting.outcome.take().and_then(|outcome| outcome.fill) {
                    news.push(resting.fill(fees, time, price, qty, takes));
                }
                if resting.left == 0 {
                    self.resting.remove(at);
                } else if resting.order.expires.is_none() {
                    self.resting.remove(at);
                    news.push(News::Ended { order: id, time, end: End::Cancelled });
                }
            }
        }
    }

    /// Takes in a row of the tape.
    pub fn show(&mut self, row: &Row, news: &mut Vec<News>) {
        self.pass_time(row.time, news);
        let Some(before) = self.last[row.market].replace(*row) else { return self.seen.push(row.market) };
        for side in [Side::Buy, Side::Sell] {
            let level = |row: &Row| (row.own(side.other()), displayed(row, side));
            if level(&before) != level(row) {
                self.taken[row.market][side as usize] = 0;
            }
        }
        if self.model != FillModel::Touch {
            return;
        }
        let traded = before.volume.zip(row.volume).map(|(then, now)| (now - then).max(0));
        let moved = before.last.zip(row.last).is_some_and(|(then, now)| then != now);
        // The price of a trade between the two rows, and what is left of it.
        let mut print =
            row.last.filter(|_| moved || traded.is_some_and(|traded| traded > 0)).map(|last| (last, traded));
        let mut resting = std::mem::take(&mut self.resting);
        // The best price first, then the earliest.
        let mut places: Vec<usize> = (0..resting.len()).filter(|&at| resting[at].order.market == row.market).collect();
        places.sort_by_key(|&at| -resting[at].order.side.sign() * resting[at].order.price);
        for at in places {
            let (side, limit) = (resting[at].order.side, resting[at].order.price);
            let mut qty = self.take_displayed(row, side, limit, resting[at].left);
            qty += take_print(&before, &mut print, side, limit, resting[at].left - qty);
            if qty > 0 {
                news.push(resting[at].fill(self.fees, row.time, limit, qty, false));
            }
        }
        resting.retain(|resting| resting.left > 0);
        self.resting = resting;
    }

    /// Ends all orders of a market that pays out.
    pub fn settle(&mut self, market: usize, time: i128, news: &mut Vec<News>) {
        self.pass_time(time, news);
        let in_market = self.resting.iter().filter(|resting| resting.order.market == market);
        let mut ids: Vec<u64> = in_market.map(|resting| resting.order.id).collect();
        ids.sort_unstable();
        self.resting.retain(|resting| resting.order.market != market);
        news.extend(ids.into_iter().map(|order| News::Ended { order, time, end: End::Cancelled }));
    }
}

/// Takes up to `want` of a trade for an order that rested at `limit` before it: the other side was away from it, and
/// the trade was beyond the limit, or at it while nobody else quoted that price.
fn take_print(before: &Row, print: &mut Option<(i128, Option<i128>)>, side: Side, limit: i128, want: i128) -> i128 {
    let Some((price, left)) = print else { return 0 };
    let own_is_worse = before.own(side).is_none_or(|own| side.sign() * (limit - own) > 0);
    let beyond = side.sign() * (limit - *price);
    if crosses(before, side, limit) || beyond < 0 || (beyond == 0 && !own_is_worse) {
        return 0;
    }
    let qty = left.map_or(want, |left| want.min(left));
    *left = left.map(|left| left - qty);
    qty
}
