//! The checks, in the order in which [`RefusalCode`] declares them. They stop at the first failure.

use std::fmt::{self, Display};

use crate::money::{Price, Qty, Usd};
use crate::order::{Intent, Order, Side};
use crate::quote::Quote;
use crate::record::{TradingState, Verdict};
use crate::strategy::SlotId;
use crate::time::{Span, Timestamp};

use super::limits::WhenUnknown;
use super::manager::{CheckContext, Funds, RiskManager};
use super::refusal_code::RefusalCode::{self, *};

/// The largest quantity of an order that anybody can mean: its product with a price stays within 64 bits.
pub const LARGEST_ORDER: Qty = Qty::contracts(900_000_000);

/// The log of passed checks.
enum VerdictLog {
    /// Nothing is logged: texts are formatted only for the check that fails.
    Off,
    /// All passed checks are logged.
    On(Vec<Verdict>),
}

impl VerdictLog {
    /// Logs a check that `holds`.
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
        let verdict = || code.verdict(value, limit);
        match self {
            _ if !holds => return Err(verdict()),
            VerdictLog::Off => {}
            VerdictLog::On(verdicts) => verdicts.push(verdict()),
        }
        Ok(())
    }
}

/// A slot's own limit, as a verdict names it. Formatted only for verdicts that are kept.
struct OfSlot<'a, L> {
    limit: L,
    slot: &'a str,
}

impl<L: Display> Display for OfSlot<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of slot {}", self.limit, self.slot)
    }
}

type CheckResult = Result<(), Verdict>;

impl RiskManager {
    /// Runs all checks and returns those that `order` passed.
    ///
    /// # Errors
    /// The first check that failed.
    pub(super) fn verdicts(&mut self, order: &Order, context: &CheckContext<'_>) -> Result<Vec<Verdict>, Verdict> {
        // The same order is often refused again and again, and formatting the passed checks would cost more than the
        // checks themselves. So the first pass logs nothing.
        self.check_all(order, context, &mut VerdictLog::Off)?;
        let mut log = VerdictLog::On(Vec::with_capacity(RefusalCode::ALL.len()));
        self.check_all(order, context, &mut log)?;
        match log {
            VerdictLog::Off => Ok(Vec::new()),
            VerdictLog::On(verdicts) => Ok(verdicts),
        }
    }

    /// Runs all checks. Running them twice has the same result.
    fn check_all(&mut self, order: &Order, context: &CheckContext<'_>, log: &mut VerdictLog) -> CheckResult {
        self.check_not(TradingState::Halted, Halted, log)?;
        self.check_market(order, context, log)?;
        self.check_order(order, context, log)?;
        match order.intent {
            Intent::Exit => {
                self.check_exit_quote(order, context, log)?;
                self.check_traffic(order, context, log)?;
                self.check_exit(order, log)
            }
            Intent::Entry => {
                self.check_quote(order, context, log)?;
                self.check_traffic(order, context, log)?;
                self.check_may_grow(order, context, log)?;
                self.check_liquidity(order, context, log)?;
                self.check_size(order, log)?;
                check_cash(order, context, log)?;
                self.check_exposure(order, order.qty, order.side.worst_loss(order.price, order.qty), log)?;
                self.check_places(order, log)
            }
        }
    }

    /// Fails if a latch at least as strict as `state` is engaged.
    fn check_not(&self, state: TradingState, code: RefusalCode, log: &mut VerdictLog) -> CheckResult {
        match self.latches.latch(state) {
            Some(latch) => log.require(latch.code(), false, &latch.value, &latch.limit),
            None => log.require(code, true, "no", "no"),
        }
    }

    fn check_market(&self, order: &Order, context: &CheckContext<'_>, log: &mut VerdictLog) -> CheckResult {
        let CheckContext { now, market, quote, .. } = *context;
        let matching = order.market == market.id && order.market == quote.market;
        let allowed = self.exposure.allowed(order.market);
        log.require(UnknownMarket, matching && allowed.is_some(), order.market.0, "listed")?;
        if order.intent == Intent::Entry {
            log.require(MarketNotAllowed, allowed == Some(true), &market.ticker, "in allowed_markets")?;
        }
        if let Some(own) = self.slot_limits(order.slot).filter(|_| order.intent == Intent::Entry)
            && own.markets.is_some()
        {
            log.require(SlotMarket, own.allows(&market.ticker), &market.ticker, self.of_slot(order, "its markets"))?;
        }
        let settled = if self.exposure.settled(order.market) { "settled" } else { "not settled" };
        log.require(MarketClosed, settled == "not settled", settled, "not settled")?;
        if let Some(opens) = market.opens {
            log.require(MarketClosed, now >= opens, now, format_args!("from {opens}"))?;
        }
        if let Some(closes) = market.closes {
            log.require(MarketClosed, now < closes, now, format_args!("before {closes}"))?;
        }
        let disputed = self.latches.disputes(order.market);
        let agreement = if disputed { "in doubt" } else { "agreed" };
        log.require(PositionDisputed, !disputed, agreement, "agreed with the venue")
    }

