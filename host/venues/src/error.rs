//! Errors of reads, orders and cancels, the same for all venues.
//!
//! Writes have three outcomes, never two: accepted, certainly not done, unknown.

use host_core::Timestamp;
use thiserror::Error;

/// A response of the venue that cannot be decoded or contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the venue's answer to {origin} makes no sense: {reason}; it reads `{excerpt}`")]
pub struct MalformedResponse {
    pub reason: String,
    /// Method and path of the request, or the channel of the stream.
    pub origin: String,
    /// The response around the error: printable and short.
    pub excerpt: String,
}

/// A read that returned nothing; it changed nothing at the venue. `request` is the method and path.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The venue refused the request (4xx); asking again would not change that.
    #[error("the venue refused {request}: {status} {code} {message}{}", hint(*.status))]
    Refused {
        request: String,
        /// HTTP status.
        status: u16,
        /// The venue's error code; empty if it gave none.
        code: String,
        message: String,
    },
    /// The venue answered every attempt with an error of its own.
    #[error("the venue failed {request} with {status}, {attempts} times in a row")]
    Failing {
        request: String,
        /// HTTP status of the last attempt.
        status: u16,
        attempts: u32,
    },
    /// No attempt got an answer.
    #[error("the venue could not be reached for {request} ({reason}), {attempts} times in a row; check the network")]
    Unreachable { request: String, reason: String, attempts: u32 },
    /// Every attempt got a response that cannot be decoded.
    #[error(transparent)]
    Malformed(#[from] MalformedResponse),
    /// The circuit breaker is open after too many failures in a row; nothing was sent.
    #[error("the venue failed too often and is left alone until {until}: {request} was not asked")]
    CircuitOpen {
        request: String,
        /// Time at which one request probes the venue again.
        until: Timestamp,
    },
    /// The ledger of a pretend account cannot be read or written; no venue was asked, or its answer is not taken up.
    #[error("the ledger of the pretend account fails: {0}")]
    Ledger(String),
}

fn hint(status: u16) -> &'static str {
    match status {
        401 => "; check the key id, the key file and that this machine's clock is right",
        403 => "; the key may lack the scope for this",
        _ => "",
    }
}

/// An order that was not accepted, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlaceError {
    /// The order never left this machine.
    #[error("the order was not sent: {0}")]
    NotPlaced(String),
    /// The venue could not be reached, so the order never left this machine.
    #[error("the order was not sent, because the venue cannot be reached: {0}")]
    Unreachable(String),
    /// The venue takes no more requests for now (429). That says nothing about the order, which was not placed.
    #[error("the order was not placed, because the venue takes no more requests for now: {0}")]
    Throttled(String),
    /// The venue refused the order.
    #[error("the venue refused the order: {status} {code} {message}")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// The venue's error code; empty if it gave none.
        code: String,
        message: String,
    },
    /// The order may have been placed: look it up by its client order id before anything else.
    #[error("it is unknown whether the order was placed: {0}")]
    OutcomeUnknown(String),
}

/// A cancel that was not confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CancelError {
    /// The venue finds no such working order (404), or says that its market is over. It says the same of orders that
    /// were executed, were cancelled, expired or were placed a moment ago: look the order up before anything is
    /// concluded.
    #[error("the venue finds no such working order")]
    Gone,
    /// The venue refused the cancel: the order still works.
    #[error("the venue refused the cancel: {status} {code} {message}")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// The venue's error code; empty if it gave none.
        code: String,
        message: String,
    },
    /// The cancel may or may not have arrived: send it again, which does no harm.
    #[error("it is unknown whether the cancel arrived: {0}")]
    OutcomeUnknown(String),
}
