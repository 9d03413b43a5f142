//! Answers that were true once.

use std::collections::{BTreeMap, VecDeque};

use axum::body::{Body, Bytes};
use axum::http::response::Parts;
use axum::response::Response;
use host_core::{Span, Timestamp};

use super::endpoint::Call;

/// Questions that never come again, such as those that name a time, must not fill the memory.
const MOST_QUESTIONS: usize = 512;
/// Nor must answers: bytes of all bodies.
const MOST_BYTES: usize = 64 << 20;
/// Of each span that answers are remembered for, so many are kept: who asks more often gets one that is a bit older.
const ANSWERS: i64 = 8;

/// What was answered to what; only what rules may ask for.
#[derive(Debug, Default)]
pub(super) struct History {
    answers: BTreeMap<String, VecDeque<Answer>>,
    /// Of all bodies in it.
    bytes: usize,
}

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
        if self.answers.len() >= MOST_QUESTIONS {
            self.retain(|answers| answers.back().is_some_and(|last| last.time > now - age - age));
        }
        if self.answers.len() >= MOST_QUESTIONS {
            self.retain(|_| false);
        }
        let answers = self.answers.entry(key(call)).or_default();
        if answers.back().is_some_and(|last| last.time > now - Span(age.0 / ANSWERS)) {
            return;
        }
        answers.push_back(Answer { time: now, parts: parts.clone(), body: body.clone() });
        self.bytes += body.len();
        while answers.get(1).is_some_and(|second| second.time <= now - age) {
            self.bytes -= answers.pop_front().map_or(0, |answer| answer.body.len());
        }
        while self.bytes > MOST_BYTES {
            self.forget_oldest();
        }
    }

    fn retain(&mut self, is_kept: impl Fn(&VecDeque<Answer>) -> bool) {
        self.answers.retain(|_, answers| is_kept(answers));
        self.bytes = self.answers.values().flatten().map(|answer| answer.body.len()).sum();
    }

    fn forget_oldest(&mut self) {
        let oldest = self.answers.values_mut().filter(|answers| !answers.is_empty());
        let oldest = oldest.min_by_key(|answers| answers.front().map(|answer| answer.time));
        let forgotten = oldest.and_then(VecDeque::pop_front);
        self.bytes = forgotten.map_or(0, |answer| self.bytes - answer.body.len());
    }

    /// The last answer to the same question that is not younger than `upto`.
    pub(super) fn recall(&self, call: &Call, upto: Timestamp) -> Option<Response> {
        let answer = self.answers.get(&key(call))?.iter().rev().find(|answer| answer.time <= upto)?;
        Some(Response::from_parts(answer.parts.clone(), Body::from(answer.body.clone())))
    }
}

fn key(call: &Call) -> String {
    format!("{}?{}", call.path, call.query)
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, StatusCode};

    use super::super::endpoint::Group;
    use super::*;

    fn call(number: usize) -> Call {
        Call {
            method: Method::GET,
            path: "/markets".into(),
            query: format!("limit={number}"),
            group: Group::MarketData,
        }
    }

    /// Keeps answers of so many bytes to so many questions, each a second apart, for a minute.
    fn filled(bytes: usize, questions: usize) -> (History, Timestamp) {
        let (mut history, body) = (History::default(), Bytes::from(vec![b' '; bytes]));
        let (parts, ()) = Response::<()>::new(()).into_parts();
        assert_eq!(parts.status, StatusCode::OK);
        let mut now = Timestamp(0);
        for _ in 0..600 {
            (0..questions).for_each(|number| history.keep(&call(number), &parts, &body, now, Span::minutes(1)));
            now = now + Span::seconds(1);
        }
        (history, now)
    }

    #[test]
    fn neither_many_nor_large_answers_fill_the_memory() {
        let check = |bytes: usize, questions: usize, is_remembered: bool| {
            let (history, now) = filled(bytes, questions);
            let kept: usize = history.answers.values().flatten().map(|answer| answer.body.len()).sum();
            assert_eq!(kept, history.bytes, "{bytes} {questions}");
            assert!(kept <= MOST_BYTES, "{kept}");
            assert!(history.answers.values().all(|answers| answers.len() <= ANSWERS as usize + 2));
            let recalled = history.recall(&call(0), now - Span::minutes(1));
            assert_eq!(recalled.is_some(), is_remembered, "{bytes} {questions}");
        };
        check(1 << 20, 5, true);
        check(1 << 20, 40, false);
        check(65 << 20, 1, false);
    }
}
