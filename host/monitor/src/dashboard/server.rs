//! The routes of the dashboard, and what every answer has: a strict policy, no caching, nothing for strangers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use host_live::control::client::ask;
use host_live::control::protocol::{Failure, Reply, Request as ControlRequest};
use host_store::decisions::{self, Decision};
use serde::Deserialize;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::answers::{failed, now, page, waited};
use super::app::App;
use super::browser::{Browser, require_session, welcome};
use super::form::{NoFields, OwnForm, StopForm};
use super::pages::{ClosePage, Dashboard, Login, MarketPage, StopPage};
use super::settings::DashboardSettings;
use super::stream::events;
use super::{market, probes};

/// Longest form, in bytes.
const MOST_FORM_BYTES: usize = 16 * 1024;
/// Longest time until an answer begins: more than the control socket takes to give one.
const LONGEST: Duration = Duration::from_secs(30);
/// Longest note, in characters.
const MOST_NOTE: usize = 2_000;
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const SCRIPT: &str = include_str!("../../assets/pages.js");
const SHEET: &str = include_str!("../../assets/pages.css");
const MANIFEST: &str = include_str!("../../assets/manifest.webmanifest");

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
    let mut response = match is_foreign(&app.settings, &request) {
        true => (StatusCode::MISDIRECTED_REQUEST, "this is not the address of this dashboard\n").into_response(),
        false => timeout(LONGEST, next.run(request)).await.unwrap_or_else(|_| too_slow()),
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

/// Answers a form that does not arrive, or a venue that does not answer.
fn too_slow() -> Response {
    (StatusCode::REQUEST_TIMEOUT, "that took too long: load the page again\n").into_response()
}

/// Returns true if a request is meant for another host, or was sent by a page of another one.
fn is_foreign(settings: &DashboardSettings, request: &Request) -> bool {
    // What comes twice, or is no text, is not what a browser sends: it counts as an empty one.
    let text = |name: header::HeaderName| {
        let mut values = request.headers().get_all(name).iter();
        let first = values.next()?;
        Some(first.to_str().ok().filter(|_| values.next().is_none()).unwrap_or_default())
    };
    let host = text(header::HOST).unwrap_or_default();
    let origin = text(header::ORIGIN).map(|origin| origin.split("://").nth(1).unwrap_or_default());
    // A request may also name the host in its first line.
    !settings.is_own_host(host)
        || request.uri().authority().is_some_and(|named| !settings.is_own_host(named.as_str()))
        || (request.method() != Method::GET && origin.is_some_and(|origin| origin != host))
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
    let Ok(journal) = app.past.look().await else { return failed("the journal could not be read") };
    let (sight, stop) = (app.sight.borrow().clone(), app.source.account().and_then(|(_, stops)| stops.last()));
    page(&Dashboard::new(&app.subject, &sight, stop.as_ref(), journal, (&browser.session, &browser.token)))
}

async fn market_page(State(app): State<Arc<App>>, Path(ticker): Path<String>) -> Response {
    // It reads a week of prices: one at a time.
    let (files, turn) = (app.source.files(), Arc::clone(&app.charts).lock_owned().await);
    let read = move || {
        let _turn = turn;
        market::read(&files, &ticker)
    };
    match waited(read).await {
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

/// Answers whoever wants to stop a run, or to close its positions.
fn ends_elsewhere() -> Response {
    let words = "a paper run has no stop, since nothing can be lost: Ctrl-C where it runs ends it\n";
    (StatusCode::FORBIDDEN, words).into_response()
}

/// A form that asks to be sure: it does nothing without.
#[derive(Debug, Deserialize)]
struct Sure {
    #[serde(default)]
    sure: String,
}

async fn stop(State(app): State<Arc<App>>, StopForm { browser, fields }: StopForm<Sure>) -> Response {
    let Some((_, stops)) = app.source.account() else { return ends_elsewhere() };
    if !fields.sure.is_empty() {
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

async fn close(State(app): State<Arc<App>>, StopForm { browser, fields }: StopForm<Sure>) -> Response {
    let Some((folder, _)) = app.source.account() else { return ends_elsewhere() };
    if fields.sure.is_empty() {
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

#[derive(Debug, Deserialize)]
struct NoteFields {
    text: String,
}

async fn note(State(app): State<Arc<App>>, StopForm { browser, fields }: StopForm<NoteFields>) -> Response {
    let text = fields.text.trim().to_owned();
    if text.is_empty() || text.chars().count() > MOST_NOTE {
        return (StatusCode::BAD_REQUEST, "a note has 1 to 2,000 characters\n").into_response();
    }
    let folder = app.source.folder().to_owned();
    let who = format!("{} (dashboard)", browser.session.name);
    let decision = Decision { time: now(), who, what: "note".to_owned(), text, about: None };
    match waited(move || decisions::add(&folder, &decision)).await {
        Ok(()) => {
            app.past.renew().await;
            Redirect::to("/#journal").into_response()
        }
        Err(why) => failed(&why),
    }
}

async fn logout(State(app): State<Arc<App>>, OwnForm { browser, .. }: OwnForm<NoFields>) -> Response {
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
        Ok(Some(token)) => welcome(&app.settings, &token),
        Ok(None) => {
            let failure = "That code is not known, was used, or is older than five minutes. Make a new one.";
            let mut response = page(&Login::new(&app.subject, failure));
            *response.status_mut() = StatusCode::FORBIDDEN;
            response
        }
        Err(why) => failed(&why),
    }
}
