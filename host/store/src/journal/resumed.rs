//! The body of an event that tells from which state a strategy goes on: a line of JSON, and behind it the state itself,
//! in the strategy's own encoding.

use host_core::engine::ResumedStrategy;
use host_core::strategy::FillView;
use host_core::{MarketId, SavedState, SlotId};
use serde::{Deserialize, Serialize};

/// Everything but the state.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    slot: SlotId,
    schema: String,
    version: u32,
    markets: Vec<MarketId>,
    fills: Vec<FillView>,
}

pub(super) fn encode(resumed: &ResumedStrategy) -> Result<Vec<u8>, serde_json::Error> {
    let ResumedStrategy { slot, state, markets, fills } = resumed.clone();
    let SavedState { schema, version, payload } = state;
    let mut body = serde_json::to_vec(&Head { slot, schema, version, markets, fills })?;
    body.push(b'\n');
    body.extend(payload);
    Ok(body)
}

pub(super) fn decode(body: &[u8]) -> Result<ResumedStrategy, String> {
    let end = body.iter().position(|&byte| byte == b'\n').ok_or("it has no head")?;
    let head = serde_json::from_slice(&body[..end]).map_err(|error| error.to_string())?;
    let Head { slot, schema, version, markets, fills } = head;
    let state = SavedState { schema, version, payload: body[end + 1..].to_vec() };
    Ok(ResumedStrategy { slot, state, markets, fills })
}
