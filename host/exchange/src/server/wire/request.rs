//! Requests of members. All fields are optional in the parser, so that a missing one can be reported in the venue's
//! format; only JSON of the wrong type is unreadable.

use host_core::{Price, Qty, Side, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::decimal;
use crate::server::error::ApiError;
use crate::venue::{
    AccountId, Amendment, Expiration, InvalidOrder, NewOrder, Reduction, Resource, SelfTradePrevention, TimeInForce,
    VenueError,
};

/// A request with a body.
pub trait WireRequest {
    /// The venue's name of it, which its decoder's errors state.
    const NAME: &'static str;
}

impl WireRequest for CreateOrder {
    const NAME: &'static str = "CreateOrderV2Request";
}

impl WireRequest for CreateBatch {
    const NAME: &'static str = "BatchCreateOrdersV2Request";
}

impl WireRequest for CancelBatch {
    const NAME: &'static str = "BatchCancelOrdersV2Request";
}

impl WireRequest for AmendOrder {
    const NAME: &'static str = "AmendOrderV2Request";
}

impl WireRequest for DecreaseOrder {
    const NAME: &'static str = "DecreaseOrderV2Request";
}

impl WireRequest for GroupLimit {
    const NAME: &'static str = "CreateOrderGroupRequest";
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct CreateOrder {
    ticker: Option<String>,
    client_order_id: Option<String>,
    side: Option<String>,
    count: Option<String>,
    price: Option<String>,
    expiration_time: Option<i64>,
    time_in_force: Option<String>,
    post_only: Option<bool>,
    self_trade_prevention_type: Option<String>,
    cancel_order_on_pause: Option<bool>,
    reduce_only: Option<bool>,
    subaccount: Option<i64>,
    order_group_id: Option<String>,
}

/// Several new orders.
#[derive(Clone, Debug, Deserialize)]
pub struct CreateBatch {
    /// In the order of creation.
    pub orders: Option<Vec<CreateOrder>>,
}

/// Several orders to cancel.
#[derive(Clone, Debug, Deserialize)]
pub struct CancelBatch {
    /// In the order of cancelling.
    pub orders: Option<Vec<CancelOrder>>,
}

/// One order to cancel.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct CancelOrder {
    pub order_id: Option<String>,
    /// Must be the order's subaccount.
    pub subaccount: Option<i64>,
}

/// Changes to an order.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AmendOrder {
    ticker: Option<String>,
    side: Option<String>,
    price: Option<String>,
    count: Option<String>,
    client_order_id: Option<String>,
    updated_client_order_id: Option<String>,
    expiration_time: Option<i64>,
}

/// Reduction of an order's size; exactly one field must be set.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct DecreaseOrder {
    reduce_by: Option<String>,
    reduce_to: Option<String>,
}

/// A new order group, or a group's new limit.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct GroupLimit {
    contracts_limit: Option<i64>,
    contracts_limit_fp: Option<String>,
    subaccount: Option<i64>,
}

impl CreateOrder {
    pub fn client_order_id(&self) -> Option<&str> {
        self.client_order_id.as_deref()
    }

    /// Converts the request into the venue's type.
    ///
    /// # Errors
    /// 400 if something is missing or invalid; 404 for an impossible order group id.
    pub fn read(&self) -> Result<NewOrder, ApiError> {
        let expires = self.expiration_time.map(from_seconds);
        let time_in_force = match required(self.time_in_force.as_deref(), "time_in_force")? {
            "good_till_canceled" => TimeInForce::GoodTillCanceled(expires),
            _ if expires.is_some() => return Err(refused(InvalidOrder::ExpirationNeedsGoodTillCanceled)),
            "immediate_or_cancel" => TimeInForce::ImmediateOrCancel,
            "fill_or_kill" => TimeInForce::FillOrKill,
            _ => return Err(ApiError::invalid_order("invalid time_in_force")),
        };
        let prevention = required(self.self_trade_prevention_type.as_deref(), "self_trade_prevention_type")?;
        Ok(NewOrder {
            ticker: required(self.ticker.as_deref(), "ticker")?.to_owned(),
            client_order_id: self.client_order_id.clone().unwrap_or_default(),
            side: read_side(self.side.as_deref())?,
            price: read_price(self.price.as_deref())?,
            count: read_count(self.count.as_deref(), "count")?,
            time_in_force,
            post_only: self.post_only.unwrap_or(false),
            reduce_only: self.reduce_only.unwrap_or(false),
            self_trade_prevention: match prevention {
                "taker_at_cross" => SelfTradePrevention::TakerAtCross,
                "maker" => SelfTradePrevention::Maker,
                _ => return Err(ApiError::invalid_order("invalid self_trade_prevention_type")),
            },
            cancel_on_pause: self.cancel_order_on_pause.unwrap_or(false),
            subaccount: read_subaccount(self.subaccount)?.unwrap_or(0),
            group: self.order_group_id.as_deref().filter(|id| !id.is_empty()).map(read_group_id).transpose()?,
        })
    }
}

