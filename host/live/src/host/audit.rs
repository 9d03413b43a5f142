//! The comparison of the books: the account as the venue shows it, against what the host believes.
//!
//! Only what differs twice in a row, with all fills booked, is told: then only orders that reduce a position leave, and
//! none where the position itself differs, until a clean comparison or the operator releases it. Before the first
//! comparison none leaves.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{Command, Disputed, Qty, Span, Timestamp, Usd};
use host_store::live::Reconciliation;
use host_venues::client::Agreement;

use super::LiveHost;
use crate::error::Result;
use crate::notice::{Notice, NoticeCode, Severity};
use crate::preflight::CLOCK_TOLERANCE;
use crate::reconcile::{AccountView, Baseline, Difference, Judgement, by_ticker, claims, compare};
use crate::requests::AccountReading;

impl LiveHost {
    /// Compares an account with what the host believes.
    ///
    /// # Errors
    /// Its result could not be written down.
    pub(super) fn on_audited(&mut self, account: &AccountReading) -> Result<()> {
        let is_settling = self.payouts.is_any_recent(self.requests.now());
        let AccountReading { positions, orders, fills, .. } = account;
        self.tell_unreadable(&[&positions.unreadable, &orders.unreadable, &fills.unreadable]);
        if self.book_fills(&fills.rows, None)? || is_settling || self.orders.has_sent() {
            // Something is on its way: both sides will agree on it a moment later.
            self.timers.look_at(self.requests.now());
            self.timers.audit_at(self.soon());
            return Ok(());
        }
        let venue = self.venue_view(account);
        if self.reconciler.baseline().is_none_or(|baseline| baseline.start.is_none()) {
            let portfolio = self.engine.portfolio();
            let (cash, start) = (portfolio.cash(), portfolio.start());
            if !venue.unreadable.is_empty() && self.reconciler.baseline().is_none() {
                // What a new account holds is the operator's: it must be known in full.
                self.timers.audit_at(self.soon());
                return Ok(());
            }
            let former = self.reconciler.baseline().map(|former| former.at(start));
            self.keep_baseline(former.unwrap_or_else(|| Baseline::of(&venue, cash, start)))?;
        }
        self.fit_capital()?;
        self.sight.on_compared(self.requests.now());
        let (host, baseline) = (self.view(), self.baseline());
        self.judge(&host, &compare(&host, &venue, &baseline), venue.claims == Usd::ZERO)
    }

    /// Returns the part of the account that is not the host's.
    fn baseline(&self) -> Baseline {
        let start = self.engine.portfolio().start();
        self.reconciler.baseline().map(|baseline| baseline.at(start)).unwrap_or_default()
    }

    /// Sets the capital at work to what is configured, as far as the account has it.
    ///
    /// # Errors
    /// It could not be written down.
    fn fit_capital(&mut self) -> Result<()> {
        let (now, start, wanted) = (self.now(), self.engine.portfolio().start(), self.reconciler.capital());
        let capital = self.baseline().capital(start, wanted);
        if capital != start {
            self.command(Command::Capital { time: now, capital })?;
            let text = format!("the capital at work is {} from now on, it was {}", capital.shown(), start.shown());
            self.notices.info(now, NoticeCode::CapitalChanged, text);
        }
        if self.reconciler.note_short(capital) {
            let text = format!(
                "the account has {} of the capital of {}: no more than that can be bought with, and the \
                 limits stay as they are; put money in and `host resume`, or lower capital.target",
                capital.shown(),
                wanted.shown()
            );
            self.notices.warn(now, NoticeCode::CapitalShort, text);
        }
        Ok(())
    }

    /// Tells people once when this machine's clock and the venue's part, and when they agree again: at the start they
    /// had to.
    pub(super) fn watch_clock(&mut self) {
        let Some(time) = self.requests.venue().skew() else { return };
        let (severity, code, text) = match time.agreement(CLOCK_TOLERANCE) {
            Agreement::Apart(skew) if self.reconciler.note_clock(true) => {
                let (by, where_to) = if skew > Span::ZERO { (skew, "ahead of") } else { (skew * -1, "behind") };
                let text = format!(
                    "this machine's clock is {by} {where_to} the venue's: orders expire at other times, and may be \
                     refused; set it"
                );
                (Severity::Alert, NoticeCode::ClockSkew, text)
            }
            Agreement::Agrees if self.reconciler.note_clock(false) => {
                let text = "this machine's clock agrees with the venue's again";
                (Severity::Info, NoticeCode::ClockAgrees, text.to_owned())
            }
            _ => return,
        };
        self.notices.publish(Notice::new(severity, self.now(), code, text));
    }

    /// Returns the account as the venue shows it.
    fn venue_view(&self, account: &AccountReading) -> AccountView {
        let AccountReading { balance, positions, orders, .. } = account;
        // Of an order that cannot be read, the host knows what it can claim if it is the host's.
        let own = self.orders.iter().filter(|own| orders.unreadable.iter().any(|row| own.is_named_by(row)));
        let own = own.map(|own| (own.order.side, own.order.price, own.order.qty - own.filled));
        let read = orders.rows.iter().map(|order| (order.side, order.price, order.remaining));
        let unreadable = orders.unreadable.iter().filter(|row| !row.id.is_empty()).map(|row| row.id.clone());
        AccountView {
            cash: balance.cash,
            claims: claims(read.chain(own)),
            positions: by_ticker(&positions.rows),
            unreadable: positions.unreadable.iter().map(|row| row.id.clone()).collect(),
            orders: orders.rows.iter().map(|order| order.order_id.clone()).chain(unreadable).collect(),
        }
    }

