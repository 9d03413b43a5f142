//! The second implementation: one loop over the rows of the tape. What it knows is summed up from plain lists each time
//! it is needed.

use std::collections::BTreeMap;

use super::account::Account;
use super::exchange::Exchange;
use super::settings::Settings;
use super::tape::Tape;
use super::words::{CONTRACT, DAY, End, MICRO, News, Order, Row, SECOND, Side};

/// A request of the host to the exchange.
pub enum Effect {
    Place(Order),
    Cancel(u64),
}

/// A wanted exit.
pub struct WantedExit {
    pub since: i128,
    /// Number of its orders that expired.
    pub expiries: i128,
    /// The refusal that was counted last.
    pub refused: Option<&'static str>,
}

/// An entry that a strategy asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub slot: usize,
    pub market: usize,
    pub side: Side,
    pub confidence_per_mille: i128,
}

/// The quotes that a market's block depends on.
#[derive(Clone, Copy, Default)]
pub struct Guard {
    /// Bid plus ask of the last sound book.
    pub sum: Option<i128>,
    pub clean: i128,
}

/// Levels that losses are measured from.
#[derive(Clone, Copy)]
struct Levels {
    day: i128,
    day_start: i128,
    peak: i128,
    last: i128,
}

/// Orders and fills in turn of one strategy.
#[derive(Clone, Copy, Default)]
pub struct Rounds {
    pub day: i128,
    pub count: i128,
    /// True if an entry was filled since the last one was sent.
    pub filled: bool,
    pub disabled: bool,
}

#[derive(Default)]
pub struct Counts {
    pub signals: u64,
    pub orders: u64,
    pub fills: u64,
    pub expired: u64,
    pub cancelled: u64,
    pub refusals: BTreeMap<String, u64>,
}

pub struct Model<'a> {
    pub settings: &'a Settings,
    pub tape: &'a Tape,
    pub now: i128,
    day: Option<i128>,
    /// Equity at the end of each day that something happened on.
    pub days: Vec<(i128, i128)>,
    /// Number of rows that the exchange has seen.
    shown: usize,
    /// By market.
    pub latest: Vec<Option<Row>>,
    pub guards: Vec<Guard>,
    pub settled: Vec<bool>,
    pub account: Account,
    exchange: Exchange,
    /// Working orders, by number.
    pub orders: Vec<Order>,
    pub last_id: u64,
    /// By slot and market.
    pub exits: BTreeMap<(usize, usize), WantedExit>,
    /// The earliest time of the next try.
    pub retries: BTreeMap<(usize, usize, Side), i128>,
    pub wishes: Vec<Wish>,
    /// Markets with a position whose book lacks a side: since when, and true once that is certain.
    pub one_sided: BTreeMap<usize, (i128, bool)>,
    /// Times at which orders and cancels were sent.
    pub messages: Vec<i128>,
    /// Entries sent, with their times.
    pub entries: Vec<Order>,
    /// By slot.
    pub rounds: Vec<Rounds>,
    /// Codes of the engaged latches, in the order in which they engaged.
    pub latches: Vec<&'static str>,
    levels: Option<Levels>,
    losing_trades: i128,
    pub effects: Vec<Effect>,
    news: Vec<News>,
    pub counts: Counts,
    /// A line for each thing that happened.
    pub log: Vec<String>,
}

