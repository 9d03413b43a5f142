//! The routes of the dashboard, and what every answer has: a strict policy, no caching, nothing for strangers.

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::{Stream, stream};
use host_core::Timestamp;
use host_live::control::client::ask;
use host_live::control::protocol::{Failure, Reply, Request as ControlRequest};
use host_store::decisions::{self, Decision};
use host_system::clock;
use serde::Deserialize;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::access::{Scope, Session, is_form_token};
use super::app::App;
use super::pages::{ClosePage, Dashboard, Login, MarketPage, StopPage};
use super::settings::DashboardSettings;
use super::watch::Sight;
use super::{market, past, probes};

/// Most browsers that are kept up to date at once; more reload by hand.
const MOST_WATCHERS: usize = 200;
/// Longest form, in bytes.
const MOST_FORM_BYTES: usize = 16 * 1024;
/// Longest note, in characters.
const MOST_NOTE: usize = 2_000;
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const SCRIPT: &str = include_str!("../../assets/pages.js");
const SHEET: &str = include_str!("../../assets/pages.css");
const MANIFEST: &str = include_str!("../../assets/manifest.webmanifest");
/// Name of the cookie, with and without TLS. The prefix makes browsers insist on TLS and on this host.
const COOKIES: [&str; 2] = ["__Host-host-session", "host-session"];

/// Returns all routes.
pub fn routes(app: Arc<App>) -> Router {
    let signed_in = Router::new()
        .route("/", get(dashboard))
        .route("/stop", get(stop_page).post(stop))
        .route("/market/{ticker}", get(market_page))
        .route("/close", get(close_page).post(close))
        .route("/note", post(note))
        .route("/logout", post(logout))
        .route("/events", get(events))
        .layer(middleware::from_fn_with_state(app.clone(), require_session));
    Router::new()
        .merge(signed_in)
        .route("/login", get(login_page).post(login))
        .route("/metrics", get(probes::metrics))
        .route("/healthz", get(probes::health))
        .route("/readyz", get(probes::ready))
        .route("/pages.css", get(sheet))
        .route("/pages.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT) }))
        .route("/icon.svg", get(icon))
        .route("/manifest.webmanifest", get(manifest))
        .fallback(|| async { (StatusCode::NOT_FOUND, "there is no such page\n") })
        .layer(axum::extract::DefaultBodyLimit::max(MOST_FORM_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// Refuses requests that another site has sent, and gives every answer the headers of all.
async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = match is_foreign(&app.settings, request.method(), request.headers()) {
        true => (StatusCode::MISDIRECTED_REQUEST, "this is not the address of this dashboard\n").into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    // Not `no-referrer`: with that, browsers hide the origin of their own forms.
    set(header::REFERRER_POLICY, "same-origin");
    set(header::CACHE_CONTROL, "no-store");
    set(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    response
}

/// Returns true if a request is meant for another host, or was sent by a page of another one.
fn is_foreign(settings: &DashboardSettings, method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let origin = text(header::ORIGIN).map(|origin| origin.split("://").nth(1).unwrap_or_default());
    !settings.is_own_host(host) || (*method != Method::GET && origin.is_some_and(|origin| origin != host))
}

/// A signed-in browser.
#[derive(Clone, Debug)]
struct Browser {
    session: Session,
    token: String,
}

/// Lets only those in who are signed in; others are led to the page to sign in.
async fn require_session(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let token = cookie(request.headers()).map(str::to_owned);
    let Some(token) = token else { return Redirect::to("/login").into_response() };
    let (access, wanted) = (app.access.clone(), token.clone());
    match waited(move || access.session(&wanted, now())).await {
        Ok(Some(session)) => {
            request.extensions_mut().insert(Browser { session, token });
            next.run(request).await
        }
        Ok(None) => Redirect::to("/login").into_response(),
        Err(why) => failed(&why),
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split("; ")).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| COOKIES.contains(name)).map(|(_, token)| token)
}

/// Runs `work`, which reads or writes files, where it holds up no other answer.
async fn waited<T: Send + 'static, E: Display + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, String> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

fn failed(why: &str) -> Response {
    tracing::error!("dashboard: {why}");
    (StatusCode::INTERNAL_SERVER_ERROR, format!("this page cannot be shown: {why}\n")).into_response()
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => failed(&error.to_string()),
    }
}

fn now() -> Timestamp {
    Timestamp(clock::unix_nanos())
}

async fn sheet(State(app): State<Arc<App>>) -> Response {
    let stale = app.sight.borrow().frame.stale_seconds;
    ([(header::CONTENT_TYPE, "text/css")], SHEET.replace("STALE", &format!("{stale:.0}"))).into_response()
}

async fn icon(State(app): State<Arc<App>>) -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], app.subject.mode.icon()).into_response()
}

