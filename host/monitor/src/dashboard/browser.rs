//! A browser that is signed in: its cookie, and the door that lets nobody else in.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::access::Session;
use super::answers::{failed, now, waited};
use super::app::App;
use super::settings::DashboardSettings;

/// A signed-in browser.
#[derive(Clone, Debug)]
pub struct Browser {
    pub session: Session,
    pub token: String,
}

/// Lets only those in who are signed in; others are led to the page to sign in.
pub async fn require_session(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let Some(token) = token(&app.settings, request.headers()) else { return sign_in_first() };
    let (access, wanted) = (app.access.clone(), token.clone());
    match waited(move || access.session(&wanted, now())).await {
        Ok(Some(session)) => {
            request.extensions_mut().insert(Browser { session, token });
            next.run(request).await
        }
        Ok(None) => sign_in_first(),
        Err(why) => failed(&why),
    }
}

/// Leads to the page to sign in.
pub fn sign_in_first() -> Response {
    Redirect::to("/login").into_response()
}

/// Gives the browser its `token`, and leads it to the dashboard.
pub fn welcome(settings: &DashboardSettings, token: &str) -> Response {
    let (name, secure) = (cookie_name(settings), if settings.is_secure() { "; Secure" } else { "" });
    let cookie = format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000{secure}");
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

/// Returns the name of the cookie. With TLS, its prefix makes browsers insist on TLS and on this host, so that no page
/// of a neighbour can set it: the other name counts for nothing then.
fn cookie_name(settings: &DashboardSettings) -> &'static str {
    if settings.is_secure() { "__Host-host-session" } else { "host-session" }
}

/// Returns the token in the cookie. Two that differ are none: one of them was set by somebody else.
fn token(settings: &DashboardSettings, headers: &HeaderMap) -> Option<String> {
    let name = cookie_name(settings);
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let tokens: BTreeSet<&str> = pairs.filter(|(found, _)| *found == name).map(|(_, token)| token).collect();
    let only = (tokens.len() == 1).then(|| tokens.first().copied()).flatten();
    only.map(str::to_owned)
}
