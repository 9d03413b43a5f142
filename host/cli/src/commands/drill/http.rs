//! Requests of a drill to its exchange and to its dashboard.

use std::time::Duration;

use serde_json::Value;

use crate::terminal::error::{Kind, Report, Result};

/// Time that an answer may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The name that a browser of a phone gives itself.
const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1";

/// A client without a memory: cookies are given.
#[derive(Debug)]
pub(super) struct Http {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The cookie that it sets.
    pub(super) cookie: Option<String>,
    pub(super) text: String,
}

impl Answer {
    /// Returns the JSON; null if it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl Http {
    pub(super) fn new() -> Result<Http> {
        let failed = |error: &dyn std::error::Error| Report::new(Kind::Internal, "cannot connect").because_of(error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(&error))?;
        let none = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().timeout(TIMEOUT).redirect(none).no_proxy().pool_max_idle_per_host(0);
        Ok(Http { runtime, client: client.build().map_err(|error| failed(&error))? })
    }

    pub(super) fn get(&self, url: &str, cookie: &str) -> Result<Answer, String> {
        self.send(self.client.get(url).header("cookie", cookie))
    }

    /// Sends a form as a page at `origin` does.
    pub(super) fn post_form(&self, (origin, path): (&str, &str), cookie: &str, form: String) -> Result<Answer, String> {
        let request = self.client.post(format!("{origin}{path}")).header("origin", origin).header("cookie", cookie);
        self.send(request.header("content-type", "application/x-www-form-urlencoded").body(form))
    }

    pub(super) fn put(&self, url: &str, body: &Value) -> Result<Answer, String> {
        self.send(self.client.put(url).json(body))
    }

    fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, String> {
        self.runtime.block_on(async {
            let answer = request.header("user-agent", PHONE).send().await.map_err(|error| error.to_string())?;
            let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok());
            let cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
            let status = answer.status().as_u16();
            let text = answer.text().await.map_err(|error| error.to_string())?;
            Ok(Answer { status, cookie, text })
        })
    }
}
