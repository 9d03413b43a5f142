//! A risk manager with made-up markets and an order that passes, to be put into a state that a limit forbids.

use host_core::entry_cost::EntryCost;
use host_core::record::Trade;
use host_core::risk::{CheckContext, Fraction, Funds, InvalidLimits, RiskLimits, RiskManager, WhenUnknown};
use host_core::{
    Command, Fill, Intent, Market, MarketId, Order, OrderId, OrderState, Price, Qty, Quote, Side, SlotId, Span, Ticks,
    TimeInForce, Timestamp, Usd,
};

/// Noon of some UTC day, long before the next.
pub(super) const NOON: Timestamp = Timestamp(20_000 * Span::DAY.0 + Span::hours(12).0);
/// More capital than any limit.
const CAPITAL: Usd = Usd::MOST;
/// The bid of every market; the ask is two cents above.
pub(super) const BID: Price = Price(4_200);
/// Price and worst loss of the order: one contract, bought between bid and ask.
pub(super) const PRICE: Price = Price(4_300);
pub(super) const COST: Usd = Usd(Usd::CENT.0 * 43);

/// A risk manager, and an order in its market 0.
///
/// Markets 0 and 1 share an event, 0 to 2 a category; each other market has its own.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) risk: RiskManager,
    pub(super) now: Timestamp,
    pub(super) market: Market,
    pub(super) quote: Quote,
    pub(super) order: Order,
    pub(super) cash: Usd,
}

/// Returns limits that no order comes near, but for those of slots, which are `own`'s.
pub(super) fn wide(own: &RiskLimits) -> RiskLimits {
    RiskLimits {
        allowed_markets: vec!["*".to_owned()],
        exclusive_events: Vec::new(),
        max_position_size: Qty::MOST,
        max_position_value: Usd::MOST,
        max_order_size: Qty::MOST,
        max_order_value: Usd::MOST,
        max_daily_loss: Usd::MOST,
        max_drawdown: Usd::MOST,
        max_consecutive_losses: u32::MAX,
        max_portfolio_exposure: Usd::MOST,
        max_category_exposure: Usd::MOST,
        max_event_exposure: Usd::MOST,
        max_open_positions: u32::MAX,
        max_price_deviation: Price::ONE,
        max_volume_fraction: Fraction::ONE,
        volume_unknown: WhenUnknown::Allow,
        min_spread: Price::ZERO,
        max_spread: Price::ONE,
        max_quote_age_seconds: Span::days(300),
        max_price_jump: Price::ONE,
        clean_quotes: 1,
        min_time_to_close_seconds: Span(1),
        close_unknown: WhenUnknown::Allow,
        size_taper: false,
        max_messages_per_minute: u32::MAX,
        duplicate_window_seconds: Span(1),
        max_repeated_executions: u32::MAX,
        max_error_rate: Fraction::ONE,
        error_window: 64,
        ..own.clone()
    }
}

fn market(id: u32) -> Market {
    let (event, category) = match id {
        0 | 1 => ("DRILL".to_owned(), "drill".to_owned()),
        2 => ("DRILL2".to_owned(), "drill".to_owned()),
        _ => (format!("DRILL{id}"), format!("drill {id}")),
    };
    Market {
        id: MarketId(id),
        ticker: format!("{event}-{id}"),
        series: event.clone(),
        event,
        category,
        title: String::new(),
        ticks: Ticks::CENT,
        opens: None,
        closes: Some(NOON + Span::days(400)),
        event_time: None,
    }
}

fn quote(id: u32) -> Quote {
    let size = Some(Qty::contracts(500));
    Quote {
        market: MarketId(id),
        time: NOON,
        bid: Some(BID),
        ask: Some(BID + Price(200)),
        bid_size: size,
        ask_size: size,
        last: None,
        volume: Some(Qty::MOST),
    }
}

impl Bench {
    /// Makes one with `limits`, whose equity is known.
    ///
    /// # Errors
    /// The limits contradict each other.
    pub(super) fn new(limits: RiskLimits) -> Result<Bench, InvalidLimits> {
        let mut bench = Bench::without_equity(limits)?;
        bench.risk.on_equity(NOON, CAPITAL);
        Ok(bench)
    }