    /// Returns the account as the host believes it to be.
    fn view(&self) -> AccountView {
        let portfolio = self.engine.portfolio();
        let mut positions: BTreeMap<String, Qty> = BTreeMap::new();
        for (market, _, position) in portfolio.positions() {
            *positions.entry(self.feed.markets().ticker(market).to_owned()).or_default() += position.qty;
        }
        positions.retain(|_, qty| !qty.is_zero());
        AccountView {
            cash: portfolio.cash(),
            claims: Usd::ZERO,
            positions,
            unreadable: BTreeSet::new(),
            orders: self.orders.venue_ids().map(ToOwned::to_owned).collect(),
        }
    }

    fn judge(&mut self, host: &AccountView, differences: &[Difference], is_exact: bool) -> Result<()> {
        let now = self.now();
        let judgement = self.reconciler.judge(differences, is_exact, self.requests.now());
        if judgement != Judgement::FirstSeen {
            self.journal.keep_told(self.reconciler.told())?;
        }
        match judgement {
            Judgement::Agreed { ends_dispute, after_difference } => {
                self.end_dispute(ends_dispute)?;
                if after_difference {
                    self.notices.info(now, NoticeCode::BooksAgree, "the books agree with the venue's again");
                }
                self.note_reconciliation(now, "clean", &[])
            }
            Judgement::Accepted => self.accept(host, differences),
            Judgement::CashMoved { amount, ends_dispute } => {
                self.end_dispute(ends_dispute)?;
                self.book_moved_cash(amount)
            }
            Judgement::CashUnclear { ends_dispute } => {
                self.end_dispute(ends_dispute)?;
                if is_exact {
                    self.timers.audit_at(self.soon());
                }
                self.note_reconciliation(now, "cash, not known exactly yet", differences)
            }
            Judgement::FirstSeen => {
                // A market that has just paid out is no mismatch: it is requested at once, not only at the next poll.
                let tickers: Vec<String> =
                    differences.iter().filter_map(Difference::ticker).map(ToOwned::to_owned).collect();
                if !tickers.is_empty() {
                    self.requests.watch(tickers);
                }
                self.timers.look_at(self.requests.now());
                self.timers.audit_at(self.soon());
                Ok(())
            }
            Judgement::Mismatch { is_new } => {
                let reason = listed(differences);
                let tickers = differences.iter().filter_map(Difference::ticker);
                let markets = tickers.filter_map(|ticker| self.feed.markets().number(ticker)).collect();
                self.dispute(reason.clone(), Disputed::Markets(markets))?;
                if is_new {
                    let text = format!("the books differ from the venue's: {reason}; `host resume` accepts that");
                    self.notices.alert(now, NoticeCode::BooksDiffer, text);
                }
                self.note_reconciliation(now, "mismatch", differences)
            }
        }
    }

    fn end_dispute(&mut self, is_over: bool) -> Result<()> {
        match is_over {
            true => self.command(Command::Reconciled { time: self.now() }),
            false => Ok(()),
        }
    }

    /// Books money that came to the account, or left it: it is the operator's, and neither profit nor loss. The next
    /// comparison fits the capital at work to it.
    fn book_moved_cash(&mut self, amount: Usd) -> Result<()> {
        let now = self.now();
        let baseline = self.baseline();
        self.keep_baseline(Baseline { cash: baseline.cash + amount, ..baseline })?;
        self.command(Command::CashMoved { time: now, amount })?;
        match amount > Usd::ZERO {
            true => {
                let text = format!(
                    "{} came to the account: interest or a deposit, booked as yours, no profit",
                    amount.shown()
                );
                self.notices.info(now, NoticeCode::CashMoved, text);
            }
            false => {
                let left = -amount;
                let text =
                    format!("{} left the account: a withdrawal or a charge, booked as yours, no loss", left.shown());
                self.notices.warn(now, NoticeCode::CashMoved, text);
            }
        }
        self.timers.audit_at(self.soon());
        self.note_reconciliation(now, &format!("cash moved by ${amount}"), &[])
    }

    /// Tells the engine what is in doubt, unless it knows.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn dispute(&mut self, reason: String, disputed: Disputed) -> Result<()> {
        match self.reconciler.dispute(&disputed) {
            true => self.command(Command::Mismatch { time: self.now(), reason, disputed }),
            false => Ok(()),
        }
    }

    /// Takes the differences over into the baseline: the operator has said that they are theirs.
    fn accept(&mut self, host: &AccountView, differences: &[Difference]) -> Result<()> {
        let now = self.now();
        let mut baseline = self.baseline();
        baseline.accept(differences, host);
        self.keep_baseline(baseline)?;
        let text = format!("accepted as yours: {}", listed(differences));
        self.notices.info(now, NoticeCode::DifferencesAccepted, text);
        self.timers.audit_at(self.soon());
        self.note_reconciliation(now, "accepted", differences)
    }

    fn keep_baseline(&mut self, baseline: Baseline) -> Result<()> {
        self.journal.keep_baseline(&baseline)?;
        self.reconciler.set_baseline(baseline);
        Ok(())
    }

    /// Writes down how a comparison ended.
    fn note_reconciliation(&mut self, time: Timestamp, how: &str, differences: &[Difference]) -> Result<()> {
        let clean = differences.is_empty();
        let detail = if clean { how.to_owned() } else { format!("{how}: {}", listed(differences)) };
        self.journal.note_reconciliation(&Reconciliation { time, clean, detail })
    }
}

fn listed(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