async fn manifest(State(app): State<Arc<App>>) -> Response {
    let manifest = MANIFEST.replace("NAME", app.subject.mode.app_name());
    ([(header::CONTENT_TYPE, "application/manifest+json")], manifest).into_response()
}

async fn dashboard(State(app): State<Arc<App>>, browser: axum::Extension<Browser>) -> Response {
    let files = app.source.files();
    let Ok(journal) = spawn_blocking(move || past::read(&files)).await else {
        return failed("the journal could not be read");
    };
    let (sight, stop) = (app.sight.borrow().clone(), app.source.account().and_then(|(_, stops)| stops.last()));
    page(&Dashboard::new(&app.subject, &sight, stop.as_ref(), journal, (&browser.session, &browser.token)))
}

async fn market_page(State(app): State<Arc<App>>, Path(ticker): Path<String>) -> Response {
    let files = app.source.files();
    match waited(move || market::read(&files, &ticker)).await {
        Ok(Some(found)) => page(&MarketPage::new(&app.subject, &app.sight.borrow().clone(), found)),
        Ok(None) => (StatusCode::NOT_FOUND, "there is no such market\n").into_response(),
        Err(why) => failed(&why),
    }
}

async fn stop_page(State(app): State<Arc<App>>, browser: axum::Extension<Browser>) -> Response {
    let Some((_, stops)) = app.source.account() else { return ends_elsewhere() };
    let (sight, stop) = (app.sight.borrow().clone(), stops.last());
    page(&StopPage::new(&app.subject, &sight, stop.as_ref(), (&browser.session, &browser.token)))
}

/// Returns the answer to whoever wants to stop a run, or to close its positions.
fn ends_elsewhere() -> Response {
    let words = "a paper run has no stop, since nothing can be lost: Ctrl-C where it runs ends it\n";
    (StatusCode::FORBIDDEN, words).into_response()
}

/// The form that stops, and those that change something else.
#[derive(Debug, Deserialize)]
struct Word {
    token: String,
    #[serde(default)]
    sure: String,
    #[serde(default)]
    text: String,
}

/// Returns the answer to whoever may not do that: no token of the form, or no permission.
fn refused(browser: &Browser, word: &Word) -> Option<Response> {
    if !is_form_token(&word.token, &browser.token) {
        return Some((StatusCode::FORBIDDEN, "the form is too old: load the page again\n").into_response());
    }
    (browser.session.scope != Scope::Kill)
        .then(|| (StatusCode::FORBIDDEN, "your session may look, not stop\n").into_response())
}

async fn stop(
    State(app): State<Arc<App>>,
    axum::Extension(browser): axum::Extension<Browser>,
    Form(word): Form<Word>,
) -> Response {
    let Some((_, stops)) = app.source.account() else { return ends_elsewhere() };
    if let Some(refused) = refused(&browser, &word) {
        return refused;
    }
    if !word.sure.is_empty() {
        stops.begin(&browser.session.name);
    }
    Redirect::to("/stop").into_response()
}

async fn close_page(State(app): State<Arc<App>>, browser: axum::Extension<Browser>) -> Response {
    if app.source.account().is_none() {
        return ends_elsewhere();
    }
    let sight = app.sight.borrow().clone();
    page(&ClosePage::new(&app.subject, &sight, "", (&browser.session, &browser.token)))
}

async fn close(
    State(app): State<Arc<App>>,
    axum::Extension(browser): axum::Extension<Browser>,
    Form(word): Form<Word>,
) -> Response {
    let Some((folder, _)) = app.source.account() else { return ends_elsewhere() };
    if let Some(refused) = refused(&browser, &word) {
        return refused;
    }
    if word.sure.is_empty() {
        return Redirect::to("/close").into_response();
    }
    let by = format!("{} (dashboard)", browser.session.name);
    let request = ControlRequest::Close { reason: "closed from the dashboard".to_owned(), by };
    let folder = folder.clone();
    let told = match spawn_blocking(move || ask(&folder, &request, &mut |_| {})).await {
        Ok(Ok(Reply::Done(_))) => return Redirect::to("/").into_response(),
        Ok(Ok(Reply::Failed(Failure { message, causes, .. }))) => format!("{message}: {}", causes.join("; ")),
        Ok(Ok(_)) => "the host's answer does not match the request".to_owned(),
        Ok(Err(_)) => "no host answers, so nothing can close the positions".to_owned(),
        Err(error) => error.to_string(),
    };
    let sight = app.sight.borrow().clone();
    page(&ClosePage::new(&app.subject, &sight, &told, (&browser.session, &browser.token)))
}

