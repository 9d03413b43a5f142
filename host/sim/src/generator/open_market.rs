//! An open market from its first row to its close: when something happens, and the row and trades that result.

use host_core::{Outcome, Quotes, Span, Taker, Timestamp};

use super::book::{SyntheticBook, TakerOrder};
use super::flow;
use super::news::{self, Heard};
use super::random::RandomStream;
use super::schedule::MarketPlan;
use super::settings::GeneratorSettings;
use super::trades::{MarketTrade, PollTrades};
use super::value::MarketValue;

/// Simulated market before the first row of a market that opened before the run.
const WARM_UP: Span = Span::days(2);
/// The step length that the shares and rates below refer to.
const STEP: Span = Span::seconds(30);
/// Activity by hour of the day, UTC; the busiest hours have four times the activity of the quietest.
const BY_HOUR: [f64; 24] = [
    0.80, 0.70, 0.60, 0.55, 0.50, 0.45, 0.40, 0.40, 0.45, 0.55, 0.70, 0.90, 1.20, 1.50, 1.60, 1.60, 1.50, 1.50, 1.60,
    1.50, 1.35, 1.20, 1.05, 0.90,
];
/// Weekend factors of activity and of spreads.
const WEEKEND: (f64, f64) = (0.45, 1.6);
/// Factors of quiet and busy spells; a new one is drawn in one hour of three.
const PACE: [f64; 4] = [0.35, 0.8, 1.1, 1.75];
/// Share of steps in which something happens while a price waits to be refilled.
const DISTURBED: f64 = 0.85;

/// Log odds by which makers believe the value to lie farther in the direction of a trade that ate a price, and of a
/// price that was improved on.
const EATEN_TELLS: f64 = 0.02;
const UNDERCUT_TELLS: f64 = EATEN_TELLS / 2.0;

/// Division of time into steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stepping {
    /// Steps from one poll to the next.
    pub(super) steps: u32,
    step: Span,
    step_hours: f64,
    /// Length of a step relative to [`STEP`], at most 1.
    scale: f64,
}

impl Stepping {
    /// Returns steps of 30 s, or of `poll` if that is shorter.
    pub(super) fn new(poll: Span) -> Stepping {
        let steps = (poll.0 / STEP.0).clamp(1, i64::from(u32::MAX)) as u32;
        let step_hours = poll.as_seconds() / f64::from(steps) / 3_600.0;
        let step = Span(poll.0 / i64::from(steps));
        Stepping { steps, step, step_hours, scale: (step_hours / (STEP.as_seconds() / 3_600.0)).min(1.0) }
    }
}

/// An open market.
#[derive(Clone, Debug)]
pub(super) struct OpenMarket {
    pub(super) id: u32,
    pub(super) plan: MarketPlan,
    random: RandomStream,
    value: MarketValue,
    book: SyntheticBook,
    stepping: Stepping,
    overreaction: f64,
    /// Something happens in a step if 32 random bits are below this threshold ...
    threshold: u32,
    /// ... or below this one while a price waits to be refilled.
    disturbed_threshold: u32,
    /// Time of the event; never, once it has happened.
    reveals: Timestamp,
    idle_steps: u32,
    pace: f64,
    wide: f64,
    /// Bid, ask, bid size, ask size, last price and volume, as in a row.
    row: [f64; 6],
}

impl OpenMarket {
    /// Returns market `id` at the poll at `now`, its first: at its opening, or simulated over earlier polls if it was
    /// open before.
    pub(super) fn begin(id: u32, plan: MarketPlan, now: Timestamp, settings: &GeneratorSettings) -> OpenMarket {
        let mut random = RandomStream::new(settings.seed, plan.stream);
        let truth = if plan.outcome == Outcome::Yes { 1.0 } else { -1.0 };
        let stepping = Stepping::new(settings.poll);
        let value = MarketValue::new(plan.opening, truth, stepping.step_hours);
        let book = SyntheticBook::new(&mut random, plan.series.liquidity, value.quoted_cents());
        let mut market = OpenMarket {
            id,
            random,
            value,
            book,
            stepping,
            overreaction: settings.overreaction,
            threshold: 0,
            disturbed_threshold: share(DISTURBED * stepping.scale),
            reveals: plan.event_time,
            idle_steps: 0,
            pace: 1.0,
            wide: 1.0,
            row: [f64::NAN; 6],
            plan,
        };
        let poll = settings.poll;
        let mut time = Timestamp(now.0 - WARM_UP.0.min((now - plan.opens).0).max(0) / poll.0 * poll.0);
        market.begin_hour(hour_of(time), 0);
        let mut unseen = PollTrades::default();
        while time < now {
            let hour = hour_of(time);
            time = time + poll;
            market.begin_hour(hour_of(time), hour_of(time) - hour);
            market.advance(time, &mut unseen);
            unseen.clear();
        }
        market
    }

