//! Reports of the libraries' errors: the one place that gives each error its exit code.

use host_live::LiveError;
use host_live::refusal::Checked;
use host_monitor::alerts::AlertError;
use host_session::SessionError;

use crate::strategies::load;
use crate::terminal::error::{Kind, Report};

impl From<SessionError> for Report {
    fn from(error: SessionError) -> Report {
        let kind = match &error {
            SessionError::Strategy(error) => return load::report(error),
            SessionError::Limits(_) => Kind::Config,
            SessionError::StartNotWritten(_) => Kind::Internal,
            SessionError::LookedAhead(_) => Kind::StrategyFault,
            SessionError::NoCounterpart { .. } | SessionError::Interval(_) => Kind::Usage,
            _ => Kind::User,
        };
        let report = match &error {
            SessionError::WarmUpDiffers { journaled, found } => {
                Report::new(kind, error.to_string()).because(journaled).because(found)
            }
            SessionError::LookedAhead(difference) => {
                difference.lines().into_iter().fold(Report::new(kind, error.to_string()), Report::because)
            }
            _ => Report::from_error(kind, &error),
        };
        report.maybe_hint(error.hint())
    }
}

impl From<AlertError> for Report {
    fn from(error: AlertError) -> Report {
        let kind = match &error {
            AlertError::SecretFile { .. } | AlertError::Setting { .. } | AlertError::Certificates { .. } => {
                Kind::Config
            }
            AlertError::Connections(_) | AlertError::Thread(_) => Kind::Internal,
            AlertError::Log { .. } => Kind::User,
        };
        let hint = "correct the section [alerts] of host.toml, then `host notify test`";
        Report::from_error(kind, &error).maybe_hint((kind == Kind::Config).then(|| hint.to_owned()))
    }
}

impl From<LiveError> for Report {
    fn from(error: LiveError) -> Report {
        let kind = match &error {
            LiveError::Refused { checked, .. } => match checked {
                Checked::Settings => Kind::Config,
                Checked::Venue => Kind::Venue,
                Checked::Confirmation | Checked::Positions => Kind::User,
            },
            LiveError::Client(_) | LiveError::NoAddress(_) => Kind::Config,
            LiveError::SteppedClock(_) => Kind::Venue,
            LiveError::StoppedAtStart(signal) => Kind::of_signal(*signal),
            LiveError::StateNotWritten(_) | LiveError::Threads(_) => Kind::Internal,
            _ => Kind::User,
        };
        let hints = error.hints();
        let report = match error {
            LiveError::Session(error) => return error.into(),
            LiveError::ControlThread(ref source) | LiveError::NoteNotRemoved(ref source) => {
                Report::io(error.to_string(), source)
            }
            LiveError::Refused { ref refusals, .. } => {
                let report = Report::new(kind, error.to_string());
                refusals.iter().fold(report, |report, refusal| report.because_lines(&refusal.what))
            }
            LiveError::PositionsFound { ref found } => {
                found.iter().fold(Report::new(kind, error.to_string()), Report::because)
            }
            _ => Report::from_error(kind, &error),
        };
        hints.into_iter().fold(report, Report::hint_lines)
    }
}