impl AmendOrder {
    /// Converts the request into the venue's type. An expiration of 0 clears the order's.
    ///
    /// # Errors
    /// 400 if something is missing or invalid.
    pub fn read(&self) -> Result<Amendment, ApiError> {
        Ok(Amendment {
            ticker: required(self.ticker.as_deref(), "ticker")?.to_owned(),
            side: read_side(self.side.as_deref())?,
            price: read_price(self.price.as_deref())?,
            count: read_count(self.count.as_deref(), "count")?,
            client_order_id: self.client_order_id.clone().filter(|id| !id.is_empty()),
            updated_client_order_id: self.updated_client_order_id.clone().filter(|id| !id.is_empty()),
            expiration: match self.expiration_time {
                None => Expiration::Keep,
                Some(0) => Expiration::Clear,
                Some(seconds) => Expiration::At(from_seconds(seconds)),
            },
        })
    }
}

impl DecreaseOrder {
    /// Converts the request into the venue's type.
    ///
    /// # Errors
    /// 400 unless exactly one of the two is given, and is a number of contracts.
    pub fn read(&self) -> Result<Reduction, ApiError> {
        match (&self.reduce_by, &self.reduce_to) {
            (Some(by), None) => read_count(Some(by), "reduce_by").map(Reduction::By),
            (None, Some(to)) => read_count(Some(to), "reduce_to").map(Reduction::To),
            _ => Err(ApiError::invalid_order("exactly one of reduce_by and reduce_to must be given")),
        }
    }
}

impl GroupLimit {
    /// Returns the limit, in contracts within 15 seconds.
    ///
    /// # Errors
    /// 400 if the limit is missing or invalid, or is given in both formats with different values.
    pub fn limit(&self) -> Result<Qty, ApiError> {
        let none = |name: &str| ApiError::bad_request(format!("{name} is no number of contracts"));
        let whole = self.contracts_limit.map(|whole| whole.checked_mul(Qty::ONE.0).map(Qty));
        let whole = whole.map(|limit| limit.ok_or_else(|| none("contracts_limit"))).transpose()?;
        let decimal = self.contracts_limit_fp.as_deref().map(|text| decimal::read(text, 2).map(Qty::hundredths));
        let decimal = decimal.map(|limit| limit.ok_or_else(|| none("contracts_limit_fp"))).transpose()?;
        match (decimal, whole) {
            (Some(decimal), Some(whole)) if decimal != whole => {
                Err(ApiError::bad_request("contracts_limit and contracts_limit_fp must match"))
            }
            (Some(limit), _) | (None, Some(limit)) => Ok(limit),
            (None, None) => Err(ApiError::missing("contracts_limit")),
        }
    }

    /// Returns the group's subaccount; the primary one by default.
    ///
    /// # Errors
    /// 400 outside 0..63.
    pub fn subaccount(&self) -> Result<u8, ApiError> {
        Ok(read_subaccount(self.subaccount)?.unwrap_or(0))
    }
}

/// Parses an order id; text that is not an id counts as not found.
///
/// # Errors
/// 404 for text that is not an id.
pub fn read_order_id(text: &str) -> Result<Uuid, ApiError> {
    Uuid::parse_str(text).map_err(|_| VenueError::NotFound(Resource::Order).into())
}

/// Parses an order group id; text that is not an id counts as not found.
///
/// # Errors
/// 404 for text that is not an id.
pub fn read_group_id(text: &str) -> Result<Uuid, ApiError> {
    Uuid::parse_str(text).map_err(|_| VenueError::NotFound(Resource::OrderGroup).into())
}

/// Checks a subaccount number, if given.
///
/// # Errors
/// 400 outside 0..63.
pub fn read_subaccount(number: Option<i64>) -> Result<Option<u8>, ApiError> {
    let number = number.map(u8::try_from).transpose().ok();
    let known = number.filter(|number| number.is_none_or(|number| number <= AccountId::LAST_SUBACCOUNT));
    known.ok_or_else(|| refused(InvalidOrder::Subaccount))
}

fn required<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, ApiError> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| ApiError::missing(name))
}

fn refused(rule: InvalidOrder) -> ApiError {
    VenueError::InvalidOrder(rule).into()
}

const fn from_seconds(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(1_000_000_000))
}

fn read_side(text: Option<&str>) -> Result<Side, ApiError> {
    match text {
        Some("bid") => Ok(Side::Buy),
        Some("ask") => Ok(Side::Sell),
        Some(_) => Err(ApiError::invalid_order("side must be bid or ask")),
        None => Err(ApiError::invalid_order("side is required")),
    }
}

fn read_price(text: Option<&str>) -> Result<Price, ApiError> {
    let text = text.ok_or_else(|| ApiError::invalid_order("price is required"))?;
    let units = decimal::read(text, 4).and_then(|units| i32::try_from(units).ok());
    units.map(Price).ok_or_else(|| VenueError::InvalidPrice.into())
}

fn read_count(text: Option<&str>, name: &str) -> Result<Qty, ApiError> {
    let text = text.ok_or_else(|| ApiError::invalid_order(format!("{name} is required")))?;
    let count = decimal::read(text, 2).map(Qty::hundredths);
    count.ok_or_else(|| ApiError::invalid_order(format!("{name} must be a number with at most 2 decimals")))
}
