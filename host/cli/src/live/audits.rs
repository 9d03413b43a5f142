//! The comparison of the books: what an audit brought, against what the host believes.
//!
//! Only what differs twice in a row, with all fills booked, is told: then only orders that reduce a position leave, and none
//! where the position itself differs, until a clean audit or a person releases it. Before the first comparison none leaves.

use std::collections::BTreeMap;

use host_core::{Command, Disputed, Qty, Span, Usd};
use host_venues::client::Agreement;

use super::io::Account;
use super::preflight::CLOCK_TOLERANCE;
use super::reconcile::{Baseline, Difference, View, by_ticker, claims, compare};
use super::shell::Shell;
use crate::error::Result;

/// So long a payout may wait for fills and orders of its market: after that the books are compared without it.
const PAYOUT: Span = Span::minutes(5);

/// In place of a reason, before the first comparison.
pub(super) const NOT_YET: &str = "not compared with the venue since the start";

impl Shell {
    /// Tells people once when this machine's clock and the venue's part, and when they meet again: at the start they had to agree.
    fn watch_clock(&mut self) {
        let agreement = self.venue.kalshi().skew().map(|time| time.agreement(CLOCK_TOLERANCE));
        let said = match agreement {
            Some(Agreement::Apart(skew)) if !self.audit.clock_is_off => {
                let (by, where_to) = if skew > Span::ZERO { (skew, "ahead of") } else { (skew * -1, "behind") };
                let text = format!(
                    "this machine's clock is {by} {where_to} the venue's: orders expire at other times, and may be refused; set it"
                );
                self.audit.clock_is_off = true;
                Some(text)
            }
            Some(Agreement::Agrees) if self.audit.clock_is_off => {
                self.audit.clock_is_off = false;
                Some("this machine's clock agrees with the venue's again".to_owned())
            }
            _ => None,
        };
        if let Some(text) = said {
            self.voice.alert(self.now(), &text);
        }
    }

    /// Compares an account with what the host believes.
    pub(super) fn on_audited(&mut self, account: &Account) -> Result<()> {
        self.watch_clock();
        let now = self.now();
        let is_settling = self.settling.values().any(|(_, noticed)| now - *noticed < PAYOUT);
        if self.book_fills(&account.fills, None)? || is_settling || self.desk.has_sent() {
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
        self.judge(&host, differences)
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

    fn judge(&mut self, host: &View, differences: Vec<Difference>) -> Result<()> {
        let now = self.now();
        self.audit.last = Some((now, differences.clone()));
        if differences.is_empty() {
            return self.agree();
        }
        if std::mem::take(&mut self.audit.accepted) == differences {
            return self.accept(host, &differences);
        }
        if self.audit.differed != differences {
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
        let markets =
            differences.iter().filter_map(Difference::ticker).filter_map(|ticker| self.markets.number(ticker));
        self.dispute(reason.clone(), Disputed::Markets(markets.collect()))?;
        if self.audit.told != differences {
            self.voice.alert(now, &format!("the books differ from the venue's: {reason}; `host resume` accepts that"));
            self.audit.told.clone_from(&differences);
        }
        self.note_audit(now, "mismatch", &differences)
    }

    /// Tells the engine what is in doubt, unless it knows.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn dispute(&mut self, reason: String, disputed: Disputed) -> Result<()> {
        if self.audit.disputed.as_ref() == Some(&disputed) {
            return Ok(());
        }
        self.audit.disputed = Some(disputed.clone());
        self.command(Command::Mismatch { time: self.now(), reason, disputed })
    }

    /// Nothing differs.
    fn agree(&mut self) -> Result<()> {
        let now = self.now();
        self.audit.accepted.clear();
        if self.audit.disputed.take().is_some() {
            self.command(Command::Reconciled { time: now })?;
        }
        if !self.audit.differed.is_empty() {
            self.voice.say(now, "the books agree with the venue's again");
        }
        (self.audit.differed, self.audit.told) = (Vec::new(), Vec::new());
        self.note_audit(now, "clean", &[])
    }

    /// What differs is a person's, who has said so: it is no difference any more.
    fn accept(&mut self, host: &View, differences: &[Difference]) -> Result<()> {
        let now = self.now();
        let mut baseline = self.audit.baseline.take().unwrap_or_default();
        baseline.accept(differences, host);
        self.audit.baseline = Some(self.keep_baseline(baseline)?);
        let listed = differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        self.voice.say(now, &format!("accepted as yours: {listed}"));
        self.audit.differed = Vec::new();
        self.timers.audit_at(self.soon());
        self.note_audit(now, "accepted", differences)
    }
}
