//! Query parameters: named, optional, typed.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use host_core::Timestamp;

use crate::server::cursor;
use crate::server::error::ApiError;
use crate::venue::{AccountId, TimeRange};

/// The query string's parameters. One without a value counts as missing.
#[derive(Debug)]
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    /// Name of the request in errors, such as `GetMarkets`.
    operation: String,
}

/// Requested part of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageRequest {
    pub(super) limit: usize,
    pub(super) cursor: Option<u64>,
}

impl<S: Sync + Send> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Params, ApiError> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let operation = operation(parts.uri.path());
        match query {
            Ok(Query(pairs)) => Ok(Params { pairs, operation }),
            Err(error) => Err(ApiError::invalid_query(&operation, &error.to_string())),
        }
    }
}

/// Returns the venue's name of the request for `path`: `GetMarkets` for a list of markets. Names in the path, which
/// have other characters, do not count.
fn operation(path: &str) -> String {
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    format!("Get{}", camel(path.rsplit('/').find(is_word).unwrap_or_default()))
}

/// Returns `min_close_ts` as `MinCloseTs`.
fn camel(name: &str) -> String {
    let word = |word: &str| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default();
    name.split('_').map(word).collect()
}

impl Params {
    /// Returns the error for a parameter that is not what it must be.
    pub(super) fn invalid(&self, why: &str) -> ApiError {
        ApiError::invalid_query(&self.operation, why)
    }

    /// Returns the error for a parameter that fails a check, in the words of the venue's validator.
    pub(super) fn failed(&self, name: &str, check: &str) -> ApiError {
        let (operation, field) = (&self.operation, camel(name));
        let key = format!("Key: '{operation}Params.{field}'");
        self.invalid(&format!("{key} Error:Field validation for '{field}' failed on the '{check}' tag"))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// Returns all values, repeated or separated by commas; at most `most` are allowed.
    pub(super) fn list(&self, name: &str, most: usize) -> Result<Vec<String>, ApiError> {
        let values = self.pairs.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(','));
        let values: Vec<String> = values.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect();
        if values.len() > most {
            return Err(self.failed(name, "max"));
        }
        Ok(values)
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let number = self.text(name).map(str::parse).transpose();
        number.map_err(|_| self.invalid(&format!("{name} must be an integer")))
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.invalid(&format!("{name} must be true or false"))),
        }
    }

    /// Returns one of the values that the parameter allows.
    pub(super) fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text).map(|&(_, meaning)| Some(meaning));
        found.ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.invalid(&format!("{name} must be one of {}", words.join(", ")))
        })
    }

    /// Returns a time given in seconds.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        Ok(self.integer(name)?.map(|seconds| Timestamp(seconds.saturating_mul(1_000_000_000))))
    }

    /// Returns a required time given in seconds.
    pub(super) fn required_time(&self, name: &str) -> Result<Timestamp, ApiError> {
        self.time(name)?.ok_or_else(|| self.failed(name, "required"))
    }

    /// Returns the time range from `min` to `max`.
    pub(super) fn times(&self, min: &str, max: &str) -> Result<TimeRange, ApiError> {
        Ok(TimeRange { min: self.time(min)?, max: self.time(max)? })
    }

    pub(super) fn subaccount(&self) -> Result<Option<u8>, ApiError> {
        let number = self.integer("subaccount")?.map(u8::try_from).transpose().ok();
        let number = number.filter(|number| number.is_none_or(|number| number <= AccountId::LAST_SUBACCOUNT));
        number.ok_or_else(|| self.invalid("subaccount must be within 0..63"))
    }

    /// Returns `limit` and `cursor` of a list. Like at the venue, what is no cursor of this list begins it anew.
    pub(super) fn page(&self, list: &str, usual: usize, most: usize) -> Result<PageRequest, ApiError> {
        let limit = match self.integer("limit")?.map(usize::try_from) {
            None => usual,
            Some(Ok(limit @ 1..)) if limit <= most => limit,
            Some(Ok(1..)) => return Err(self.failed("limit", "lte")),
            Some(_) => return Err(self.failed("limit", "gte")),
        };
        Ok(PageRequest { limit, cursor: cursor::read(list, self.text("cursor").unwrap_or_default()) })
    }
}
