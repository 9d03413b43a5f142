//! The requests that a rule applies to: all, a group of endpoints, or one method and path pattern.

use std::fmt;
use std::str::FromStr;

use axum::http::{Method, Request};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::server::paths::{REST_PREFIX, WEBSOCKET_PATH};

/// Endpoints that tend to fail together at a real venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointGroup {
    /// Reads that need no account.
    MarketData,
    /// Writes that can open a position: create, amend, decrease, batches; and order groups.
    Orders,
    /// Writes that take orders off the book.
    Cancels,
    /// Reads of an account.
    Portfolio,
    /// The upgrade to a WebSocket, and the messages on it.
    WebSocket,
}

const GROUPS: [(&str, EndpointGroup); 5] = [
    ("market-data", EndpointGroup::MarketData),
    ("orders", EndpointGroup::Orders),
    ("cancels", EndpointGroup::Cancels),
    ("portfolio", EndpointGroup::Portfolio),
    ("websocket", EndpointGroup::WebSocket),
];

/// The parts of a request that rules look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiCall {
    pub(super) method: Method,
    /// Path below the API's prefix, such as `/portfolio/fills`.
    pub(super) path: String,
    /// Query string.
    pub(super) query: String,
    pub(super) group: EndpointGroup,
}

impl ApiCall {
    /// Returns `None` for requests not meant for the venue, such as those under `/simulation`.
    pub(super) fn of<B>(request: &Request<B>) -> Option<ApiCall> {
        let (method, path) = (request.method().clone(), request.uri().path());
        let query = request.uri().query().unwrap_or_default().to_owned();
        if path == WEBSOCKET_PATH {
            return Some(ApiCall { method, path: path.to_owned(), query, group: EndpointGroup::WebSocket });
        }
        let path = path.strip_prefix(REST_PREFIX)?.to_owned();
        let group = match (&method, path.starts_with("/portfolio/")) {
            (&Method::GET, true) => EndpointGroup::Portfolio,
            (_, false) => EndpointGroup::MarketData,
            (&Method::DELETE, true) if path.starts_with("/portfolio/events/orders") => EndpointGroup::Cancels,
            _ => EndpointGroup::Orders,
        };
        Some(ApiCall { method, path, query, group })
    }

    /// Returns true if the request changes state at the venue.
    pub(super) fn is_write(&self) -> bool {
        matches!(self.group, EndpointGroup::Orders | EndpointGroup::Cancels)
    }
}

/// A rule's `endpoint`: `*`, a group's name, or `METHOD /path`. The method `*` matches any method; a path segment in
/// braces, as in `GET /portfolio/orders/{id}`, matches anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    text: String,
    pattern: Pattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Everything,
    Group(EndpointGroup),
    Path { method: Option<Method>, parts: Vec<Option<String>> },
}

impl Endpoint {
    /// Returns the pattern that matches all endpoints.
    pub fn everything() -> Endpoint {
        Endpoint { text: "*".to_owned(), pattern: Pattern::Everything }
    }

    /// Returns the pattern that matches a group.
    pub fn group(group: EndpointGroup) -> Endpoint {
        let name = GROUPS.iter().find(|(_, named)| *named == group).map_or("", |(name, _)| name);
        Endpoint { text: name.to_owned(), pattern: Pattern::Group(group) }
    }

    pub(super) fn takes(&self, call: &ApiCall) -> bool {
        match &self.pattern {
            Pattern::Everything => true,
            Pattern::Group(group) => *group == call.group,
            Pattern::Path { method, parts } => {
                let given: Vec<&str> = call.path.split('/').skip(1).collect();
                let is_part = |(part, given): (&Option<String>, &&str)| part.as_ref().is_none_or(|part| part == given);
                method.as_ref().is_none_or(|method| *method == call.method)
                    && parts.len() == given.len()
                    && parts.iter().zip(&given).all(is_part)
            }
        }
    }
}

/// Text that is not an endpoint pattern.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not an endpoint pattern: use `*`, one of market-data, orders, cancels, portfolio, websocket, or a method \
     and a path such as `DELETE /portfolio/events/orders/{{order_id}}`"
)]
pub struct EndpointError(String);

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Endpoint, EndpointError> {
        if text == "*" {
            return Ok(Endpoint::everything());
        }
        if let Some((_, group)) = GROUPS.iter().find(|(name, _)| *name == text) {
            return Ok(Endpoint::group(*group));
        }
        let error = || EndpointError(text.to_owned());
        let (method, path) = text.split_once(' ').ok_or_else(error)?;
        let method = match method {
            "*" => None,
            "GET" | "POST" | "PUT" | "DELETE" => Some(Method::from_str(method).map_err(|_| error())?),
            _ => return Err(error()),
        };
        let path = path.strip_prefix(REST_PREFIX).unwrap_or(path).strip_prefix('/').ok_or_else(error)?;
        let part = |part: &str| (!(part.starts_with('{') && part.ends_with('}'))).then(|| part.to_owned());
        let parts = path.split('/').map(part).collect();
        Ok(Endpoint { text: text.to_owned(), pattern: Pattern::Path { method, parts } })
    }
}

impl TryFrom<String> for Endpoint {
    type Error = EndpointError;

    fn try_from(text: String) -> Result<Endpoint, EndpointError> {
        text.parse()
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> String {
        endpoint.text
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
