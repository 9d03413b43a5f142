//! The checks, in the order in which [`RefusalCode`] declares them. The first that fails ends them.

use std::fmt::Display;

use crate::money::{Price, Qty, Usd};
use crate::order::{Intent, Order, Side};
use crate::quote::Quote;
use crate::record::{TradingState, Verdict};
use crate::time::Span;

use super::code::RefusalCode::{self, *};
use super::limits::WhenUnknown;
use super::manager::{Context, RiskManager};

/// Contracts beyond which a quantity is a fault; keeps every product within 64 bits.
const MAX_SENSIBLE: Qty = Qty::contracts(10_000_000_000);

/// What is noted of the checks that are passed.
enum Sheet {
    /// Nothing: words are made only for the check that fails.
    Blank,
    /// All of them.
    Written(Vec<Verdict>),
}

impl Sheet {
    /// Notes a check that `holds`.
    ///
    /// # Errors
    /// The verdict, if it does not hold.
    fn require(
        &mut self,
        code: RefusalCode,
        holds: bool,
        value: impl Display,
        limit: impl Display,
    ) -> Result<(), Verdict> {
        let verdict = || Verdict { code: code.as_str().to_owned(), value: value.to_string(), limit: limit.to_string() };
        match self {
            _ if !holds => return Err(verdict()),
            Sheet::Blank => {}
            Sheet::Written(verdicts) => verdicts.push(verdict()),
        }
        Ok(())
    }
}

type Checked = Result<(), Verdict>;

impl RiskManager {
    /// Every check that `order` passed.
    ///
    /// # Errors
    /// The first that it failed.
    pub(super) fn verdicts(&mut self, order: &Order, context: &Context<'_>) -> Result<Vec<Verdict>, Verdict> {
        // Most of what is refused is refused again and again: words for what it passed would cost more than the checks.
        self.check_all(order, context, &mut Sheet::Blank)?;
        let mut sheet = Sheet::Written(Vec::with_capacity(RefusalCode::ALL.len()));
        self.check_all(order, context, &mut sheet)?;
        match sheet {
            Sheet::Blank => Ok(Vec::new()),
            Sheet::Written(verdicts) => Ok(verdicts),
        }
    }

    /// All checks; looking twice changes nothing.
    fn check_all(&mut self, order: &Order, context: &Context<'_>, sheet: &mut Sheet) -> Checked {
        self.check_not(TradingState::Halted, Halted, sheet)?;
        self.check_market(order, context, sheet)?;
        self.check_order(order, context, sheet)?;
        self.check_quote(order, context, sheet)?;
        self.check_traffic(order, context, sheet)?;
        match order.intent {
            Intent::Exit => self.check_exit(order, sheet),
            Intent::Entry => {
                self.check_may_grow(order, context, sheet)?;
                self.check_liquidity(order, context, sheet)?;
                self.check_size(order, sheet)?;
                self.check_exposure(order, sheet)
            }
        }
    }

    /// No latch of at least the strictness `state`.
    fn check_not(&self, state: TradingState, code: RefusalCode, sheet: &mut Sheet) -> Checked {
        match self.guard.latch(state) {
            Some(latch) => sheet.require(latch.code(), false, &latch.value, &latch.limit),
            None => sheet.require(code, true, "no", "no"),
        }
    }

    fn check_market(&self, order: &Order, context: &Context<'_>, sheet: &mut Sheet) -> Checked {
        let Context { now, market, quote } = *context;
        let matching = order.market == market.id && order.market == quote.market;
        let allowed = self.ledger.allowed(order.market);
        sheet.require(UnknownMarket, matching && allowed.is_some(), order.market.0, "listed")?;
        sheet.require(MarketNotAllowed, allowed == Some(true), &market.ticker, "in allowed_markets")?;
        let settled = if self.ledger.settled(order.market) { "settled" } else { "not settled" };
        sheet.require(MarketClosed, settled == "not settled", settled, "not settled")?;
        if let Some(opens) = market.opens {
            sheet.require(MarketClosed, now >= opens, now, format_args!("from {opens}"))?;
        }
        if let Some(closes) = market.closes {
            sheet.require(MarketClosed, now < closes, now, format_args!("before {closes}"))?;
        }
        let disputed = self.guard.disputes(order.market);
        let standing = if disputed { "in doubt" } else { "agreed" };
        sheet.require(PositionDisputed, !disputed, standing, "agreed with the venue")
    }

