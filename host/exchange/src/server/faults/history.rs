//! Earlier responses, kept to be served again as stale ones.

use std::collections::{BTreeMap, VecDeque};

use axum::body::{Body, Bytes};
use axum::http::response::Parts;
use axum::response::Response;
use host_core::{Span, Timestamp};

use super::endpoint::ApiCall;

/// Largest number of distinct requests remembered. Requests that never recur, such as those that name a time, must
/// not fill the memory.
const MOST_REQUESTS: usize = 512;
/// Largest total size of all bodies, in bytes.
const MOST_BYTES: usize = 64 << 20;
/// Number of responses kept per memory span. Somebody who asks more often is served a slightly older one.
const RESPONSES: i64 = 8;

/// Earlier responses by request; only those that a rule may need.
#[derive(Debug, Default)]
pub(super) struct ResponseHistory {
    responses: BTreeMap<String, VecDeque<StoredResponse>>,
    /// Total size of all bodies, in bytes.
    bytes: usize,
}

#[derive(Debug)]
struct StoredResponse {
    time: Timestamp,
    parts: Parts,
    body: Bytes,
}

impl ResponseHistory {
    /// Remembers a response while it is younger than `age`, and the last one that is not.
    pub(super) fn keep(&mut self, call: &ApiCall, parts: &Parts, body: &Bytes, now: Timestamp, age: Span) {
        if !parts.status.is_success() {
            return;
        }
        if self.responses.len() >= MOST_REQUESTS {
            self.retain(|responses| responses.back().is_some_and(|last| last.time > now - age - age));
        }
        if self.responses.len() >= MOST_REQUESTS {
            self.retain(|_| false);
        }
        let responses = self.responses.entry(key(call)).or_default();
        if responses.back().is_some_and(|last| last.time > now - Span(age.0 / RESPONSES)) {
            return;
        }
        responses.push_back(StoredResponse { time: now, parts: parts.clone(), body: body.clone() });
        self.bytes += body.len();
        while responses.get(1).is_some_and(|second| second.time <= now - age) {
            self.bytes -= responses.pop_front().map_or(0, |response| response.body.len());
        }
        while self.bytes > MOST_BYTES {
            self.forget_oldest();
        }
    }

    fn retain(&mut self, is_kept: impl Fn(&VecDeque<StoredResponse>) -> bool) {
        self.responses.retain(|_, responses| is_kept(responses));
        self.bytes = self.responses.values().flatten().map(|response| response.body.len()).sum();
    }

    fn forget_oldest(&mut self) {
        let oldest = self.responses.values_mut().filter(|responses| !responses.is_empty());
        let oldest = oldest.min_by_key(|responses| responses.front().map(|response| response.time));
        let forgotten = oldest.and_then(VecDeque::pop_front);
        self.bytes = forgotten.map_or(0, |response| self.bytes - response.body.len());
    }

    /// Returns the latest response to the same request from `upto` or before.
    pub(super) fn recall(&self, call: &ApiCall, upto: Timestamp) -> Option<Response> {
        let response = self.responses.get(&key(call))?.iter().rev().find(|response| response.time <= upto)?;
        Some(Response::from_parts(response.parts.clone(), Body::from(response.body.clone())))
    }
}

fn key(call: &ApiCall) -> String {
    format!("{}?{}", call.path, call.query)
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, StatusCode};

    use super::super::endpoint::EndpointGroup;
    use super::*;

    fn call(number: usize) -> ApiCall {
        ApiCall {
            method: Method::GET,
            path: "/markets".into(),
            query: format!("limit={number}"),
            group: EndpointGroup::MarketData,
        }
    }

    /// Keeps responses of `bytes` to each of `requests` requests, one second apart, for a minute.
    fn filled(bytes: usize, requests: usize) -> (ResponseHistory, Timestamp) {
        let (mut history, body) = (ResponseHistory::default(), Bytes::from(vec![b' '; bytes]));
        let (parts, ()) = Response::<()>::new(()).into_parts();
        assert_eq!(parts.status, StatusCode::OK);
        let mut now = Timestamp(0);
        for _ in 0..600 {
            (0..requests).for_each(|number| history.keep(&call(number), &parts, &body, now, Span::minutes(1)));
            now = now + Span::seconds(1);
        }
        (history, now)
    }

    #[test]
    fn neither_many_nor_large_responses_fill_the_memory() {
        let check = |bytes: usize, requests: usize, is_remembered: bool| {
            let (history, now) = filled(bytes, requests);
            let kept: usize = history.responses.values().flatten().map(|response| response.body.len()).sum();
            assert_eq!(kept, history.bytes, "{bytes} {requests}");
            assert!(kept <= MOST_BYTES, "{kept}");
            assert!(history.responses.values().all(|responses| responses.len() <= RESPONSES as usize + 2));
            let recalled = history.recall(&call(0), now - Span::minutes(1));
            assert_eq!(recalled.is_some(), is_remembered, "{bytes} {requests}");
        };
        check(1 << 20, 5, true);
        check(1 << 20, 40, false);
        check(65 << 20, 1, false);
    }
}
