//! The stream of updates: each browser that follows gets the parts of the page that have changed.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;
use tokio::sync::watch;

use super::answers::{now, waited};
use super::app::App;
use super::browser::Browser;
use super::watch::Sight;

/// Most browsers that are kept up to date at once; more reload by hand.
pub const MOST_WATCHERS: usize = 200;

/// Time after which a stream without news shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A place among the watchers, which is given back when the browser has gone.
struct Watcher {
    app: Arc<App>,
    token: String,
}

impl Watcher {
    /// Returns true if the browser is signed in still.
    async fn may_look(&self) -> bool {
        let (access, token) = (self.app.access.clone(), self.token.clone());
        waited(move || access.session(&token, now())).await.is_ok_and(|session| session.is_some())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.app.watchers.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers with the stream for one browser.
pub async fn events(State(app): State<Arc<App>>, browser: axum::Extension<Browser>) -> Response {
    if app.watchers.fetch_add(1, Ordering::SeqCst) >= MOST_WATCHERS {
        app.watchers.fetch_sub(1, Ordering::SeqCst);
        return (StatusCode::SERVICE_UNAVAILABLE, "too many browsers follow this host\n").into_response();
    }
    let (updates, watcher) = (Updates::of(app.sight.clone()), Watcher { app, token: browser.token.clone() });
    let stream = stream::unfold((watcher, updates), |(watcher, mut updates)| async move {
        let update = updates.next().await?;
        let event = Ok::<_, Infallible>(Event::default().data(update));
        watcher.may_look().await.then_some((event, (watcher, updates)))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

/// The updates of one browser: each time the parts that have changed since the one before. A browser that does not read
/// gets the latest when it reads again: nothing piles up for it.
#[derive(Debug)]
struct Updates {
    sight: watch::Receiver<Arc<Sight>>,
    before: Arc<Sight>,
}

impl Updates {
    /// Begins with what is seen now.
    fn of(sight: watch::Receiver<Arc<Sight>>) -> Updates {
        let before = sight.borrow().clone();
        Updates { sight, before }
    }

    /// Waits for another look at the host; `None` if nobody looks any more.
    async fn next(&mut self) -> Option<String> {
        self.sight.changed().await.ok()?;
        let latest = self.sight.borrow_and_update().clone();
        let changed = latest.frame.fragments.iter().filter(|part| self.before.frame.part(part.id) != part.html);
        let parts: serde_json::Map<_, _> = changed.map(|part| (part.id.to_owned(), part.html.clone().into())).collect();
        // The page around the parts is another one: silent, stopped, or over.
        let reload = !latest.has_the_frame_of(&self.before);
        let update = json!({ "parts": parts, "age": latest.frame.age_seconds, "reload": reload });
        self.before = latest;
        Some(update.to_string())
    }
}

#[cfg(test)]
mod tests {
    use host_live::control::status::{Identity, PositionLine, Status, StatusView};

    use super::*;
    use crate::dashboard::view::{Fragment, Frame};

    /// A sight whose only part says `text`.
    fn sight(text: &str) -> Arc<Sight> {
        let fragments = vec![Fragment { id: "now", html: text.to_owned() }];
        Arc::new(Sight { frame: Frame { fragments, ..Frame::default() }, ..Sight::default() })
    }

    #[tokio::test]
    async fn a_page_is_loaded_again_once_what_is_around_its_parts_changes() {
        let (look, sees) = watch::channel(sight("first"));
        let mut updates = Updates::of(sees);
        let silent = |words: &str| Sight { silent: Some(words.to_owned()), ..(*sight("first")).clone() };
        let held = Status { positions: vec![PositionLine::default()], ..Status::default() };
        let told = |status: Status| {
            let identity = Identity::of_this_process("kalshi", "alex");
            let status = Some(status);
            let view = StatusView { identity, uptime_seconds: 1.0, killed: None, status, status_age_seconds: 1.0 };
            Sight { view: Some(view), ..(*sight("first")).clone() }
        };
        let mut check = async |seen: Sight, reload: bool| {
            look.send_replace(Arc::new(seen));
            let update = updates.next().await.unwrap();
            assert!(update.contains(&format!("\"reload\":{reload}")), "{update}");
        };
        check(silent("The journal is being read."), true).await;
        check(silent("The journal is being read."), false).await;
        check(silent("It cannot be read."), true).await;
        check(told(Status::default()), true).await;
        check(told(held.clone()), true).await;
        check(told(held), false).await;
        check(told(Status::default()), true).await;
    }

    #[tokio::test]
    async fn who_does_not_read_gets_the_latest_and_nothing_piles_up() {
        let (look, sees) = watch::channel(sight("first"));
        let (mut reads, mut sleeps) = (Updates::of(sees.clone()), Updates::of(sees));
        let mut kept = Vec::new();
        for at in 0..1_000 {
            let seen = sight(&format!("{at} of a thousand"));
            kept.push(Arc::downgrade(&seen));
            look.send_replace(seen);
            assert!(reads.next().await.unwrap().contains(&format!("\"now\":\"{at} of")));
        }
        let alive = kept.iter().filter(|seen| seen.strong_count() > 0).count();
        assert_eq!(alive, 1, "what nobody has read is held");
        assert!(sleeps.next().await.unwrap().contains("999 of a thousand"));
        drop(look);
        assert_eq!(sleeps.next().await, None);
    }
}
