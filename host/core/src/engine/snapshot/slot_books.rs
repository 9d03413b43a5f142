//! A strategy's positions and fills over journaled records, for one that is brought up to date after a restart.

use crate::portfolio::{Portfolio, PortfolioSnapshot};
use crate::record::Record;
use crate::strategy::{FillView, PositionView, SlotId};

/// The books of one slot, as its strategy was shown them.
#[derive(Clone, Debug)]
pub struct SlotBooks {
    slot: SlotId,
    portfolio: Portfolio,
    fills: Vec<FillView>,
}

impl SlotBooks {
    /// Takes up the account of `portfolio`.
    pub fn new(slot: SlotId, portfolio: PortfolioSnapshot) -> SlotBooks {
        SlotBooks { slot, portfolio: Portfolio::restore(portfolio), fills: Vec::new() }
    }

    /// Books `record`.
    pub fn book(&mut self, record: &Record) {
        match record {
            Record::Filled { slot, market, side, fill, .. } if *slot == self.slot => {
                self.portfolio.on_fill(*slot, *market, *side, fill);
                self.fills.push(fill.view(*market, *side));
            }
            Record::Settled { market, time, outcome } => {
                self.portfolio.on_settled(*market, *time, *outcome);
            }
            _ => {}
        }
    }

    /// Notes a fill that the positions have already.
    pub fn note_fill(&mut self, record: &Record) {
        if let Record::Filled { slot, market, side, fill, .. } = record
            && *slot == self.slot
        {
            self.fills.push(fill.view(*market, *side));
        }
    }

    /// Returns the positions.
    pub fn positions(&self) -> Vec<PositionView> {
        self.portfolio.views(self.slot)
    }

    /// Takes the fills since they were last taken.
    pub fn take_fills(&mut self) -> Vec<FillView> {
        std::mem::take(&mut self.fills)
    }
}