impl<'a> Model<'a> {
    /// Runs a back test to its end.
    pub fn run(settings: &'a Settings, tape: &'a Tape) -> Model<'a> {
        let mut model = Model::new(settings, tape);
        for poll in tape.polls() {
            let now = poll[0].time;
            model.settle_until(now);
            model.show_until(now + 1);
            model.exchange.pass_time(now, &mut model.news);
            model.deliver();
            model.poll(&poll);
            model.deliver();
        }
        let last = tape.rows.last().map_or(0, |row| row.time);
        model.settle_until(last);
        model.show_until(i128::MAX);
        model.deliver();
        model.settle_until(i128::MAX);
        model.days.push((model.now.div_euclid(DAY), model.account.equity()));
        model
    }

    /// Shows the exchange the rows before `end` that it has not seen.
    fn show_until(&mut self, end: i128) {
        while let Some(row) = self.tape.rows.get(self.shown).filter(|row| row.time < end) {
            self.shown += 1;
            self.exchange.show(row, &mut self.news);
        }
    }

    fn new(settings: &'a Settings, tape: &'a Tape) -> Model<'a> {
        let markets = tape.markets.len();
        Model {
            settings,
            tape,
            now: i128::MIN,
            day: None,
            days: Vec::new(),
            shown: 0,
            latest: vec![None; markets],
            guards: vec![Guard { sum: None, clean: settings.limits.clean_quotes }; markets],
            settled: vec![false; markets],
            account: Account::new(settings.staged(settings.capital, 1), markets),
            exchange: Exchange::new(settings, tape.markets.iter().map(|market| market.closes).collect()),
            orders: Vec::new(),
            last_id: 0,
            exits: BTreeMap::new(),
            retries: BTreeMap::new(),
            wishes: Vec::new(),
            one_sided: BTreeMap::new(),
            messages: Vec::new(),
            entries: Vec::new(),
            rounds: vec![Rounds::default(); settings.slots.len()],
            latches: Vec::new(),
            levels: None,
            losing_trades: 0,
            effects: Vec::new(),
            news: Vec::new(),
            counts: Counts::default(),
            log: Vec::new(),
        }
    }

    pub fn say(&mut self, text: String) {
        self.log.push(format!("{} {text}", self.now / SECOND));
    }

    /// Carries effects to the exchange and its news back until there are no more.
    fn deliver(&mut self) {
        while !(self.effects.is_empty() && self.news.is_empty()) {
            for effect in std::mem::take(&mut self.effects) {
                match effect {
                    Effect::Place(order) => self.exchange.place(&order, &mut self.news),
                    Effect::Cancel(id) => self.exchange.cancel(id, self.now, &mut self.news),
                }
            }
            for news in std::mem::take(&mut self.news) {
                self.say(format!("{news:?}"));
                match news {
                    News::Filled { order, time, price, qty, fee } => self.on_fill(order, time, (price, qty, fee)),
                    News::Ended { order, time, end } => self.on_end(order, time, end),
                }
            }
        }
    }

    /// Pays out all markets that settle by `now`.
    fn settle_until(&mut self, now: i128) {
        let markets = self.tape.markets.iter().enumerate();
        let due = markets.filter_map(|(at, market)| Some((market.settles?.0, at, market.settles?.1)));
        // A market without a row is not in the tape.
        let listed = |market: usize| self.tape.rows.iter().any(|row| row.market == market);
        let mut due: Vec<(i128, usize, i128)> =
            due.filter(|&(time, at, _)| time <= now && !self.settled[at] && listed(at)).collect();
        due.sort_unstable();
        for (time, market, payout) in due {
            self.show_until(time);
            self.deliver();
            self.exchange.settle(market, time, &mut self.news);
            self.deliver();
            self.advance(time);
            self.settled[market] = true;
            self.cancel_where(|order| order.market == market);
            for result in self.account.settle(market, payout) {
                self.on_trade(result);
            }
            self.exits.retain(|(_, of), _| *of != market);
            self.retries.retain(|(_, of, _), _| *of != market);
            self.one_sided.remove(&market);
            self.on_equity();
            self.deliver();
        }
    }

    fn poll(&mut self, rows: &[Row]) {
        self.advance(rows[0].time);
        for row in rows {
            self.latest[row.market] = Some(*row);
            self.watch_quality(row);
            self.mark_by_row(row.market);
        }
        self.mark_overdue();
        self.on_equity();
        for slot in 0..self.settings.slots.len() {
            for row in rows {
                self.obey(slot, row);
            }
        }
        self.quote_exits();
        self.grant_wishes();
    }

    /// Does what the strategy in `slot` says on `row`.
    fn obey(&mut self, slot: usize, row: &Row) {
        let told = row.volume.unwrap_or(0) / CONTRACT;
        if told / 1_000_000 != slot as i128 + 1 {
            return;
        }
        let confidence = if told % 1_000 == 999 { 1_000 } else { told % 1_000 };
        match told / 1_000 % 1_000 {
            1 => self.entry_signal(slot, row.market, Side::Buy, confidence),
            2 => self.entry_signal(slot, row.market, Side::Sell, confidence),
            3 => self.exit_signal(slot, row.market),
            _ => {}
        }
    }

    /// A jump of the mid or a crossed book blocks a market until enough sound books have come.
    fn watch_quality(&mut self, row: &Row) {
        let (Some(bid), Some(ask)) = (row.bid, row.ask) else { return };
        let limits = &self.settings.limits;
        let guard = &mut self.guards[row.market];
        if bid >= ask {
            guard.clean = 0;
            return;
        }
        let jumped = guard.sum.is_some_and(|sum| (bid + ask - sum).abs() > 2 * limits.jump);
        guard.clean = match (guard.sum, jumped) {
            (None, _) => guard.clean,
            (_, true) => 0,
            (_, false) => (guard.clean + 1).min(limits.clean_quotes),
        };
        guard.sum = Some(bid + ask);
    }

    fn advance(&mut self, time: i128) {
        if time <= self.now {
            return;
        }
        self.now = time;
        let today = time.div_euclid(DAY);
        let before = self.day.replace(today);
        if before != Some(today) {
            self.days.extend(before.map(|day| (day, self.account.equity())));
            self.on_equity();
        }
    }

    fn on_fill(&mut self, id: u64, time: i128, fill: (i128, i128, i128)) {
        self.advance(time);
        let Some(at) = self.orders.iter().position(|order| order.id == id) else { panic!("fill of {id}, which ended") };
        self.orders[at].filled += fill.1;
        let order = self.orders[at].clone();
        self.counts.fills += 1;
        if !order.is_exit {
            self.rounds[order.slot].filled = true;
        }
        if let Some(result) = self.account.fill(order.slot, order.market, order.side, fill) {
            self.on_trade(result);
        }
        if order.open() == 0 {
            self.orders.retain(|order| order.id != id);
        }
        self.mark_after_fill(order.market);
        self.forget_finished_exit(order.slot, order.market);
        self.on_equity();
    }

    fn on_end(&mut self, id: u64, time: i128, end: End) {
        self.advance(time);
        let Some(at) = self.orders.iter().position(|order| order.id == id) else { panic!("end of {id}, which ended") };
        let order = self.orders.remove(at);
        match end {
            End::Expired => self.counts.expired += 1,
            End::Cancelled => self.counts.cancelled += 1,
        }
        if order.is_exit
            && (end == End::Expired || order.expires.is_none())
            && let Some(exit) = self.exits.get_mut(&(order.slot, order.market))
        {
            exit.expiries += 1;
        }
        self.forget_finished_exit(order.slot, order.market);
    }

    /// Counts a round trip: losses in a row engage a latch.
    fn on_trade(&mut self, result: i128) {
        match result.signum() {
            1 => self.losing_trades = 0,
            -1 => self.losing_trades += 1,
            _ => {}
        }
        if self.losing_trades >= self.settings.limits.losing_trades && self.latch("max_consecutive_losses") {
            self.cancel_where(|order| !order.is_exit);
        }
    }

    /// Engages a latch; returns true if it was not engaged yet.
    fn latch(&mut self, code: &'static str) -> bool {
        let is_new = !self.latches.contains(&code);
        if is_new {
            self.latches.push(code);
            self.say(format!("latched {code}"));
        }
        is_new
    }

    /// Measures the day's loss and the drawdown.
    fn on_equity(&mut self) {
        let (equity, today) = (self.account.tick(), self.now.div_euclid(DAY));
        let levels = self.levels.get_or_insert(Levels { day: today, day_start: equity, peak: equity, last: equity });
        let mut released = false;
        if today > levels.day {
            (levels.day, levels.day_start) = (today, levels.last);
            let before = self.latches.len();
            self.latches.retain(|code| *code != "max_daily_loss");
            released = self.latches.len() < before;
        }
        levels.last = equity;
        levels.peak = levels.peak.max(equity);
        let (loss, fall) = (levels.day_start - equity, levels.peak - equity);
        let limits = &self.settings.limits;
        let (most_loss, most_fall) = (self.money_limit(limits.daily_loss), self.money_limit(limits.drawdown));
        let latched =
            [loss >= most_loss && self.latch("max_daily_loss"), fall >= most_fall && self.latch("max_drawdown")];
        if (released || latched.contains(&true)) && !self.latches.is_empty() {
            self.cancel_where(|order| !order.is_exit);
        }
    }

    /// Returns the day's loss and the drawdown as they were measured last.
    pub fn losses(&self) -> (i128, i128) {
        let measured = self.levels.map(|levels| (levels.day_start - levels.last, levels.peak - levels.last));
        measured.map_or((0, 0), |(loss, fall)| (loss.max(0), fall.max(0)))
    }

    /// Returns a limit of money at the capital stage.
    pub fn money_limit(&self, full: i128) -> i128 {
        self.settings.staged(full, MICRO)
    }

    /// Cancels all working orders that `wanted` selects and that are not being cancelled.
    pub fn cancel_where(&mut self, wanted: impl Fn(&Order) -> bool) {
        for order in self.orders.iter_mut().filter(|order| !order.cancelling && wanted(order)) {
            order.cancelling = true;
            self.messages.push(self.now);
            self.effects.push(Effect::Cancel(order.id));
        }
    }
}
