//! JSON bodies, whatever the content type; DELETE requests have them too.
//!
//! A value of the wrong type is refused in the words of the venue's decoder, which name the field.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::server::error::ApiError;
use crate::server::wire::request::WireRequest;

/// Time in which a body must arrive.
const LONGEST_BODY: Duration = Duration::from_secs(30);

/// A parsed body. An empty one counts as an empty object.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + WireRequest> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Body<T>, ApiError> {
        let bytes = timeout(LONGEST_BODY, Bytes::from_request(request, state)).await;
        let bytes = bytes.map_err(|_| ApiError::unreadable("the body did not arrive in time"))?;
        let bytes = bytes.map_err(|error| ApiError::unreadable(error.to_string()))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        read(text).map(Body).map_err(ApiError::unreadable)
    }
}

/// Decodes a request.
///
/// # Errors
/// The reason why it cannot be decoded.
fn read<T: DeserializeOwned + WireRequest>(text: &[u8]) -> Result<T, String> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value: T = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let reason = error.into_inner().to_string();
        mismatch::<T>(&field, &reason).unwrap_or(reason)
    })?;
    json.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// Returns the venue's words for a value of the wrong type at the path `field`, such as `orders[0].count`; `None` for
/// any other `reason`.
fn mismatch<T: WireRequest>(field: &str, reason: &str) -> Option<String> {
    let (found, expected) = reason.strip_prefix("invalid type: ")?.split_once(", expected ")?;
    let found = match found.split_whitespace().next()? {
        "integer" | "floating" => "number",
        "boolean" => "bool",
        "sequence" => "array",
        "map" => "object",
        other => other,
    };
    let kind = match expected.split(" at line").next()? {
        "a string" => "string",
        "a boolean" => "bool",
        "i64" => "int64",
        other => other,
    };
    let is_named = |part: &&str| !part.is_empty() && *part != ".";
    let parts: Vec<&str> = field.split('.').map(|part| part.split('[').next().unwrap_or_default()).collect();
    let path = parts.into_iter().filter(is_named).collect::<Vec<_>>().join(".");
    if path.is_empty() {
        // Fields by their places: the body is a list.
        let found = if field.starts_with('[') { "array" } else { found };
        return Some(format!("json: cannot unmarshal {found} into Go value of type {}", T::NAME));
    }
    Some(format!("json: cannot unmarshal {found} into Go struct field {}.{path} of type {kind}", T::NAME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::wire::request::{CancelBatch, CreateBatch, CreateOrder};

    #[test]
    fn a_value_of_the_wrong_type_is_named_as_the_venue_names_it() {
        fn check<T: DeserializeOwned + WireRequest + std::fmt::Debug>(text: &str, expect: &str) {
            assert_eq!(read::<T>(text.as_bytes()).expect_err(text), format!("json: cannot unmarshal {expect}"));
        }
        let order = "CreateOrderV2Request";
        check::<CreateOrder>(
            r#"{"client_order_id": "a", "count": 1, "price": 0.01}"#,
            &format!("number into Go struct field {order}.count of type string"),
        );
        check::<CreateOrder>(r#"{"price": 0.5}"#, &format!("number into Go struct field {order}.price of type string"));
        check::<CreateOrder>(
            r#"{"post_only": "yes"}"#,
            &format!("string into Go struct field {order}.post_only of type bool"),
        );
        check::<CreateOrder>(
            r#"{"expiration_time": "soon"}"#,
            &format!("string into Go struct field {order}.expiration_time of type int64"),
        );
        check::<CreateOrder>(
            r#"{"ticker": ["A"]}"#,
            &format!("array into Go struct field {order}.ticker of type string"),
        );
        check::<CreateOrder>("[1]", &format!("array into Go value of type {order}"));
        check::<CreateBatch>(
            r#"{"orders": [{"count": true}]}"#,
            "bool into Go struct field BatchCreateOrdersV2Request.orders.count of type string",
        );
        check::<CancelBatch>(
            r#"{"orders": [{}, {"order_id": {}}]}"#,
            "object into Go struct field BatchCancelOrdersV2Request.orders.order_id of type string",
        );
    }

    #[test]
    fn text_that_is_no_json_says_where() {
        let check = |text: &str, expect: &str| {
            assert_eq!(read::<CreateOrder>(text.as_bytes()).expect_err(text), expect);
        };
        check("{", "EOF while parsing an object at line 1 column 1");
        check("{} {}", "trailing characters at line 1 column 4");
    }
}
