//! The operator's word on what markets have paid, given while no host ran: kept beside the journal until the next start
//! books it.

use std::io;

use host_system::{capped, files};

use super::protocol::SettleOrder;
use crate::account_dir::{AccountDir, is_there};

/// The content of `SETTLED`: a list of orders, each market once.
#[derive(Debug)]
pub struct SettleNotes;

impl SettleNotes {
    /// Adds the operator's word, in place of an earlier one on the same market.
    ///
    /// # Errors
    /// The file cannot be written, or what is in it not be read.
    pub fn add(folder: &AccountDir, order: SettleOrder) -> io::Result<()> {
        let mut orders = SettleNotes::pending(folder)?;
        orders.retain(|other| other.ticker != order.ticker);
        orders.push(order);
        let content = serde_json::to_vec_pretty(&orders).map_err(io::Error::other)?;
        files::replace_durably(&folder.settled(), &content)
    }

    /// Returns the words that wait. To be booked, journaled as the operator's, and then voided.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn pending(folder: &AccountDir) -> io::Result<Vec<SettleOrder>> {
        if !is_there(&folder.settled()) {
            return Ok(Vec::new());
        }
        serde_json::from_slice(&capped::read(&folder.settled(), capped::SETTINGS)?).map_err(io::Error::other)
    }

    /// Removes the file: the words have been heard.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn void(folder: &AccountDir) -> io::Result<()> {
        files::remove_durably(&folder.settled())
    }
}