    fn check_order(&self, order: &Order, context: &CheckContext<'_>, log: &mut VerdictLog) -> CheckResult {
        let Order { price, qty, .. } = *order;
        let ticks = &context.market.ticks;
        log.require(InvalidQuantity, Qty::ZERO < qty && qty <= LARGEST_ORDER, qty, "above 0")?;
        log.require(InvalidPrice, Price::ZERO < price && price < Price::ONE, price, "above 0 and below 1")?;
        log.require(OffTick, ticks.contains(price), price, ticks)
    }

    fn check_quote(&self, order: &Order, context: &CheckContext<'_>, log: &mut VerdictLog) -> CheckResult {
        let CheckContext { now, market, quote, .. } = *context;
        let (bid, ask) = both_sides(quote)?;
        self.check_age(now, quote, log)?;
        log.require(CrossedBook, bid < ask, format_args!("{bid} / {ask}"), "bid below ask")?;
        let on_tick = market.ticks.contains(bid) && market.ticks.contains(ask);
        log.require(QuoteOffTick, on_tick, format_args!("{bid} / {ask}"), &market.ticks)?;
        let clean = self.quote_guard.clean(market.id.index());
        log.require(PriceJump, clean >= self.limits.clean_quotes, clean, self.limits.clean_quotes)?;
        // In micro-dollars, so that half ticks stay exact.
        let off = Usd::micros(i64::from(2 * order.price.0 - (bid + ask).0) * 50).abs();
        let band = self.limits.max_price_deviation;
        log.require(MaxPriceDeviation, off <= band * Qty::ONE, off, band)
    }

    fn check_age(&self, now: Timestamp, quote: &Quote, log: &mut VerdictLog) -> CheckResult {
        let (age, max_age) = (now - quote.time, self.limits.max_quote_age_seconds);
        let fresh = Span::ZERO <= age && age <= max_age;
        log.require(StaleQuote, fresh, seconds(age), seconds(max_age))
    }

    /// An exit needs only one side of a book, however wide, crossed or jumping: the book's own prices are all that a
    /// position can be closed at. Other prices must lie near the book.
    fn check_exit_quote(&self, order: &Order, context: &CheckContext<'_>, log: &mut VerdictLog) -> CheckResult {
        let quote = context.quote;
        let sides = quote.bid.into_iter().chain(quote.ask);
        let (Some(low), Some(high)) = (sides.clone().min(), sides.max()) else {
            return Err(RefusalCode::no_book());
        };
        self.check_age(context.now, quote, log)?;
        let off = (low - order.price).max(order.price - high).max(Price::ZERO);
        log.require(MaxPriceDeviation, off <= self.limits.max_price_deviation, off, self.limits.max_price_deviation)
    }

    fn check_traffic(&mut self, order: &Order, context: &CheckContext<'_>, log: &mut VerdictLog) -> CheckResult {
        let now = context.now;
        self.check_messages(order, now, log)?;
        match self.exposure.crossed_by(order) {
            Some(own) => {
                log.require(SelfMatch, false, order.price, format_args!("own {} at {}", own.side, own.price))?
            }
            None => log.require(SelfMatch, true, order.price, "none")?,
        }
        let reused = self.recent.reused(order);
        let last = reused.map_or_else(|| "any".to_owned(), |last| format!("above {}", last.0));
        log.require(DuplicateOrder, reused.is_none(), order.id.0, last)?;
        if order.intent == Intent::Entry {
            let window = self.limits.duplicate_window_seconds;
            let age = self.recent.age(now, order, window);
            let ago = age.map_or_else(|| "never".to_owned(), |age| seconds(age).to_string());
            log.require(DuplicateOrder, age.is_none(), ago, seconds(window))?;
        }
        Ok(())
    }

