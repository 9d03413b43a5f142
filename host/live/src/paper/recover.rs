//! The beginning of a pretend account, and its way back to where its ledger says that it was.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use host_core::{OrderId, OrderState, Timestamp, Usd, VenueEvent};
use host_sim::fill::ExchangeSettings;
use host_store::paper::{LedgerOrder, LedgerOwner, LedgerStep, PaperLedger};

use super::account::{PaperAccount, PaperError, PaperTerms};
use super::convert::{outcome_of, public};
use super::input::Input;
use super::matching::Matching;

/// The reason for the end of orders that a changed fill model cannot go on with.
const CHANGED_TERMS: &str = "orders are filled on other terms now";

impl PaperAccount {
    /// Makes the ledger of `owner` at `path` on `terms`.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(path: &Path, owner: &LedgerOwner, terms: &PaperTerms, time: Timestamp) -> Result<(), PaperError> {
        Ok(PaperLedger::create(path, owner, &serde_json::to_string(&terms.exchange)?, terms.deposit, time)?)
    }

    /// Opens the account of `owner` at `path` to go on with it on `terms`. Returns the number of orders that were ended
    /// because the terms have changed. No other process may go on with it.
    ///
    /// # Errors
    /// It is another's, or it cannot be read or written.
    pub fn open(path: &Path, owner: &LedgerOwner, terms: &PaperTerms) -> Result<(PaperAccount, usize), PaperError> {
        let mut account = PaperAccount { is_caught_up: false, ..PaperAccount::reach(path)? };
        account.ledger.require_owner(owner)?;
        let (former, deposited, _, _) = account.ledger.account()?;
        let text = serde_json::to_string(&terms.exchange)?;
        let is_other = former != text;
        let ended = if is_other { account.end_all()? } else { account.rebuild()? };
        let more = (terms.deposit - deposited).max(Usd::ZERO);
        if is_other || more > Usd::ZERO {
            account.ledger.set_terms(&text, more)?;
            account.settings = terms.exchange.clone();
            account.rebuild()?;
        }
        Ok((account, ended))
    }

    /// Opens the account at `path` as it is: to read it, or to cancel its orders.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn reach(path: &Path) -> Result<PaperAccount, PaperError> {
        let ledger = PaperLedger::open(path)?;
        let (terms, _, _, last) = ledger.account()?;
        let settings: ExchangeSettings = serde_json::from_str(&terms)?;
        let matching = Matching::new(&settings);
        Ok(PaperAccount {
            ledger,
            settings,
            matching,
            seen: HashMap::new(),
            shown_trades: BTreeSet::new(),
            last,
            is_caught_up: true,
            is_stale: true,
        })
    }

    /// Brings the fill model to where the ledger says that it was. Returns the number of orders that were ended,
    /// because a host of another version filled them in another way.
    pub(super) fn rebuild(&mut self) -> Result<usize, PaperError> {
        let (_, _, _, last) = self.ledger.account()?;
        (self.matching, self.last) = (Matching::new(&self.settings), last);
        let working = self.ledger.working()?;
        let by_number: BTreeMap<u64, &LedgerOrder> = working.iter().map(|order| (order.order.id.0, order)).collect();
        let mut events = Vec::new();
        self.shown_trades.clear();
        for (ticker, text) in self.ledger.inputs()? {
            match serde_json::from_str(&text)? {
                Input::Listed { market } => self.matching.list(&market),
                Input::Row { quote } => self.matching.show(&ticker, &quote, &mut events),
                Input::Placed { order, quote } => {
                    let found = match by_number.get(&order.0) {
                        Some(known) => Some((*known).clone()),
                        None => self.ledger.order(order.0)?,
                    };
                    if let Some(known) = found {
                        self.matching.place(&ticker, &known.order, &quote, &mut events);
                    }
                }
                Input::Trade { id, time, price, qty, taker } => {
                    self.matching.trade(&ticker, public(time, price, qty, taker), &mut events);
                    self.shown_trades.insert(id);
                }
                Input::Cancelled { order, time } => self.matching.cancel(order, time, &mut events),
            }
        }
        self.matching.advance(last, &mut events);
        let agrees = |(number, order): (&u64, &&LedgerOrder)| {
            let (filled, has_ended) = outcome_of(&events, OrderId(*number));
            !has_ended && filled == order.filled
        };
        if self.matching.working() == working.len() && by_number.iter().all(agrees) {
            self.is_stale = false;
            return Ok(0);
        }
        self.end_all()
    }

    /// Ends all orders, which the fill model cannot go on with. Returns their number.
    fn end_all(&mut self) -> Result<usize, PaperError> {
        let working = self.ledger.working()?;
        let (_, _, _, time) = self.ledger.account()?;
        let end = |order: &LedgerOrder| VenueEvent::Closed {
            order: order.order.id,
            time,
            state: OrderState::Cancelled,
            reason: CHANGED_TERMS.to_owned(),
        };
        let events: Vec<VenueEvent> = working.iter().map(end).collect();
        let inputs = self.ledger.inputs()?;
        let quiet: BTreeSet<&str> = inputs.iter().map(|(ticker, _)| ticker.as_str()).collect();
        let quiet = quiet.into_iter().collect();
        self.ledger.commit(&LedgerStep { events: &events, quiet, ..LedgerStep::default() }, time)?;
        (self.matching, self.last, self.is_stale) = (Matching::new(&self.settings), time, false);
        Ok(working.len())
    }
}