    fn check_order(&self, order: &Order, context: &Context<'_>, sheet: &mut Sheet) -> Checked {
        let Order { price, qty, .. } = *order;
        let ticks = &context.market.ticks;
        sheet.require(InvalidQuantity, Qty::ZERO < qty && qty <= MAX_SENSIBLE, qty, "above 0")?;
        sheet.require(InvalidPrice, Price::ZERO < price && price < Price::ONE, price, "above 0 and below 1")?;
        sheet.require(OffTick, ticks.contains(price), price, ticks)
    }

    fn check_quote(&self, order: &Order, context: &Context<'_>, sheet: &mut Sheet) -> Checked {
        let Context { now, market, quote } = *context;
        let (bid, ask) = both_sides(quote)?;
        let (age, max_age) = (now - quote.time, self.limits.max_quote_age_seconds);
        let fresh = Span::ZERO <= age && age <= max_age;
        sheet.require(StaleQuote, fresh, seconds(age), seconds(max_age))?;
        sheet.require(CrossedBook, bid < ask, format_args!("{bid} / {ask}"), "bid below ask")?;
        let on_tick = market.ticks.contains(bid) && market.ticks.contains(ask);
        sheet.require(QuoteOffTick, on_tick, format_args!("{bid} / {ask}"), &market.ticks)?;
        let clean = self.watch.clean(market.id.index());
        sheet.require(PriceJump, clean >= self.limits.clean_quotes, clean, self.limits.clean_quotes)?;
        // In 1/1,000,000 dollar, so that half ticks stay exact.
        let off = Usd(i64::from(2 * order.price.0 - (bid + ask).0) * 50).abs();
        let band = self.limits.max_price_deviation;
        sheet.require(MaxPriceDeviation, off <= band * Qty::ONE, off, band)
    }

    fn check_traffic(&mut self, order: &Order, context: &Context<'_>, sheet: &mut Sheet) -> Checked {
        let now = context.now;
        let (sent, most) = (self.messages.count(now), self.limits.max_order_messages());
        sheet.require(MaxMessages, sent < most, sent + 1, most)?;
        match self.ledger.crossed_by(order) {
            Some(own) => {
                sheet.require(SelfMatch, false, order.price, format_args!("own {} at {}", own.side, own.price))?
            }
            None => sheet.require(SelfMatch, true, order.price, "none")?,
        }
        let reused = self.recent.reused(order);
        let last = reused.map_or_else(|| "any".to_owned(), |last| format!("above {}", last.0));
        sheet.require(DuplicateOrder, reused.is_none(), order.id.0, last)?;
        if order.intent == Intent::Entry {
            let window = self.limits.duplicate_window_seconds;
            let age = self.recent.age(now, order, window);
            let ago = age.map_or_else(|| "never".to_owned(), |age| seconds(age).to_string());
            sheet.require(DuplicateOrder, age.is_none(), ago, seconds(window))?;
        }
        Ok(())
    }

    /// It reduces, and even if all of the strategy's orders on its side fill, never beyond flat.
    fn check_exit(&self, order: &Order, sheet: &mut Sheet) -> Checked {
        let held = -order.side.sign() * self.ledger.position(order.slot, order.market).0;
        let working = self.ledger.working_qty(order.slot, order.market, order.side);
        let left = Qty((held - working.0).max(0));
        sheet.require(ExceedsPosition, order.qty <= left, order.qty, left)
    }

