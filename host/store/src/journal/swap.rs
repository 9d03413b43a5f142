//! The body of an event that tells of a swap: a line of JSON, and behind it the state that the new version goes on
//! from, in the strategy's own encoding; nothing, if it was warmed up.

use host_core::engine::ResumedStrategy;
use host_core::strategy::FillView;
use host_core::{MarketId, SavedState, SlotId, Timestamp};
use serde::{Deserialize, Serialize};

use super::events::{Knowledge, Swap, WarmUp};

/// Everything but the state.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SwapHead {
    slot: SlotId,
    time: Timestamp,
    until: Timestamp,
    started: serde_json::Value,
    former: Option<String>,
    reason: String,
    knowledge: KnowledgeHead,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum KnowledgeHead {
    State { schema: String, version: u32, markets: Vec<MarketId>, fills: Vec<FillView> },
    WarmUp(WarmUp),
}

pub(super) fn encode(swap: &Swap) -> Result<Vec<u8>, serde_json::Error> {
    let Swap { slot, time, until, started, former, reason, knowledge } = swap.clone();
    let (knowledge, payload) = match knowledge {
        Knowledge::State(ResumedStrategy { state, markets, fills, .. }) => {
            let SavedState { schema, version, payload } = state;
            (KnowledgeHead::State { schema, version, markets, fills }, payload)
        }
        Knowledge::WarmUp(warm_up) => (KnowledgeHead::WarmUp(warm_up), Vec::new()),
    };
    let mut body = serde_json::to_vec(&SwapHead { slot, time, until, started, former, reason, knowledge })?;
    body.push(b'\n');
    body.extend(payload);
    Ok(body)
}

pub(super) fn decode(body: &[u8]) -> Result<Swap, String> {
    let end = body.iter().position(|&byte| byte == b'\n').ok_or("it has no head")?;
    let head = serde_json::from_slice(&body[..end]).map_err(|error| error.to_string())?;
    let SwapHead { slot, time, until, started, former, reason, knowledge } = head;
    let knowledge = match knowledge {
        KnowledgeHead::State { schema, version, markets, fills } => {
            let state = SavedState { schema, version, payload: body[end + 1..].to_vec() };
            Knowledge::State(ResumedStrategy { slot, state, markets, fills })
        }
        KnowledgeHead::WarmUp(warm_up) => Knowledge::WarmUp(warm_up),
    };
    Ok(Swap { slot, time, until, started, former, reason, knowledge })
}
