//! Requests that take effect later than their sender was told.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::middleware::Next;
use host_core::Timestamp;

use super::{Faults, LateCount};
use crate::server::clock::Clock;

/// Those that wait, and what became of the others.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// By the time at which they take effect; those of one time in the order in which they came.
    waiting: Vec<Waiting>,
    count: LateCount,
}

#[derive(Debug)]
struct Waiting {
    due: Timestamp,
    parts: Parts,
    body: Bytes,
    next: Next,
}

impl Late {
    pub(super) fn count(&self) -> LateCount {
        LateCount { waiting: self.waiting.len() as u64, ..self.count }
    }

    fn pop(&mut self, now: Timestamp) -> Option<Waiting> {
        let is_due = self.waiting.first().is_some_and(|first| first.due <= now);
        is_due.then(|| self.waiting.remove(0))
    }
}

impl Faults {
    /// Lets a request take effect at `due`.
    pub(super) fn postpone(&self, due: Timestamp, parts: Parts, body: Bytes, next: Next) {
        let sent = self.now();
        let mut late = self.late();
        let place = late.waiting.partition_point(|waiting| waiting.due <= due);
        late.waiting.insert(place, Waiting { due, parts, body, next });
        drop(late);
        // A clock that stands still is moved by a request, which looks here first.
        if let Clock::Running { speed, .. } = self.0.shared.clock() {
            let wait = Duration::try_from_secs_f64((due - sent).as_seconds() / speed).unwrap_or_default();
            let faults = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                faults.accept_late(due).await;
            });
        }
    }

    /// Lets everything take effect that is due by `now`, each at its own time.
    pub(in crate::server) async fn accept_late(&self, now: Timestamp) {
        loop {
            // Not held while a request runs.
            let Some(waiting) = self.late().pop(now) else { return };
            self.0.shared.clock().step_to(waiting.due);
            // Its extensions have what time it was when it was signed and sent.
            let request = Request::from_parts(waiting.parts, waiting.body.into());
            let answer = waiting.next.run(request).await;
            let count = &mut self.late().count;
            match answer.status().is_success() {
                true => count.accepted += 1,
                false => count.refused += 1,
            }
        }
    }
}