    /// A slot with a limit of its own leaves room to the others, and they to it: what they send beyond their shares is
    /// not counted against it.
    fn check_messages(&mut self, order: &Order, now: Timestamp, log: &mut VerdictLog) -> CheckResult {
        let entry = order.intent == Intent::Entry;
        let own = self.slot_limits(order.slot).and_then(|own| {
            let most = if entry {
                own.max_order_messages(self.limits.cancel_share)?
            } else {
                own.max_messages_per_minute? as usize
            };
            Some(most)
        });
        let mut sent = self.messages.count(now);
        if own.is_some() {
            sent -= self.slots.beyond_shares(order.slot, now, &self.limits).min(sent);
        }
        let most = if entry { self.limits.max_order_messages() } else { self.limits.max_messages() };
        log.require(MaxMessages, sent < most, sent + 1, most)?;
        let Some(most) = own else { return Ok(()) };
        let sent = self.slots.share_mut(order.slot).messages.count(now);
        log.require(SlotMessages, sent < most, sent + 1, self.of_slot(order, most))
    }

    /// Returns `limit` as the limit of the order's slot.
    fn of_slot<L: Display>(&self, order: &Order, limit: L) -> OfSlot<'_, L> {
        OfSlot { limit, slot: self.slots.name_of(order.slot) }
    }

    /// Fails if a latch of the order's slot is engaged.
    fn check_slot(&self, order: &Order, log: &mut VerdictLog) -> CheckResult {
        match self.slots.latch(order.slot) {
            Some(latch) => log.require(latch.slot_code(), false, &latch.value, self.of_slot(order, &latch.limit)),
            None => Ok(()),
        }
    }

    /// The order must reduce the position, and must not go beyond flat even if all of the strategy's orders on that
    /// side fill. The venue nets all strategies: what is more than the account holds opens risk there.
    fn check_exit(&self, order: &Order, log: &mut VerdictLog) -> CheckResult {
        let held = -order.side.signed(self.exposure.position(order.slot, order.market));
        let working = self.exposure.working_qty(order.slot, order.market, order.side);
        let left = (held - working).max(Qty::ZERO);
        log.require(ExceedsPosition, order.qty <= left, order.qty, left)?;
        let (grows, loss) = self.exposure.opened_by(order);
        if grows.is_zero() {
            return Ok(());
        }
        self.check_not(TradingState::Reduce, ReduceOnly, log)?;
        self.check_losses_known(order.slot, log)?;
        self.check_exposure(order, grows, loss, log)
    }

    fn check_losses_known(&self, slot: SlotId, log: &mut VerdictLog) -> CheckResult {
        let measures_itself = self.slot_limits(slot).is_some_and(|own| own.max_daily_loss.is_some());
        let is_bounded = |other| self.slot_limits(other).is_some_and(|own| own.max_exposure.is_some());
        let concerns = |other| other == slot || !measures_itself || !is_bounded(other);
        let uncertain = self.uncertain.iter().find(|(other, _)| concerns(*other));
        let known = match (uncertain, self.latches.losses()) {
            (Some((_, uncertain)), _) => Err(uncertain.as_str()),
            (None, None) => Err("unknown"),
            (None, Some(_)) => Ok("known"),
        };
        log.require(EquityUnknown, known.is_ok(), known.unwrap_or_else(|value| value), "known")
    }

    fn check_may_grow(&mut self, order: &Order, context: &CheckContext<'_>, log: &mut VerdictLog) -> CheckResult {
        self.check_not(TradingState::Reduce, ReduceOnly, log)?;
        let pausing = self.pausing_schedule();
        log.require(SchedulePaused, pausing.is_none(), pausing.unwrap_or("no"), "no")?;
        self.check_slot(order, log)?;
        self.check_losses_known(order.slot, log)?;
        let most = self.limits.max_repeated_executions;
        let rounds = self.repeated_executions.next(order.slot, context.now, most);
        log.require(RepeatedExecution, rounds <= most, rounds, most)?;
        let held = self.exposure.position(order.slot, order.market);
        log.require(EntryAgainstPosition, held.0.signum() * order.side.sign() >= 0, held, against(order.side))?;
        self.check_close(context, log)
    }

    fn check_close(&self, context: &CheckContext<'_>, log: &mut VerdictLog) -> CheckResult {
        let least = self.limits.min_time_to_close_seconds;
        match context.market.closes {
            Some(closes) => {
                let left = closes - context.now;
                log.require(NearClose, left > least, seconds(left), seconds(least))
            }
            None => {
                let allowed = self.limits.close_unknown == WhenUnknown::Allow;
                log.require(NearClose, allowed, "unknown", seconds(least))
            }
        }
    }

    fn check_liquidity(&self, order: &Order, context: &CheckContext<'_>, log: &mut VerdictLog) -> CheckResult {
        let (bid, ask) = both_sides(context.quote)?;
        let spread = ask - bid;
        log.require(MinSpread, spread >= self.limits.min_spread, spread, self.limits.min_spread)?;
        log.require(MaxSpread, spread <= self.limits.max_spread, spread, self.limits.max_spread)?;
        let most = self.max_by_volume(context.quote);
        let known = if context.quote.volume.is_some() { "known" } else { "unknown" };
        log.require(VolumeUnknown, most.is_some(), known, "known")?;
        match most.filter(|_| context.quote.volume.is_some()) {
            Some(most) => log.require(MaxVolumeFraction, order.qty <= most, order.qty, most),
            None => Ok(()),
        }
    }

    fn check_size(&self, order: &Order, log: &mut VerdictLog) -> CheckResult {
        let Order { side, price, qty, .. } = *order;
        let limits = &self.limits;
        log.require(MaxOrderSize, qty <= limits.max_order_size, qty, limits.max_order_size)?;
        let loss = side.worst_loss(price, qty);
        log.require(MaxOrderValue, loss <= limits.max_order_value, loss, limits.max_order_value)
    }

    /// Checks the caps on positions and worst-case losses. The order adds `qty` and `loss` to them.
    fn check_exposure(&self, order: &Order, qty: Qty, loss: Usd, log: &mut VerdictLog) -> CheckResult {
        let Order { slot, market, side, .. } = *order;
        let limits = &self.limits;
        let size = self.exposure.side_qty(slot, market, side, order.intent) + qty;
        log.require(MaxPositionSize, size <= limits.max_position_size, size, limits.max_position_size)?;
        for (code, delta, cap) in self.caps(market, side, order.intent).into_iter().flatten() {
            let after = delta.after(loss);
            log.require(code, after <= cap, after, cap)?;
        }
        // An exit takes nothing that its slot can lose.
        if let Some((delta, cap)) = self.slot_cap(slot, market, side).filter(|_| order.intent == Intent::Entry) {
            let after = delta.after(loss);
            log.require(SlotExposure, after <= cap, after, self.of_slot(order, cap))?;
        }
        Ok(())
    }

    fn check_places(&self, order: &Order, log: &mut VerdictLog) -> CheckResult {
        let Order { slot, market, side, qty, .. } = *order;
        let limits = &self.limits;
        let open = self.exposure.open_with(slot, market);
        log.require(MaxOpenPositions, open <= limits.max_open_positions, open, limits.max_open_positions)?;
        if let Some(most) = self.slot_limits(slot).and_then(|own| own.max_open_positions) {
            let open = self.exposure.slot_open_with(slot, market);
            log.require(SlotOpenPositions, open <= most, open, self.of_slot(order, most))?;
        }
        // Last, so that a cap that is used up is reported by its own check.
        let tapered = self.tapered_size(slot, market, side).unwrap_or(Qty::ZERO);
        log.require(SizeTaper, qty <= tapered, qty, tapered)
    }
}

/// An entry is paid with cash. Leaving a position is not.
fn check_cash(order: &Order, context: &CheckContext<'_>, log: &mut VerdictLog) -> CheckResult {
    let Funds { available, cost } = context.funds;
    let needed = cost.most(order.side, order.price, order.qty);
    log.require(InsufficientCash, needed <= available, needed, available)
}

fn both_sides(quote: &Quote) -> Result<(Price, Price), Verdict> {
    let verdict = |value: &str| NoPrice.verdict(value, "a bid and an ask");
    match (quote.bid, quote.ask) {
        (Some(bid), Some(ask)) => Ok((bid, ask)),
        (None, Some(_)) => Err(verdict("no bid")),
        (Some(_), None) => Err(verdict("no ask")),
        (None, None) => Err(verdict("no bid, no ask")),
    }
}

/// Returns a span in seconds, to be formatted only if a text is needed.
fn seconds(span: Span) -> impl Display {
    span.as_seconds()
}

/// Returns the text of the position that an entry on `side` requires.
const fn against(side: Side) -> &'static str {
    match side {
        Side::Buy => "not short",
        Side::Sell => "not long",
    }
}
