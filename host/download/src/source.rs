//! The source of answers: the folder if they were kept, else the venue, patiently.

use std::cell::{Cell, RefCell};

use host_core::{Span, Timestamp};
use host_venues::error::ReadError;
use host_venues::kalshi::Kalshi;
use host_venues::kalshi::history::HistoryRequest;

use crate::answers::{AnswerHeader, Answers, Covers};
use crate::error::DownloadError;
use crate::job::Job;

/// Wait before a venue that keeps failing is asked anew; the client itself has waited longer and longer before that.
const PAUSE: Span = Span::seconds(1);

/// Answers to the requests of one job.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    kalshi: &'a Kalshi,
    /// `None` keeps nothing.
    answers: Option<&'a Answers>,
    pub(crate) job: &'a Job,
    patience: Span,
    /// Time of the last answer.
    answered: Cell<Timestamp>,
    /// The latest failure of the venue itself.
    failure: RefCell<Option<ReadError>>,
    /// Requests that the venue answered.
    pub(crate) requests: Cell<u64>,
    /// Bytes of these answers.
    pub(crate) bytes: Cell<u64>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(kalshi: &'a Kalshi, answers: Option<&'a Answers>, job: &'a Job, patience: Span) -> Source<'a> {
        Source {
            kalshi,
            answers,
            job,
            patience,
            answered: Cell::new(kalshi.clock().now()),
            failure: RefCell::default(),
            requests: Cell::new(0),
            bytes: Cell::new(0),
        }
    }

    /// Returns the answer to `request`; `None` if the venue has nothing of this name. `mark` makes the name another one
    /// where the same question is asked twice on purpose. `covers` says what the answer has entirely.
    pub(crate) async fn get<T: Send>(
        &self,
        request: &HistoryRequest<T>,
        mark: &str,
        covers: impl Fn(&T) -> Option<Covers>,
    ) -> Result<Option<T>, DownloadError> {
        let name = format!("{}{mark}", request.name());
        if let Some(answers) = self.answers
            && let Some((header, body)) = answers.get(self.job.number, &name)?
        {
            match (header.status, request.decode(&body)) {
                (404, _) => return Ok(None),
                (_, Ok(value)) => return Ok(Some(value)),
                // A later version may read it otherwise.
                (_, Err(_)) => {}
            }
        }
        let (status, body, value) = match self.ask(request).await {
            Ok((body, value)) => (200, body, Some(value)),
            Err(DownloadError::Venue { source: ReadError::Refused { status: 404, .. }, .. }) => (404, Vec::new(), None),
            Err(error) => return Err(error),
        };
        self.requests.set(self.requests.get() + 1);
        self.bytes.set(self.bytes.get() + body.len() as u64);
        if let Some(answers) = self.answers {
            let covers = value.as_ref().and_then(covers);
            let header = AnswerHeader {
                job: self.job.number,
                request: name,
                status,
                asked: self.job.now,
                bytes: 0,
                sha256: String::new(),
                covers,
            };
            answers.keep(header, &body)?;
        }
        Ok(value)
    }

    /// Asks the venue until it answers, or has answered nothing at all for too long.
    async fn ask<T: Send>(&self, request: &HistoryRequest<T>) -> Result<(Vec<u8>, T), DownloadError> {
        loop {
            let error = match self.kalshi.read_history(request).await {
                Ok(answer) => {
                    self.answered.set(self.kalshi.clock().now());
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if let ReadError::Refused { status, .. } = error
                && status != 429
            {
                self.answered.set(self.kalshi.clock().now());
                return Err(DownloadError::Venue { source: error, waited: None });
            }
            // That the client left the venue alone says nothing about why.
            if !matches!(error, ReadError::CircuitOpen { .. }) {
                self.failure.replace(Some(error.clone()));
            }
            let waited = self.kalshi.clock().now() - self.answered.get();
            if waited >= self.patience {
                let waited = Span::seconds(waited.0 / Span::seconds(1).0);
                let source = self.failure.take().unwrap_or(error);
                return Err(DownloadError::Venue { source, waited: Some(waited) });
            }
            self.kalshi.clock().sleep(Span(PAUSE.0.min(self.patience.0 - waited.0))).await;
        }
    }
}
