//! Orders in the form that the venue took until it closed `POST /portfolio/orders`: action and side, whole cents.

use serde::Deserialize;
use serde_json::{Value, json};

use super::request::{CreateOrder, WireRequest};
use crate::server::error::ApiError;
use crate::venue::NewOrder;

/// A new order of the former form.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LegacyOrder {
    ticker: Option<String>,
    client_order_id: Option<String>,
    /// `buy` or `sell`.
    action: Option<String>,
    /// `yes` or `no`.
    side: Option<String>,
    /// Contracts.
    count: Option<i64>,
    /// In cents; one of the two.
    yes_price: Option<i64>,
    no_price: Option<i64>,
    time_in_force: Option<String>,
    post_only: Option<bool>,
    reduce_only: Option<bool>,
    subaccount: Option<i64>,
}

impl WireRequest for LegacyOrder {
    const NAME: &'static str = "CreateOrderRequest";
}

impl LegacyOrder {
    /// Reads the order: a price of NO is the complement of one of YES, and who sells NO bids for YES.
    ///
    /// # Errors
    /// A field is missing, or cannot be what it is.
    pub fn read(&self) -> Result<NewOrder, ApiError> {
        let is_yes = match self.side.as_deref() {
            Some("yes") => true,
            Some("no") => false,
            _ => return Err(ApiError::missing("side")),
        };
        let is_buy = match self.action.as_deref() {
            Some("buy") => true,
            Some("sell") => false,
            _ => return Err(ApiError::missing("action")),
        };
        let cents = match (self.yes_price, self.no_price) {
            (Some(yes), None) => yes,
            (None, Some(no)) => 100_i64.saturating_sub(no),
            _ => return Err(ApiError::missing("yes_price")),
        };
        // Off the grid either way; the venue's word for it is that of the present form.
        let cents = cents.clamp(0, 100);
        let order: Value = json!({
            "ticker": self.ticker,
            "client_order_id": self.client_order_id,
            "side": if is_buy == is_yes { "bid" } else { "ask" },
            "count": self.count.map(|count| format!("{count}.00")),
            "price": format!("{}.{:02}00", cents / 100, cents % 100),
            "time_in_force": self.time_in_force.as_deref().unwrap_or("good_till_canceled"),
            "self_trade_prevention_type": "taker_at_cross",
            "post_only": self.post_only,
            "reduce_only": self.reduce_only,
            "subaccount": self.subaccount,
        });
        let order: CreateOrder = serde_json::from_value(order).map_err(|_| ApiError::missing("count"))?;
        order.read()
    }
}
