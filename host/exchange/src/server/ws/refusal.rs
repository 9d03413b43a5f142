//! Why a command is refused: the venue's numbers and words.

use serde_json::{Value, json};

/// A refused command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: u32,
    message: &'static str,
    /// The market that it is about.
    ticker: Option<String>,
}

const fn refusal(code: u32, message: &'static str) -> Refusal {
    Refusal { code, message, ticker: None }
}

impl Refusal {
    pub(super) const UNREADABLE: Refusal = refusal(1, "Unable to process message");
    pub(super) const PARAMS: Refusal = refusal(2, "Params required");
    pub(super) const CHANNELS: Refusal = refusal(3, "Channels required");
    pub(super) const SIDS: Refusal = refusal(4, "Subscription IDs required");
    pub(super) const COMMAND: Refusal = refusal(5, "Unknown command");
    pub(super) const ALREADY: Refusal = refusal(6, "Already subscribed");
    pub(super) const SID: Refusal = refusal(7, "Unknown subscription ID");
    pub(super) const CHANNEL: Refusal = refusal(8, "Unknown channel name");
    pub(super) const PARAMETER: Refusal = refusal(11, "Invalid parameter");
    pub(super) const ONE_SID: Refusal = refusal(12, "Exactly one subscription ID is required");
    pub(super) const UNSUPPORTED: Refusal = refusal(13, "Unsupported action");
    pub(super) const MARKET_REQUIRED: Refusal = refusal(14, "Market Ticker required");
    pub(super) const ACTION: Refusal = refusal(15, "Action required");
    /// Ends the connection: the reader is too slow.
    pub(super) const OVERFLOW: Refusal = refusal(25, "Subscription buffer overflow");
    pub(super) const TOO_MANY_MARKETS: Refusal = refusal(26, "Subscription market limit exceeded");
    pub(super) const TOO_MANY_COMMANDS: Refusal = refusal(27, "Command rate limit exceeded");

    /// There is no such market.
    pub(super) fn market(ticker: &str) -> Refusal {
        Refusal { ticker: Some(ticker.to_owned()), ..refusal(16, "Market not found") }
    }

    /// The message that says so.
    pub(super) fn message(&self) -> Value {
        let mut inside = json!({ "code": self.code, "msg": self.message });
        if let Some(ticker) = &self.ticker {
            inside["market_ticker"] = ticker.as_str().into();
        }
        json!({ "type": "error", "msg": inside })
    }
}