    fn check_may_grow(&mut self, order: &Order, context: &Context<'_>, sheet: &mut Sheet) -> Checked {
        self.check_not(TradingState::Reduce, ReduceOnly, sheet)?;
        let losses = self.guard.losses();
        let known = if losses.is_some() { "known" } else { "unknown" };
        sheet.require(EquityUnknown, losses.is_some(), known, "known")?;
        let most = self.limits.max_repeated_executions;
        let rounds = self.rounds.next(order.slot, context.now, most);
        sheet.require(RepeatedExecution, rounds <= most, rounds, most)?;
        let held = self.ledger.position(order.slot, order.market);
        sheet.require(EntryAgainstPosition, held.0 * order.side.sign() >= 0, held, against(order.side))?;
        self.check_close(context, sheet)
    }

    fn check_close(&self, context: &Context<'_>, sheet: &mut Sheet) -> Checked {
        let least = self.limits.min_time_to_close_seconds;
        match context.market.closes {
            Some(closes) => {
                let left = closes - context.now;
                sheet.require(NearClose, left > least, seconds(left), seconds(least))
            }
            None => {
                let allowed = self.limits.close_unknown == WhenUnknown::Allow;
                sheet.require(NearClose, allowed, "unknown", seconds(least))
            }
        }
    }

    fn check_liquidity(&self, order: &Order, context: &Context<'_>, sheet: &mut Sheet) -> Checked {
        let (bid, ask) = both_sides(context.quote)?;
        let spread = ask - bid;
        sheet.require(MinSpread, spread >= self.limits.min_spread, spread, self.limits.min_spread)?;
        sheet.require(MaxSpread, spread <= self.limits.max_spread, spread, self.limits.max_spread)?;
        let most = self.max_by_volume(context.quote);
        let known = if context.quote.volume.is_some() { "known" } else { "unknown" };
        sheet.require(VolumeUnknown, most.is_some(), known, "known")?;
        match most.filter(|_| context.quote.volume.is_some()) {
            Some(most) => sheet.require(MaxVolumeFraction, order.qty <= most, order.qty, most),
            None => Ok(()),
        }
    }

    fn check_size(&self, order: &Order, sheet: &mut Sheet) -> Checked {
        let Order { side, price, qty, .. } = *order;
        let limits = &self.limits;
        sheet.require(MaxOrderSize, qty <= limits.max_order_size, qty, limits.max_order_size)?;
        let loss = side.worst_loss(price, qty);
        sheet.require(MaxOrderValue, loss <= limits.max_order_value, loss, limits.max_order_value)
    }

    fn check_exposure(&self, order: &Order, sheet: &mut Sheet) -> Checked {
        let Order { slot, market, side, qty, .. } = *order;
        let limits = &self.limits;
        let size = self.ledger.side_qty(market, side) + qty;
        sheet.require(MaxPositionSize, size <= limits.max_position_size, size, limits.max_position_size)?;
        let loss = side.worst_loss(order.price, qty);
        for (code, growth, cap) in self.caps(market, side).into_iter().flatten() {
            let after = growth.after(loss);
            sheet.require(code, after <= cap, after, cap)?;
        }
        let open = self.ledger.open_with(slot, market);
        sheet.require(MaxOpenPositions, open <= limits.max_open_positions, open, limits.max_open_positions)?;
        // Last, so that a cap that is used up is named by its own check.
        let tapered = self.tapered_size(market, side).unwrap_or(Qty::ZERO);
        sheet.require(SizeTaper, qty <= tapered, qty, tapered)
    }
}

fn both_sides(quote: &Quote) -> Result<(Price, Price), Verdict> {
    let verdict = |value: &str| Verdict {
        code: NoPrice.to_string(),
        value: value.to_owned(),
        limit: "a bid and an ask".to_owned(),
    };
    match (quote.bid, quote.ask) {
        (Some(bid), Some(ask)) => Ok((bid, ask)),
        (None, Some(_)) => Err(verdict("no bid")),
        (Some(_), None) => Err(verdict("no ask")),
        (None, None) => Err(verdict("no bid, no ask")),
    }
}

/// A span in seconds, made into words only if they are wanted.
fn seconds(span: Span) -> impl Display {
    span.as_seconds()
}

/// What may be held before an entry on `side`.
const fn against(side: Side) -> &'static str {
    match side {
        Side::Buy => "not short",
        Side::Sell => "not long",
    }
}
