//! A version of a strategy that has been checked, and waits for its time.

use host_core::{Strategy, Timestamp};
use host_sandbox::trust::Signer;
use host_sandbox::{Settings, StrategyComponent};
use host_session::start::{NamedSlot, Started};

use super::seats::Seat;
use crate::control::protocol::SwapOrder;
use crate::lines::LineDrawer;

/// A version that may take over a slot.
#[derive(Clone, Debug)]
pub struct SwapCandidate {
    pub slot: NamedSlot,
    pub component: StrategyComponent,
    /// The component's file: exactly the bytes that were checked and compiled.
    pub bytes: Vec<u8>,
    pub settings: Settings,
    /// The content of its `.minisig` file, if it has one.
    pub signature: Option<Vec<u8>>,
    /// The one who vouches for it.
    pub signer: Signer,
    /// The operator's word.
    pub order: SwapOrder,
}

impl SwapCandidate {
    /// Returns the time from which it is to take over.
    pub fn due(&self) -> Timestamp {
        self.order.at.unwrap_or(Timestamp(i64::MIN))
    }

    /// Returns the seat that it will have.
    pub fn seat(&self) -> Seat {
        let SwapCandidate { slot, component, settings, signer, .. } = self.clone();
        Seat { slot, component, settings, signer }
    }

    pub fn started(&self) -> Started {
        Started::of(self.slot.clone(), &self.component, &self.settings)
    }

    /// Starts an instance that is to trade from `now` on, with its lines drawn by `lines`. One that decides in the
    /// shadow draws none.
    ///
    /// # Errors
    /// The reason why it does not start.
    pub fn start(&self, lines: Option<&LineDrawer>, now: Timestamp) -> Result<Box<dyn Strategy>, String> {
        let SwapCandidate { slot, component, settings, order, .. } = self;
        let fresh = component.start(settings).map_err(|error| error.to_string())?;
        Ok(match lines.filter(|_| order.shadow.is_none()) {
            Some(lines) => lines.follow(slot.number, (component, settings), Box::new(fresh), now),
            None => Box::new(fresh),
        })
    }

    /// Returns name, version and the first digits of the digest.
    pub fn name(&self) -> String {
        let StrategyComponent { manifest, digest, .. } = &self.component;
        format!("{} {} ({})", manifest.name, manifest.version, digest.get(..8).unwrap_or(digest))
    }
}
