//! The queue of requests that take effect later than their sender was told.

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::middleware::Next;
use host_core::Timestamp;
use serde::Serialize;

/// Waiting requests, and counts of those that have taken effect.
#[derive(Debug, Default)]
pub(super) struct LateRequests {
    /// By due time, then by arrival.
    waiting: Vec<LateRequest>,
    count: LateCount,
}

#[derive(Debug)]
pub(super) struct LateRequest {
    pub(super) due: Timestamp,
    pub(super) parts: Parts,
    pub(super) body: Bytes,
    pub(super) next: Next,
}

/// Numbers of requests that were accepted late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LateCount {
    /// Requests that succeeded when they took effect.
    pub accepted: u64,
    /// Requests that were refused when they took effect.
    pub refused: u64,
    /// Requests still to take effect.
    pub waiting: u64,
}

impl LateRequests {
    pub(super) fn count(&self) -> LateCount {
        LateCount { waiting: self.waiting.len() as u64, ..self.count }
    }

    pub(super) fn push(&mut self, request: LateRequest) {
        let index = self.waiting.partition_point(|waiting| waiting.due <= request.due);
        self.waiting.insert(index, request);
    }

    /// Removes and returns the first request due by `now`.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<LateRequest> {
        let is_due = self.waiting.first().is_some_and(|first| first.due <= now);
        is_due.then(|| self.waiting.remove(0))
    }

    /// Counts a request that has taken effect.
    pub(super) const fn record(&mut self, is_success: bool) {
        match is_success {
            true => self.count.accepted += 1,
            false => self.count.refused += 1,
        }
    }
}