    /// Sets the activity of hour number `hour` since the epoch, `passed` hours after the last call.
    pub(super) fn begin_hour(&mut self, hour: i64, passed: i64) {
        for _ in 0..passed.min(24) {
            self.book.next_hour();
        }
        if passed > 0 && self.random.chance(1.0 / 3.0) {
            self.pace = PACE[self.random.bits() as usize % PACE.len()];
        }
        // 1970-01-01 was a Thursday, so Saturday and Sunday are days 2 and 3 of a week that begins with it.
        let is_weekend = matches!(hour.div_euclid(24).rem_euclid(7), 2 | 3);
        let (activity, wide) = if is_weekend { WEEKEND } else { (1.0, 1.0) };
        let by_hour = BY_HOUR[hour.rem_euclid(24) as usize];
        self.wide = wide;
        self.threshold =
            share(self.plan.series.liquidity.activity * by_hour * activity * self.pace * self.stepping.scale);
        self.show();
    }

    /// Simulates the market from the previous poll to the one at `now`, and adds its trades to `trades`.
    #[inline]
    pub(super) fn advance(&mut self, now: Timestamp, trades: &mut PollTrades) {
        for later in (0..self.stepping.steps).rev() {
            self.idle_steps += 1;
            let threshold = if self.book.disturbed { self.disturbed_threshold } else { self.threshold };
            if self.random.bits() < threshold || now >= self.reveals {
                self.act(now, later, trades);
            }
        }
    }

    /// Acts in the step that ends `later` steps before the poll at `now`.
    fn act(&mut self, now: Timestamp, later: u32, trades: &mut PollTrades) {
        let steps = std::mem::take(&mut self.idle_steps);
        let ahead_hours = (self.plan.event_time - now).as_seconds() / 3_600.0;
        self.value.pass(steps);
        let heard = match ahead_hours > 0.0 {
            true => news::hear(&mut self.random, &mut self.value, ahead_hours, self.overreaction),
            false => Heard::Nothing,
        };
        // Whoever knows something trades before any quote moves.
        if let Some(order) = flow::taker(&mut self.random, heard, &self.value, &self.book) {
            self.trade(order, now, later, trades);
        }
        if heard.is_step() {
            self.value.publish(news::STEP_PUBLISHED);
        }
        if now >= self.reveals {
            self.reveals = Timestamp(i64::MAX);
            self.value.reveal(&mut self.random);
            self.book.resolve(&mut self.random, self.value.quoted_cents());
        }
        self.book.act(&mut self.random, self.value.quoted_cents(), heard.shock(), self.wide);
        if let Some(direction) = self.book.undercut(&mut self.random, self.value.leaning()) {
            self.value.conclude(UNDERCUT_TELLS * direction);
        }
        self.show();
    }

    /// Lets `order` trade at a time within the step. The makers conclude something from a price that was eaten, whoever
    /// ate it.
    fn trade(&mut self, order: TakerOrder, now: Timestamp, later: u32, trades: &mut PollTrades) {
        let Some(traded) = self.book.take(&mut self.random, order) else { return };
        if traded.eats {
            self.value.conclude(EATEN_TELLS * order.direction);
        }
        let step = self.stepping.step.0;
        let before_end = (i128::from(self.random.bits()) * i128::from(step)) >> 32;
        trades.push(MarketTrade {
            time: Timestamp(now.0 - i64::from(later) * step - before_end as i64),
            market: self.id,
            cents: traded.cents,
            contracts: traded.contracts,
            taker: if order.direction > 0.0 { Taker::Buys } else { Taker::Sells },
        });
    }

    /// Updates `row`.
    fn show(&mut self) {
        let book = &self.book;
        let side = |cents: i32, value: f64| if (1..=99).contains(&cents) { value } else { f64::NAN };
        let price = |cents: i32| side(cents, f64::from(cents) / 100.0);
        self.row = [
            price(book.bid),
            price(book.ask),
            side(book.bid, book.bid_size),
            side(book.ask, book.ask_size),
            price(book.last),
            book.volume(),
        ];
    }

    /// Appends the row of the poll at `now`.
    #[inline]
    pub(super) fn append(&self, now: Timestamp, quotes: &mut Quotes) {
        let [bid, ask, bid_size, ask_size, last, volume] = self.row;
        quotes.market.push(self.id);
        quotes.time.push(now.0);
        quotes.bid.push(bid);
        quotes.ask.push(ask);
        quotes.bid_size.push(bid_size);
        quotes.ask_size.push(ask_size);
        quotes.last.push(last);
        quotes.volume.push(volume);
    }
}

/// Returns the number of the hour since the epoch.
pub(super) fn hour_of(time: Timestamp) -> i64 {
    time.0.div_euclid(Span::hours(1).0)
}

/// Returns the threshold below which a share `probability` of all 32-bit numbers lies.
fn share(probability: f64) -> u32 {
    (probability.min(0.95) * 4_294_967_296.0) as u32
}
