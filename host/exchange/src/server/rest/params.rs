//! Query parameters: named, optional, typed.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use host_core::Timestamp;

use crate::server::cursor;
use crate::server::error::ApiError;
use crate::venue::{AccountId, TimeRange};

/// The query string's parameters. One without a value counts as missing.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

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
        query.map(|Query(pairs)| Params(pairs)).map_err(|error| ApiError::bad_request(error.to_string()))
    }
}

impl Params {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// Returns all values, repeated or separated by commas; at most `most` are allowed.
    pub(super) fn list(&self, name: &str, most: usize) -> Result<Vec<String>, ApiError> {
        let values = self.0.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(','));
        let values: Vec<String> = values.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect();
        if values.len() > most {
            return Err(ApiError::bad_request(format!("{name}: at most {most}")));
        }
        Ok(values)
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let number = self.text(name).map(str::parse).transpose();
        number.map_err(|_| ApiError::bad_request(format!("{name} must be an integer")))
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(ApiError::bad_request(format!("{name} must be true or false"))),
        }
    }

    /// Returns one of the values that the parameter allows.
    pub(super) fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text).map(|&(_, meaning)| Some(meaning));
        found.ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            ApiError::bad_request(format!("{name} must be one of {}", words.join(", ")))
        })
    }

    /// Returns a time given in seconds.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        Ok(self.integer(name)?.map(|seconds| Timestamp(seconds.saturating_mul(1_000_000_000))))
    }

    /// Returns a required time given in seconds.
    pub(super) fn required_time(&self, name: &str) -> Result<Timestamp, ApiError> {
        self.time(name)?.ok_or_else(|| ApiError::missing(name))
    }

    /// Returns the time range from `min` to `max`.
    pub(super) fn times(&self, min: &str, max: &str) -> Result<TimeRange, ApiError> {
        Ok(TimeRange { min: self.time(min)?, max: self.time(max)? })
    }

    pub(super) fn subaccount(&self) -> Result<Option<u8>, ApiError> {
        let number = self.integer("subaccount")?.map(u8::try_from).transpose().ok();
        let number = number.filter(|number| number.is_none_or(|number| number <= AccountId::LAST_SUBACCOUNT));
        number.ok_or_else(|| ApiError::bad_request("subaccount must be within 0..63"))
    }

    /// Returns `limit` and `cursor` of a list.
    pub(super) fn page(&self, list: &str, usual: usize, most: usize) -> Result<PageRequest, ApiError> {
        let limit = self.integer("limit")?.map_or(Some(usual), |limit| usize::try_from(limit).ok());
        let limit = limit.filter(|limit| (1..=most).contains(limit));
        let limit = limit.ok_or_else(|| ApiError::bad_request(format!("limit must be within 1..{most}")))?;
        Ok(PageRequest { limit, cursor: cursor::read(list, self.text("cursor").unwrap_or_default())? })
    }
}
