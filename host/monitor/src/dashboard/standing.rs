//! The state of a run in words.

use host_pages::numbers;
use host_store::runs::{KeptRun, RunState};

/// The state of a run in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStanding {
    /// The class of the mark beside the words.
    pub mark: &'static str,
    pub words: String,
    /// A sentence about it: that nothing can be lost, and how it is ended.
    pub advice: &'static str,
    pub is_over: bool,
}

impl RunStanding {
    /// Returns the standing of `run`, whose journal `is_reading` if it has not been read to its end.
    pub fn of(run: &KeptRun, is_reading: bool) -> RunStanding {
        let ended = run.facts.ended.as_deref().map(numbers::moment).unwrap_or_default();
        let (mark, words) = match run.state {
            _ if is_reading => ("warned", "Reading the journal".to_owned()),
            RunState::Running => ("good", "Trading on paper".to_owned()),
            RunState::Ended => ("stopped", format!("Ended at {ended} UTC")),
            RunState::Broken => ("bad", "Broken off".to_owned()),
        };
        let advice = match run.state {
            RunState::Running => {
                "Nothing can be lost: markets and money are made up. Ctrl-C where it runs ends the run."
            }
            RunState::Ended => "Nothing was lost: markets and money are made up. The run is over.",
            RunState::Broken => {
                "Nothing was lost: markets and money are made up. Its process was killed, or could not write any more."
            }
        };
        RunStanding { mark, words, advice, is_over: run.state != RunState::Running }
    }
}
