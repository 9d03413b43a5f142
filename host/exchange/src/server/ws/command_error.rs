//! Refusals of commands, with the venue's codes and messages.

use serde_json::{Value, json};

/// A refused command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommandError {
    code: u32,
    message: &'static str,
    /// Market that the refusal is about.
    ticker: Option<String>,
}

const fn error(code: u32, message: &'static str) -> CommandError {
    CommandError { code, message, ticker: None }
}

impl CommandError {
    pub(super) const UNREADABLE: CommandError = error(1, "Unable to process message");
    pub(super) const PARAMS: CommandError = error(2, "Params required");
    pub(super) const CHANNELS: CommandError = error(3, "Channels required");
    pub(super) const SIDS: CommandError = error(4, "Subscription IDs required");
    pub(super) const COMMAND: CommandError = error(5, "Unknown command");
    pub(super) const SID: CommandError = error(7, "Unknown subscription ID");
    pub(super) const CHANNEL: CommandError = error(8, "Unknown channel name");
    pub(super) const PARAMETER: CommandError = error(11, "Invalid parameter");
    pub(super) const ONE_SID: CommandError = error(12, "Exactly one subscription ID is required");
    pub(super) const UNSUPPORTED: CommandError = error(13, "Unsupported action");
    pub(super) const MARKET_REQUIRED: CommandError = error(14, "Market Ticker required");
    pub(super) const ACTION: CommandError = error(15, "SubscriptionAction required");
    /// Ends the connection, because the reader is too slow.
    pub(super) const OVERFLOW: CommandError = error(25, "Subscription buffer overflow");
    pub(super) const TOO_MANY_MARKETS: CommandError = error(26, "Subscription market limit exceeded");
    pub(super) const TOO_MANY_COMMANDS: CommandError = error(27, "WsCommand rate limit exceeded");

    /// There is no such market.
    pub(super) fn market(ticker: &str) -> CommandError {
        CommandError { ticker: Some(ticker.to_owned()), ..error(16, "Market not found") }
    }

    /// Returns the error message for the client.
    pub(super) fn message(&self) -> Value {
        let mut body = json!({ "code": self.code, "msg": self.message });
        if let Some(ticker) = &self.ticker {
            body["market_ticker"] = ticker.as_str().into();
        }
        json!({ "type": "error", "msg": body })
    }
}
