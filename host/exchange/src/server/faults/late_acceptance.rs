//! Postpones requests, and lets them take effect when they are due.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::middleware::Next;
use host_core::Timestamp;

use super::late::LateRequest;
use super::state::Faults;
use crate::server::clock::ExchangeClock;

impl Faults {
    /// Lets a request take effect at `due`.
    pub(super) fn postpone(&self, due: Timestamp, parts: Parts, body: Bytes, next: Next) {
        let sent = self.now();
        self.late().push(LateRequest { due, parts, body, next });
        // A stepped clock is moved by a request, and every request accepts what is due first: only a running clock
        // needs a timer.
        if let ExchangeClock::Running { speed, .. } = self.exchange().clock() {
            let wait = Duration::try_from_secs_f64((due - sent).as_seconds() / speed).unwrap_or_default();
            let faults = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                faults.accept_late(due).await;
            });
        }
    }

    /// Lets all requests due by `now` take effect, each at its own time.
    pub(in crate::server) async fn accept_late(&self, now: Timestamp) {
        loop {
            // The lock must not be held while the request runs.
            let Some(waiting) = self.late().pop(now) else { return };
            self.exchange().clock().step_to(waiting.due);
            // The extensions still hold the time at which it was signed and sent.
            let request = Request::from_parts(waiting.parts, waiting.body.into());
            let response = waiting.next.run(request).await;
            self.late().record(response.status().is_success());
        }
    }
}
