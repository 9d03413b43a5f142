//! The comparison of the books: what an audit brought, against what the host believes.
//!
//! Only what differs twice in a row, with all fills booked, is told: then only orders that reduce a position leave, until a
//! clean audit or a person releases it.

use std::collections::BTreeMap;

use host_core::{Command, Qty, Usd};

use super::io::Account;
use super::reconcile::{Baseline, Difference, View, by_ticker, claims, compare};
use super::shell::Shell;
use crate::error::Result;

/// In place of a reason, before the first clean audit.
pub(super) const NOT_YET: &str = "not compared with the venue since the start";

impl Shell {
    /// Compares an account with what the host believes.
    pub(super) fn on_audited(&mut self, account: &Account) -> Result<()> {
        if self.book_fills(&account.fills, None)? || !self.settling.is_empty() || self.desk.has_sent() {
            // Something is on its way: both sides will agree on what it is a moment later.
            self.timers.look_at(self.now());
            self.timers.audit_at(self.soon());
            return Ok(());
        }
        let venue = View {
            cash: account.balance.cash,
            claims: claims(&account.orders),
            positions: by_ticker(&account.positions),
            orders: account.orders.iter().map(|order| order.order_id.clone()).collect(),
        };
        let host = self.view();
        let baseline = match self.audit.baseline.take() {
            Some(baseline) => baseline,
            None => self.keep_baseline(Baseline::of(&venue, self.engine.portfolio().cash()))?,
        };
        let differences = compare(&host, &venue, &baseline);
        self.audit.baseline = Some(baseline);
        self.judge(differences)
    }

    /// What the host believes.
    fn view(&self) -> View {
        let portfolio = self.engine.portfolio();
        let mut positions: BTreeMap<String, Qty> = BTreeMap::new();
        for (market, _, position) in portfolio.positions() {
            *positions.entry(self.markets.ticker(market).to_owned()).or_default() += position.qty;
        }
        positions.retain(|_, qty| !qty.is_zero());
        View {
            cash: portfolio.cash(),
            claims: Usd::ZERO,
            positions,
            orders: self.desk.venue_ids().map(ToOwned::to_owned).collect(),
        }
    }

    fn judge(&mut self, differences: Vec<Difference>) -> Result<()> {
        let now = self.now();
        self.audit.last = Some((now, differences.clone()));
        if self.audit.accept && !differences.is_empty() {
            self.audit.accept = false;
            let mut baseline = self.audit.baseline.take().unwrap_or_default();
            baseline.accept(&differences);
            self.audit.baseline = Some(self.keep_baseline(baseline)?);
            self.note_audit(now, "accepted", &differences)?;
            self.audit.differed = Vec::new();
            self.timers.audit_at(self.soon());
            return Ok(());
        }
        if differences.is_empty() {
            self.audit.accept = false;
            if self.audit.latched {
                self.audit.latched = false;
                self.command(Command::Reconciled { time: now })?;
            }
            if !self.audit.differed.is_empty() {
                self.voice.say(now, "the books agree with the venue's again");
            }
            (self.audit.differed, self.audit.told) = (Vec::new(), Vec::new());
            return self.note_audit(now, "clean", &[]);
        }
        let confirmed = self.audit.differed == differences;
        if !confirmed {
            // A market that has just paid out is no mismatch: it is asked after at once, not only at the next poll.
            let tickers: Vec<String> =
                differences.iter().filter_map(Difference::ticker).map(ToOwned::to_owned).collect();
            if !tickers.is_empty() {
                self.venue.watch(tickers);
            }
            self.audit.differed = differences;
            self.timers.look_at(now);
            self.timers.audit_at(self.soon());
            return Ok(());
        }
        let reason = differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        if !self.audit.latched {
            self.audit.latched = true;
            self.command(Command::Mismatch { time: now, reason: reason.clone() })?;
        }
        if self.audit.told != differences {
            self.voice.alert(now, &format!("the books differ from the venue's: {reason}; `host resume` accepts that"));
            self.audit.told.clone_from(&differences);
        }
        self.note_audit(now, "mismatch", &differences)
    }
}