async fn note(
    State(app): State<Arc<App>>,
    axum::Extension(browser): axum::Extension<Browser>,
    Form(word): Form<Word>,
) -> Response {
    if let Some(refused) = refused(&browser, &word) {
        return refused;
    }
    let text = word.text.trim().to_owned();
    if text.is_empty() || text.chars().count() > MOST_NOTE {
        return (StatusCode::BAD_REQUEST, "a note has 1 to 2,000 characters\n").into_response();
    }
    let folder = app.source.folder().to_owned();
    let who = format!("{} (dashboard)", browser.session.name);
    let decision = Decision { time: now(), who, what: "note".to_owned(), text, about: None };
    match waited(move || decisions::add(&folder, &decision)).await {
        Ok(()) => Redirect::to("/#journal").into_response(),
        Err(why) => failed(&why),
    }
}

async fn logout(
    State(app): State<Arc<App>>,
    axum::Extension(browser): axum::Extension<Browser>,
    Form(word): Form<Word>,
) -> Response {
    if !is_form_token(&word.token, &browser.token) {
        return (StatusCode::FORBIDDEN, "the form is too old: load the page again\n").into_response();
    }
    let (access, number) = (app.access.clone(), browser.session.number);
    match waited(move || access.sign_out(number, now())).await {
        Ok(()) => Redirect::to("/login").into_response(),
        Err(why) => failed(&why),
    }
}

async fn login_page(State(app): State<Arc<App>>) -> Response {
    page(&Login::new(&app.subject, ""))
}

#[derive(Debug, Deserialize)]
struct Given {
    code: String,
}

async fn login(State(app): State<Arc<App>>, Form(given): Form<Given>) -> Response {
    if let Err(wait) = app.attempts.take() {
        let seconds = wait.as_secs() + 1;
        let failure = format!("Too many attempts: try again in {seconds} s.");
        let mut response = page(&Login::new(&app.subject, &failure));
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return response;
    }
    let access = app.access.clone();
    match waited(move || access.sign_in(&given.code, now())).await {
        Ok(Some(token)) => signed_in(&app.settings, &token),
        Ok(None) => {
            let failure = "That code is not known, was used, or is older than five minutes. Make a new one.";
            let mut response = page(&Login::new(&app.subject, failure));
            *response.status_mut() = StatusCode::FORBIDDEN;
            response
        }
        Err(why) => failed(&why),
    }
}

fn signed_in(settings: &DashboardSettings, token: &str) -> Response {
    let (name, secure) = if settings.is_secure() { (COOKIES[0], "; Secure") } else { (COOKIES[1], "") };
    let cookie = format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000{secure}");
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

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

async fn events(State(app): State<Arc<App>>, browser: axum::Extension<Browser>) -> Response {
    if app.watchers.fetch_add(1, Ordering::SeqCst) >= MOST_WATCHERS {
        app.watchers.fetch_sub(1, Ordering::SeqCst);
        return (StatusCode::SERVICE_UNAVAILABLE, "too many browsers follow this host\n").into_response();
    }
    let updates = updates(Watcher { app, token: browser.token.clone() });
    Sse::new(updates).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

/// Returns the updates of one browser: each time the parts that have changed since the one before. A browser that does
/// not read gets the latest when it reads again: nothing piles up for it. One that is signed out gets no more.
fn updates(watcher: Watcher) -> impl Stream<Item = Result<Event, Infallible>> {
    let sight = watcher.app.sight.clone();
    let begun: Arc<Sight> = sight.borrow().clone();
    stream::unfold((watcher, sight, begun), |(watcher, mut sight, before)| async move {
        sight.changed().await.ok()?;
        if !watcher.may_look().await {
            return None;
        }
        let latest = sight.borrow_and_update().clone();
        let changed = latest.frame.fragments.iter().filter(|part| before.frame.part(part.id) != part.html);
        let parts: serde_json::Map<_, _> = changed.map(|part| (part.id.to_owned(), part.html.clone().into())).collect();
        // The page around the parts is another one: silent, stopped, or over.
        let reload = !latest.has_the_frame_of(&before);
        let update = json!({ "parts": parts, "age": latest.frame.age_seconds, "reload": reload });
        Some((Ok(Event::default().data(update.to_string())), (watcher, sight, latest)))
    })
}
