//! The settings of a run: the keys of `host.toml` that the second implementation knows.

use std::fmt::Write as _;

use super::draws::Draws;
use super::grid::{Grid, down, up};
use super::words::{CONTRACT, DOLLAR, MICRO, MONEY, Row, SECOND, Side};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pricing {
    Behind(i128),
    Join,
    Inside(i128),
    Cross,
    /// The price that the signal prefers; entries only.
    Signal,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sizing {
    Confidence,
    Fixed(i128),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FillModel {
    Instant,
    Touch,
    Coin,
}

/// Rates in 1/10,000 of contracts × price × (1 − price): taker and maker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fees(pub Option<(i128, i128)>);

/// Balances change by multiples of 1/10,000 dollar.
pub const BALANCE_UNIT: i128 = MONEY / 10_000;

/// Limits as the file has them, at full capital.
#[derive(Clone, Debug)]
pub struct Limits {
    pub position_size: i128,
    pub position_value: i128,
    pub order_size: i128,
    pub order_value: i128,
    pub daily_loss: i128,
    pub drawdown: i128,
    pub losing_trades: i128,
    pub portfolio: i128,
    pub category: i128,
    pub event: i128,
    pub open_positions: i128,
    pub deviation: i128,
    /// In millionths of the volume.
    pub volume_fraction: i128,
    pub min_spread: i128,
    pub max_spread: i128,
    pub quote_age: i128,
    pub jump: i128,
    pub clean_quotes: i128,
    pub time_to_close: i128,
    pub taper: bool,
    pub volume_needed: bool,
    pub close_needed: bool,
    pub only_first_events: bool,
    pub exclusive: bool,
    pub messages: i128,
    pub duplicate_window: i128,
    pub repeats: i128,
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub capital: i128,
    pub stage_percent: i128,
    pub slots: Vec<&'static str>,
    pub fill_model: FillModel,
    pub fees: Fees,
    pub seed: u64,
    /// Time from poll to poll, where rows come between polls.
    pub poll: Option<i128>,
    pub entry_pricing: Pricing,
    pub exit_pricing: Pricing,
    pub exit_escalates_after: i128,
    pub sizing: Sizing,
    pub entry_immediate: bool,
    pub exit_immediate: bool,
    pub order_expiry: i128,
    pub refused_entry_retry: i128,
    pub limits: Limits,
}

impl Pricing {
    /// Returns the limit of an order on `side` by the book in `row`; none if the price that it is measured from is
    /// absent, or if it would not lie between 0 and 1. A signal prefers the price of the last trade.
    pub fn limit(self, side: Side, row: &Row, grid: Grid) -> Option<i128> {
        let (own, other) = (row.own(side), row.own(side.other()));
        let price = match self {
            Pricing::Behind(ticks) => grid.away(own?, -side.sign() * ticks),
            Pricing::Signal => row.last.or(own)?,
            Pricing::Join => own?,
            Pricing::Cross => other?,
            Pricing::Inside(ticks) => {
                let (own, wanted) = (own?, grid.away(own?, side.sign() * ticks));
                // It stays a tick from the other side, but never falls behind its own.
                match (side, other) {
                    (_, None) => wanted,
                    (Side::Buy, Some(ask)) => wanted.min(grid.away(ask, -1)).max(own),
                    (Side::Sell, Some(bid)) => wanted.max(grid.away(bid, 1)).min(own),
                }
            }
        };
        let on_tick = if side == Side::Buy { grid.down(price) } else { grid.up(price) };
        (0 < on_tick && on_tick < DOLLAR).then_some(on_tick)
    }

    fn text(self) -> String {
        match self {
            Pricing::Behind(ticks) => format!("behind {ticks}"),
            Pricing::Join => "join".to_owned(),
            Pricing::Inside(ticks) => format!("inside {ticks}"),
            Pricing::Cross => "cross".to_owned(),
            Pricing::Signal => "signal".to_owned(),
        }
    }
}

impl Settings {
    /// Fills at once, no fees, one strategy, and limits that never bind.
    pub fn plain() -> Settings {
        Settings {
            capital: 2_000 * MONEY,
            stage_percent: 100,
            slots: vec!["one"],
            fill_model: FillModel::Instant,
            fees: Fees(None),
            seed: 0,
            poll: None,
            entry_pricing: Pricing::Join,
            exit_pricing: Pricing::Join,
            exit_escalates_after: 3,
            sizing: Sizing::Fixed(10),
            entry_immediate: false,
            exit_immediate: false,
            order_expiry: 600 * SECOND,
            refused_entry_retry: 600 * SECOND,
            limits: Limits {
                position_size: 1_000 * CONTRACT,
                position_value: 100_000 * MONEY,
                order_size: 1_000 * CONTRACT,
                order_value: 100_000 * MONEY,
                daily_loss: 100_000 * MONEY,
                drawdown: 100_000 * MONEY,
                losing_trades: 1_000_000,
                portfolio: 100_000 * MONEY,
                category: 100_000 * MONEY,
                event: 100_000 * MONEY,
                open_positions: 1_000,
                deviation: DOLLAR,
                volume_fraction: 1_000_000,
                min_spread: 0,
                max_spread: DOLLAR,
                quote_age: 90 * SECOND,
                jump: DOLLAR,
                clean_quotes: 1,
                time_to_close: SECOND,
                taper: false,
                volume_needed: true,
                close_needed: false,
                only_first_events: false,
                exclusive: false,
                messages: 1_000_000,
                duplicate_window: SECOND,
                repeats: 1_000_000,
            },
        }
    }

    /// Draws policies: prices, sizes, times.
    pub fn draw_policy(&mut self, draws: &mut Draws) {
        let pricing = |draws: &mut Draws| {
            let ticks = draws.between(1, 3);
            draws.pick(&[Pricing::Behind(ticks), Pricing::Join, Pricing::Inside(ticks), Pricing::Cross])
        };
        (self.entry_pricing, self.exit_pricing) = (pricing(draws), pricing(draws));
        if draws.chance(20) {
            self.entry_pricing = Pricing::Signal;
        }
        (self.entry_immediate, self.exit_immediate) = (draws.chance(20), draws.chance(20));
        self.exit_escalates_after = draws.between(0, 3);
        self.sizing = if draws.chance(70) { Sizing::Confidence } else { Sizing::Fixed(draws.between(1, 60)) };
        self.order_expiry = 30 * SECOND * draws.between(1, 12);
        self.refused_entry_retry = 30 * SECOND * draws.between(1, 12);
        self.stage_percent = draws.pick(&[25, 50, 100]);
        self.limits.position_size = 10 * CONTRACT * draws.between(4, 20);
    }

    /// Draws limits, of which some bind.
    pub fn draw_limits(&mut self, draws: &mut Draws) {
        self.capital = MONEY * draws.between(60, 800);
        let limits = &mut self.limits;
        limits.order_size = CONTRACT * draws.between(5, 60);
        limits.order_value = MONEY * draws.between(5, 60);
        limits.position_value = MONEY * draws.between(20, 100);
        limits.event = MONEY * draws.between(30, 150);
        limits.category = MONEY * draws.between(40, 200);
        limits.portfolio = MONEY * draws.between(60, 400);
        limits.open_positions = draws.between(1, 5);
        limits.daily_loss = MONEY * draws.between(5, 60);
        limits.drawdown = MONEY * draws.between(20, 200);
        limits.losing_trades = draws.between(4, 40);
        limits.deviation = 100 * draws.between(2, 15);
        limits.volume_fraction = draws.between(8, 60);
        limits.min_spread = 100 * draws.between(0, 1);
        limits.max_spread = 100 * draws.between(3, 20);
        limits.quote_age = SECOND * draws.pick(&[29, 30, 60, 90]);
        limits.jump = 100 * draws.between(3, 20);
        limits.clean_quotes = draws.between(1, 4);
        limits.time_to_close = 60 * SECOND * draws.between(1, 30);
        limits.taper = draws.chance(50);
        limits.exclusive = draws.chance(50);
        limits.volume_needed = draws.chance(80);
        limits.close_needed = draws.chance(20);
        limits.only_first_events = draws.chance(20);
        limits.messages = draws.between(4, 20);
        limits.duplicate_window = SECOND * draws.between(5, 120);
        limits.repeats = draws.between(10, 60);
    }

    /// Returns the share of `full` at the capital stage, rounded down to a multiple of `unit`.
    pub fn staged(&self, full: i128, unit: i128) -> i128 {
        down(full * self.stage_percent / 100, unit)
    }

    /// Returns the most that an entry can cost: what it can lose at its limit, or at the worst price to which chance
    /// moves its fill; the dearer fee, and for each contract what rounding can add.
    pub fn most(&self, side: Side, price: i128, qty: i128) -> i128 {
        let slips = if self.fill_model == FillModel::Coin { 6 * 20 } else { 0 };
        let worst = (price + side.sign() * slips).clamp(1, DOLLAR - 1);
        let fee = self.fees.0.map_or(0, |(taker, maker)| {
            let fee =
                up(taker.max(maker) * qty * worst * (DOLLAR - worst), 1_000_000_000_000) / 1_000_000_000_000 * MICRO;
            fee + up(qty, CONTRACT) / CONTRACT * (BALANCE_UNIT + MICRO)
        });
        side.risk(worst) * qty + fee
    }

    /// Returns the `host.toml`.
    pub fn toml(&self) -> String {
        let life = |immediate: bool| if immediate { "immediate" } else { "good_till" };
        let fees = match self.fees.0 {
            None => "none",
            Some((_, 0)) => "kalshi",
            Some(_) => "kalshi_with_maker_fees",
        };
        let sizing = match self.sizing {
            Sizing::Confidence => "confidence".to_owned(),
            Sizing::Fixed(contracts) => format!("fixed {contracts}"),
        };
        format!(
            "[capital]\ntarget = {}\nstage = {}\n\n[exchange]\nfill_model = \"{}\"\nfees = \"{fees}\"\nseed = {}\n\n\
             [execution]\nentry_pricing = \"{}\"\nexit_pricing = \"{}\"\nexit_escalates_after = {}\n\
             entry_time_in_force = \"{}\"\nexit_time_in_force = \"{}\"\n\
             sizing = \"{sizing}\"\norder_expiry = \"{}s\"\nrefused_entry_retry = \"{}s\"\n\n[risk]\n{}",
            decimal(self.capital, MONEY),
            decimal(self.stage_percent, 100),
            format!("{:?}", self.fill_model).to_lowercase(),
            self.seed,
            self.entry_pricing.text(),
            self.exit_pricing.text(),
            self.exit_escalates_after,
            life(self.entry_immediate),
            life(self.exit_immediate),
            self.order_expiry / SECOND,
            self.refused_entry_retry / SECOND,
            self.limits.toml(),
        )
    }
}

impl Limits {
    fn toml(&self) -> String {
        let decimals = [
            ("max_position_size", self.position_size, CONTRACT),
            ("max_position_value", self.position_value, MONEY),
            ("max_order_size", self.order_size, CONTRACT),
            ("max_order_value", self.order_value, MONEY),
            ("max_daily_loss", self.daily_loss, MONEY),
            ("max_drawdown", self.drawdown, MONEY),
            ("max_portfolio_exposure", self.portfolio, MONEY),
            ("max_category_exposure", self.category, MONEY),
            ("max_event_exposure", self.event, MONEY),
            ("max_price_deviation", self.deviation, DOLLAR),
            ("max_volume_fraction", self.volume_fraction, 1_000_000),
            ("min_spread", self.min_spread, DOLLAR),
            ("max_spread", self.max_spread, DOLLAR),
            ("max_quote_age_seconds", self.quote_age, SECOND),
            ("max_price_jump", self.jump, DOLLAR),
            ("min_time_to_close_seconds", self.time_to_close, SECOND),
            ("duplicate_window_seconds", self.duplicate_window, SECOND),
        ];
        let counts = [
            ("max_consecutive_losses", self.losing_trades),
            ("max_open_positions", self.open_positions),
            ("clean_quotes", self.clean_quotes),
            ("max_messages_per_minute", self.messages),
            ("max_repeated_executions", self.repeats),
        ];
        let mut text = String::new();
        for (key, value, one) in decimals {
            let _ = writeln!(text, "{key} = {}", decimal(value, one));
        }
        for (key, value) in counts {
            let _ = writeln!(text, "{key} = {value}");
        }
        let events = if self.exclusive { "\"E1*\"" } else { "" };
        let treatment = |needed: bool| if needed { "refuse" } else { "allow" };
        let markets = if self.only_first_events { "\"E0*\", \"E1-M3\"" } else { "\"*\"" };
        let _ = writeln!(text, "size_taper = {}\nexclusive_events = [{events}]", self.taper);
        let _ = writeln!(text, "volume_unknown = \"{}\"", treatment(self.volume_needed));
        let _ = writeln!(text, "close_unknown = \"{}\"", treatment(self.close_needed));
        let _ = writeln!(text, "allowed_markets = [{markets}]");
        text
    }
}

/// Writes `value / one` as a decimal, without rounding. `one` is a power of ten.
pub fn decimal(value: i128, one: i128) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = one.ilog10() as usize;
    let (whole, part) = (value.abs() / one, value.abs() % one);
    let part = format!("{part:0digits$}");
    format!("{sign}{whole}.{}", if digits == 0 { "0" } else { &part })
}
