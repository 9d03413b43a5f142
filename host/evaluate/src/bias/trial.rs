//! One back test of a pair: the terms on which it trades, the rows that it is shown, and its end.

use std::sync::mpsc::SyncSender;

use host_core::{Price, QuotesView, Span, Strategy, Timestamp, TradingState};
use host_report::{About, Money, Proof, Window};
use host_session::drive::{Observer, RunEnd, conclude, drive};
use host_session::feed::Feed;
use host_session::proof::looked_ahead::LookedAhead;
use host_session::session::Session;
use host_session::setup::Setup;
use host_session::step_log::StepOutput;
use host_session::{SessionError, StopFlag, with_causes};
use host_store::tape::{Tape, TapeError};

use super::decided::{DecidedRow, Watched};

/// A back test that is to be made.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub setup: Setup,
    /// The interval at which rows are sampled; `None` shows each row as it is on the tape.
    pub sampled: Option<Span>,
    /// Rows before this are left out.
    pub rows_from: Timestamp,
    /// Signals before this are warm-up.
    pub trade_from: Timestamp,
}

/// The result of a back test.
#[derive(Debug)]
pub(super) struct TrialEnd {
    pub net_pnl: Money,
    pub fills: u64,
    /// True if the risk manager allowed no entries at the end.
    pub restricted: bool,
    /// The result of the proof that no decision looks ahead.
    pub proof: Option<Proof>,
}

/// The reason why a back test has no result.
#[derive(Debug)]
pub(super) enum NoTrialEnd {
    /// It cannot begin, or the strategy failed in it: the reason in words.
    Failed(String),
    /// The tape is damaged.
    Damaged(TapeError),
    /// A decision was not the same without later rows.
    LookedAhead(Box<LookedAhead>),
    /// A stop was requested.
    Stopped,
}

impl Trial {
    /// Returns the back test on all rows of the tape.
    pub fn whole(setup: Setup) -> Trial {
        Trial { setup, sampled: None, rows_from: Timestamp(i64::MIN), trade_from: Timestamp(i64::MIN) }
    }

    /// Makes the back test on `tape`, and sends what is decided on each row that counts, if that is `decided`.
    ///
    /// # Errors
    /// It cannot begin, or did not see all rows.
    pub fn run(
        &self,
        tape: &Tape,
        about: &About,
        stop: &StopFlag,
        decided: Option<SyncSender<Vec<DecidedRow>>>,
    ) -> Result<TrialEnd, NoTrialEnd> {
        let (mut session, mut feed) =
            self.begin(tape, decided).map_err(|error| NoTrialEnd::Failed(with_causes(&error)))?;
        let end = drive(&mut session, &mut feed, None, stop, &mut Unwatched);
        // What looked ahead has failed, whatever else happened; of the rest, a fault explains the end.
        let fault = session.faults().last().map(|(_, fault)| NoTrialEnd::Failed(fault.message.clone()));
        let end = match (end, fault) {
            (RunEnd::LookedAhead(difference), _) => return Err(NoTrialEnd::LookedAhead(difference)),
            (_, Some(fault)) => return Err(fault),
            (RunEnd::Damaged(error), None) => return Err(NoTrialEnd::Damaged(error)),
            (RunEnd::Interrupted(_), None) => return Err(NoTrialEnd::Stopped),
            (RunEnd::Unwritable(error), None) => return Err(NoTrialEnd::Failed(with_causes(&error))),
            (end @ (RunEnd::Feed | RunEnd::Faulted), None) => end,
        };
        let restricted = session.engine().risk().state() != TradingState::Active;
        let (report, _) = conclude(session, &end, about.clone(), 0.0);
        Ok(TrialEnd { net_pnl: report.net_pnl, fills: report.fills, restricted, proof: report.proof })
    }

    fn begin(
        &self,
        tape: &Tape,
        decided: Option<SyncSender<Vec<DecidedRow>>>,
    ) -> Result<(Session, Feed), SessionError> {
        let feed = feed(tape, self.rows_from, self.sampled)?;
        let feed = match self.setup.exchange.fill_model.reads_trades() {
            true => feed.with_trades_of(tape, self.rows_from, Timestamp(i64::MAX)),
            false => feed,
        };
        let mut start = self.setup.beginning(&feed, self.trade_from);
        if self.setup.exchange.one_tick_worse {
            start.entry_cost.slippage = start.entry_cost.slippage + coarsest_tick(&feed);
        }
        let window = feed.whole().unwrap_or(Window::from_on(self.trade_from));
        let window = Window::new(window.from().max(self.trade_from), window.until()).unwrap_or(window);
        let watched = |strategy| -> Box<dyn Strategy> {
            match &decided {
                Some(decided) => Box::new(Watched::new(strategy, self.trade_from, decided.clone())),
                None => strategy,
            }
        };
        let (instances, proof) = self.setup.proven_instances()?;
        let strategies = instances.into_iter().map(watched).collect();
        Ok((self.setup.session_of((strategies, proof), &feed, &start, window)?, feed))
    }
}

/// Returns all rows of `tape`, as they are on it.
pub(super) fn whole_feed(tape: &Tape) -> Result<Feed, SessionError> {
    feed(tape, Timestamp(i64::MIN), None)
}

fn feed(tape: &Tape, from: Timestamp, sampled: Option<Span>) -> Result<Feed, SessionError> {
    let until = Timestamp(i64::MAX);
    let feed = Feed::tape(tape, tape.reader().between(from, until), sampled);
    Ok(feed.map_err(SessionError::Interval)?.between(from, until))
}

fn coarsest_tick(feed: &Feed) -> Price {
    feed.markets().iter().map(|market| market.ticks.coarsest()).max().unwrap_or(Price::ZERO)
}

/// Takes no notice: decisions come from the strategy, figures from the report.
struct Unwatched;

impl Observer for Unwatched {
    fn on_scores(&mut self, _: QuotesView<'_>, _: &[f64]) -> Result<(), SessionError> {
        Ok(())
    }

    fn on_output(&mut self, _: StepOutput, _: &Session) -> Result<(), SessionError> {
        Ok(())
    }
}
