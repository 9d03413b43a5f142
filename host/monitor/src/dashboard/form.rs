//! The door through which everything comes that changes something: a form that one of our own pages has sent.
//!
//! A handler takes its fields from [`OwnForm`] or [`StopForm`] and from nothing else, so it cannot forget the check.

use std::sync::Arc;

use axum::extract::{Form, FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::access::{Scope, is_form_token};
use super::app::App;
use super::browser::{Browser, sign_in_first};

/// The fields of a form on a page that was made for this browser: another site can send a request, and does not know
/// the token in it.
#[derive(Debug)]
pub struct OwnForm<T> {
    pub browser: Browser,
    pub fields: T,
}

/// The fields of such a form from a browser that may stop.
#[derive(Debug)]
pub struct StopForm<T> {
    pub browser: Browser,
    pub fields: T,
}

/// The fields of a form that has only a button.
#[derive(Debug, Deserialize)]
pub struct NoFields {}

#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Signed<T> {
    token: String,
    #[serde(flatten)]
    fields: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for OwnForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<OwnForm<T>, Response> {
        let browser = request.extensions().get::<Browser>().cloned().ok_or_else(sign_in_first)?;
        let form = Form::<Signed<T>>::from_request(request, app).await;
        let Form(Signed { token, fields }) = form.map_err(IntoResponse::into_response)?;
        match is_form_token(&token, &browser.token) {
            true => Ok(OwnForm { browser, fields }),
            false => Err((StatusCode::FORBIDDEN, "the form is too old: load the page again\n").into_response()),
        }
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for StopForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<StopForm<T>, Response> {
        let OwnForm { browser, fields } = OwnForm::from_request(request, app).await?;
        match browser.session.scope {
            Scope::Kill => Ok(StopForm { browser, fields }),
            Scope::View => Err((StatusCode::FORBIDDEN, "your session may look, not stop\n").into_response()),
        }
    }
}