    pub(super) fn without_equity(limits: RiskLimits) -> Result<Bench, InvalidLimits> {
        let order = Order {
            id: OrderId(1),
            slot: SlotId(0),
            market: MarketId(0),
            side: Side::Buy,
            price: PRICE,
            qty: Qty::ONE,
            time_in_force: TimeInForce::GoodTill(NOON + Span::days(1)),
            intent: Intent::Entry,
            created: NOON,
            arrival_mid_doubled: 8_600,
        };
        let risk = RiskManager::new(limits)?;
        let mut bench = Bench { risk, now: NOON, market: market(0), quote: quote(0), order, cash: Usd::MOST };
        (0..4).for_each(|id| bench.list(id));
        Ok(bench)
    }

    /// Lists market `id`, with a quote.
    pub(super) fn list(&mut self, id: u32) {
        self.risk.list(&market(id));
        self.risk.on_quote(&quote(id));
    }

    /// Changes the order's market.
    pub(super) fn relist(&mut self, change: impl FnOnce(&mut Market)) {
        change(&mut self.market);
        self.risk.list(&self.market);
    }

    /// Shows the manager another quote of the order's market.
    pub(super) fn see(&mut self, change: impl FnOnce(&mut Quote)) {
        change(&mut self.quote);
        self.risk.on_quote(&self.quote);
    }

    /// Shows a book, in prices of 1/10,000 dollar, in which the order joins the bid.
    pub(super) fn book(&mut self, bid: Price, ask: Price) {
        self.relist(|market| market.ticks = Ticks::every(Price(1)));
        self.see(|quote| (quote.bid, quote.ask) = (Some(bid), Some(ask)));
        self.order.price = bid;
    }

    /// Adopts a position in market `id` that can lose `cost`.
    pub(super) fn hold(&mut self, id: u32, cost: Usd) {
        let contracts = (cost.0 / Usd::dollars(1).0).saturating_mul(2) + 1;
        self.adopt(id, Qty::contracts(contracts), cost);
    }

    /// Opens a position of a cent in a market of its own, the one of this number beyond those that orders are made in.
    pub(super) fn open_other(&mut self, number: u32) {
        let id = 4 + number;
        self.list(id);
        self.adopt(id, Qty::ONE, Usd::CENT);
    }

    /// Adopts a position of `qty` in market `id`, bought for `cost`.
    pub(super) fn adopt(&mut self, id: u32, qty: Qty, cost: Usd) {
        // One that is out of range is not adopted: then nothing is refused, which is told.
        let _ = self.risk.adopt_position(SlotId(0), MarketId(id), qty, cost);
    }

    /// Checks the order; returns the code of the refusal, if it is refused. The next order has the next number.
    pub(super) fn check(&mut self) -> Option<String> {
        let order = self.order.clone();
        self.order.id = OrderId(order.id.0 + 1);
        let funds = Funds { available: self.cash, cost: EntryCost::NONE };
        let context = CheckContext { now: self.now, market: &self.market, quote: &self.quote, funds };
        match self.risk.check(order, &context) {
            // It goes nowhere: what it claims stays claimed, as by an order on its way.
            Ok(_) => None,
            Err(refused) => Some(refused.verdict.code),
        }
    }

    /// Returns the order that was checked last.
    fn last(&self) -> Order {
        Order { id: OrderId(self.order.id.0 - 1), ..self.order.clone() }
    }

    /// Checks the order and fills it.
    pub(super) fn trade(&mut self) {
        if self.check().is_none() {
            let order = self.last();
            let fill = Fill::at_price(order.id, self.now, order.price, order.qty, Usd::ZERO, false);
            self.risk.on_fill(&order, &fill);
        }
    }

    /// Checks the order and ends it.
    pub(super) fn end(&mut self, state: OrderState) {
        if self.check().is_none() {
            let order = self.last();
            self.risk.on_closed(&order, self.now, state);
        }
    }

    /// Lets a round trip of the slot lose a cent.
    pub(super) fn lose(&mut self) {
        self.risk.on_trade(&Trade {
            slot: SlotId(0),
            market: MarketId(0),
            side: Side::Buy,
            qty: Qty::ONE,
            opened: NOON,
            closed: NOON,
            entry_price: PRICE,
            exit_price: BID,
            fees: Usd::ZERO,
            net: Usd(-Usd::CENT.0),
            settled: false,
        });
    }

    /// Lets equity fall by `amount` from the capital.
    pub(super) fn fall(&mut self, amount: Usd) {
        self.risk.on_equity(self.now, CAPITAL - amount);
    }

    pub(super) fn command(&mut self, command: &Command) {
        self.risk.command(command);
    }
}
