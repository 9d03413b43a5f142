//! What goes into the engine: the market's rows, the venue's words about orders, and a person's commands.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::market::{Market, MarketId, Settlement};
use crate::order::{Fill, OrderId, OrderState};
use crate::quote::QuotesView;
use crate::time::Timestamp;

/// One thing that the engine is told. Time lives in the events; they arrive in time order.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A market was listed, or changed.
    Market(&'a Market),
    /// One poll: rows that share one time.
    Poll(QuotesView<'a>),
    /// The venue's word about an order.
    Venue(&'a VenueEvent),
    /// A market paid out.
    Settled(Settlement),
    /// A person's command, or the shell's on his behalf.
    Command(&'a Command),
}

/// What a venue, real or embedded, says about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "venue", rename_all = "snake_case")]
pub enum VenueEvent {
    /// It was filled, in full or in part. A full fill needs no `Closed` after it.
    Filled(Fill),
    /// It ended otherwise: [`OrderState::Cancelled`], [`OrderState::Expired`] or [`OrderState::Rejected`].
    Closed {
        /// Which order.
        order: OrderId,
        /// When.
        time: Timestamp,
        /// How it ended.
        state: OrderState,
        /// The venue's words, if any.
        reason: String,
    },
}

/// A person's command, or one of the shell that watches over the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Cancel all orders and let none out until released.
    Kill {
        /// When.
        time: Timestamp,
        /// Why.
        reason: String,
    },
    /// Let only orders out that reduce a position.
    Reduce {
        /// When.
        time: Timestamp,
        /// Why.
        reason: String,
    },
    /// Trade again.
    Resume {
        /// When.
        time: Timestamp,
        /// Why.
        reason: String,
    },
    /// What the venue says of positions or orders does not agree with what the engine has: let only orders out that reduce
    /// a position, until it does, and none at all where the position itself is in doubt.
    Mismatch {
        /// When.
        time: Timestamp,
        /// What differs.
        reason: String,
        /// Which positions are in doubt; replaces what an earlier mismatch said.
        #[serde(default)]
        disputed: Disputed,
    },
    /// The venue and the engine agree again: releases what a mismatch latched, and nothing else.
    Reconciled {
        /// When.
        time: Timestamp,
    },
}

/// Markets in which the engine's position may not be the venue's: an order that should reduce it could open the other side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disputed {
    /// These.
    Markets(BTreeSet<MarketId>),
    /// All of them: nothing has been compared yet.
    Everything,
}

impl Disputed {
    /// Whether the position in `market` is in doubt.
    pub fn contains(&self, market: MarketId) -> bool {
        match self {
            Disputed::Markets(markets) => markets.contains(&market),
            Disputed::Everything => true,
        }
    }
}

impl Default for Disputed {
    fn default() -> Self {
        Disputed::Markets(BTreeSet::new())
    }
}

impl Command {
    /// When it was given.
    pub fn time(&self) -> Timestamp {
        match self {
            Command::Kill { time, .. }
            | Command::Reduce { time, .. }
            | Command::Resume { time, .. }
            | Command::Mismatch { time, .. }
            | Command::Reconciled { time } => *time,
        }
    }
}
