//! The swaps that a restart keeps: the command line still names the component from before.

use std::collections::BTreeMap;

use host_sandbox::digest;
use host_session::start::Started;
use host_store::journal::Journal;
use host_store::live::account_meta;
use serde::{Deserialize, Serialize};

use crate::account_dir::{AccountDir, is_there};

/// The store's name for it.
pub const SWAPPED_IN: &str = "swapped_in";

/// A strategy that took over a slot while the host ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SwappedIn {
    /// Digest of the component that the host was started with.
    pub given: String,
    /// The strategy in its place.
    pub started: Started,
    /// The component's bytes are in the journal; filled when it is read for a start.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// Returns the strategies that have taken over slots of the account in `folder`, by the slots' names; none if its
/// journal cannot be read, which is what a start then says.
///
/// # Errors
/// The journal lacks a component.
pub fn swapped_in(folder: &AccountDir) -> Result<BTreeMap<String, SwappedIn>, String> {
    if !is_there(&folder.journal()) {
        return Ok(BTreeMap::new());
    }
    let kept: Option<BTreeMap<String, SwappedIn>> = account_meta(folder.path(), SWAPPED_IN).unwrap_or_default();
    let (Some(mut found), Ok(journal)) = (kept, Journal::open(folder.journal())) else { return Ok(BTreeMap::new()) };
    for (slot, swapped) in &mut found {
        let sha256 = &swapped.started.sha256;
        let bytes = journal.component(sha256).map_err(|error| error.to_string())?;
        swapped.bytes = bytes.ok_or_else(|| format!("it lacks the component {sha256} of slot {slot}"))?;
        // What a file calls itself is no proof of what it holds.
        if digest(&swapped.bytes) != *sha256 {
            return Err(format!("its component of slot {slot} is damaged: its SHA-256 is not {sha256}"));
        }
    }
    Ok(found)
}
