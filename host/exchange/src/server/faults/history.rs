//! Answers that were true once.

use std::collections::{BTreeMap, VecDeque};

use axum::body::{Body, Bytes};
use axum::http::response::Parts;
use axum::response::Response;
use host_core::{Span, Timestamp};

use super::endpoint::Call;

/// Questions that never come again, such as those that name a time, must not fill the memory.
const MOST_QUESTIONS: usize = 512;

/// What was answered to what; only what rules may ask for.
#[derive(Debug, Default)]
pub(super) struct History(BTreeMap<String, VecDeque<Answer>>);

#[derive(Debug)]
struct Answer {
    time: Timestamp,
    parts: Parts,
    body: Bytes,
}

impl History {
    /// Remembers an answer for as long as it is younger than `age`, and the last one that is not.
    pub(super) fn keep(&mut self, call: &Call, parts: &Parts, body: &Bytes, now: Timestamp, age: Span) {
        if !parts.status.is_success() {
            return;
        }
        if self.0.len() >= MOST_QUESTIONS {
            let is_recent = |answers: &VecDeque<Answer>| answers.back().is_some_and(|last| last.time > now - age - age);
            self.0.retain(|_, answers| is_recent(answers));
        }
        if self.0.len() >= MOST_QUESTIONS {
            self.0.clear();
        }
        let answers = self.0.entry(key(call)).or_default();
        answers.push_back(Answer { time: now, parts: parts.clone(), body: body.clone() });
        while answers.get(1).is_some_and(|second| second.time <= now - age) {
            answers.pop_front();
        }
    }

    /// The last answer to the same question that is not younger than `upto`.
    pub(super) fn recall(&self, call: &Call, upto: Timestamp) -> Option<Response> {
        let answer = self.0.get(&key(call))?.iter().rev().find(|answer| answer.time <= upto)?;
        Some(Response::from_parts(answer.parts.clone(), Body::from(answer.body.clone())))
    }
}

fn key(call: &Call) -> String {
    format!("{}?{}", call.path, call.query)
}
