//! What is said over the control socket: one request as a line of JSON, then lines of JSON until the last word.

use serde::{Deserialize, Serialize};

use super::status::View;
use crate::error::{Kind, Report};

/// What a person wants of a running host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// How it is.
    Status,
    /// Let no order leave, and cancel all.
    Kill {
        /// Why.
        reason: String,
        /// Who.
        by: String,
    },
    /// Trade again.
    Resume {
        /// Why; never empty.
        reason: String,
        /// Who.
        by: String,
    },
    /// End in order.
    Stop,
}

/// A line of the answer. All but [`Reply::Progress`] are last words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// How the host is.
    Status(Box<View>),
    /// What has been done so far.
    Progress(String),
    /// It is done.
    Done(String),
    /// It is not, or not all of it.
    Failed(Failure),
}

/// What could not be done, why, and what to do about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// In one line.
    pub message: String,
    /// Why.
    pub causes: Vec<String>,
    /// What to do.
    pub hints: Vec<String>,
}

impl Failure {
    /// One that says only `message`.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), ..Failure::default() }
    }

    /// Adds why.
    pub fn because(mut self, cause: impl ToString) -> Failure {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }

    /// As what a command ends in.
    pub fn report(self, kind: Kind) -> Report {
        let report = self.causes.iter().fold(Report::new(kind, self.message), |report, cause| report.because(cause));
        self.hints.into_iter().fold(report, Report::hint)
    }
}
